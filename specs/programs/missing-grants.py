"""
summary: "Which APIs and rights this API client has, and which its user could grant it and has not."
asks:
  - Why does the API answer 403 Forbidden, which grants are missing
  - Which APIs may this API client use
  - What permissions does my API client lack
  - Check the access of the API client
  - My API client is not authorized, what is missing
  - Show the rights of these credentials
  - Which permissions should I ask the administrator for
effect: read
inputs:
  type: object
  properties:
    text: {type: string, default: "", description: "Only APIs with this text in their name, as papi or DNS"}
"""

text = inputs["text"].lower()
own = await call(
    "identity-management/v3#get-api-client-self", {"apiAccess": True, "groupAccess": True, "credentials": False, "actions": False}
)
user = (own.get("authorizedUsers") or [None])[0] or own.get("createdBy")
answer = await call(
    "identity-management/v3#get-api-clients-users-allowed-apis",
    {"username": user, "clientType": own.get("clientType", "CLIENT")},
    check=False,
)
access = own.get("apiAccess") or {}
has = {api["apiName"]: api.get("accessLevel") for api in access.get("apis") or []}
could = {api["apiName"]: api.get("accessLevels") or [] for api in answer.get("body") or []}


def is_wanted(name):
    return text in name.lower()


def is_less(name):
    """True where the client may read and its user may write."""
    return name in has and has[name] == "READ-ONLY" and "READ-WRITE" in could[name]


groups = own.get("groupAccess") or {}
result = {"client": own.get("clientName"), "user": user, "allApis": bool(access.get("allAccessibleApis"))}
result["has"] = [{"api": name, "level": has[name]} for name in sorted(has) if is_wanted(name)]
result["missing"] = [{"api": name, "levels": could[name]} for name in sorted(could) if is_wanted(name) and name not in has]
result["readOnlyThough"] = [name for name in sorted(could) if is_wanted(name) and is_less(name)]
result["groups"] = [{"group": one.get("groupName"), "role": one.get("roleName")} for one in groups.get("groups") or []]
result["clonesUserGroups"] = bool(groups.get("cloneAuthorizedUserGroups"))
if "problem" in answer:
    result["unread"] = {"what": "what the user could grant", "problem": answer["problem"]}
result
