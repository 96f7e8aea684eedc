"""
summary: "Bring a property live: new version, patch of its rules, validation, staging, then production if wanted."
asks:
  - Deploy this change of the rules to staging, then to production
  - Activate the latest version of a property on production
  - Make a new version, change a behavior and activate it
  - Roll out version 12 of www.example.com
  - Take my property to production
  - Release a new property version to both networks
  - Edit the rules, test on staging and go live
  - Publish the delivery configuration
effect: destroy
inputs:
  type: object
  required: [property, notifyEmails]
  properties:
    property: {type: string, description: Name or id (prp_...) of the property, examples: [www.example.com]}
    notifyEmails: {type: array, items: {type: string}, minItems: 1, description: Who is told of the activations, examples: [[ops@example.com]]}
    patch:
      type: array
      items: {type: object, required: [op, path]}
      default: []
      description: "JSON Patch of the rule tree, paths from /rules; a new version is made for it"
    version: {type: integer, minimum: 1, description: "Version to start from or, without patch, to activate; by default the latest"}
    production: {type: boolean, default: false, description: Go on to production once staging is active}
    note: {type: string, default: "", description: Note of the version's activations}
    acknowledgeWarnings: {type: boolean, default: false, description: "Activate in spite of the warnings, once they were read"}
    complianceRecord: {type: object, default: {}, description: Where the account asks for one on production}
    waitSeconds: {type: integer, minimum: 0, maximum: 3000, default: 90, description: How long to wait for the activations}
"""

import asyncio
import re

STEP = 5
ENDED = ("ACTIVE", "FAILED", "ABORTED", "DEACTIVATED", "INACTIVE")
left = inputs["waitSeconds"]


async def find_property(name):
    if not name.startswith("prp_"):
        rows = (await call("papi/v1#post-search-find-by-value", {"body": {"propertyName": name}}))["versions"]["items"]
        if not rows:
            raise ValueError(f"There is no property named {name}.")
        name = rows[0]["propertyId"]
    return (await call("papi/v1#get-property", {"propertyId": name}))["properties"]["items"][0]


one = await find_property(inputs["property"])
property_id, contract, group = one["propertyId"], one["contractId"], one["groupId"]


def version_in(link):
    found = re.search(r"/versions/(\d+)", link)
    return int(found.group(1)) if found else None


async def new_version(base):
    body = {"createFromVersion": base}
    made = await call(
        "papi/v1#post-property-versions", {"propertyId": property_id, "contractId": contract, "groupId": group, "body": body}
    )
    # A plan knows no answer yet: the number that follows the latest is what Akamai gives.
    return version_in(made.get("versionLink", "")) or one["latestVersion"] + 1


async def patch_rules(version):
    answer = await call(
        "papi/v1#patch-property-version-rules",
        {
            "propertyId": property_id,
            "propertyVersion": version,
            "contractId": contract,
            "groupId": group,
            "validateRules": True,
            "body": inputs["patch"],
        },
    )
    return {"errors": answer.get("errors", []), "warnings": answer.get("warnings", [])}


async def activation_under_way(network, version):
    listed = await call("papi/v1#get-property-activations", {"propertyId": property_id, "contractId": contract, "groupId": group})
    for row in listed["activations"]["items"]:
        if (row["network"], row["propertyVersion"]) == (network, version) and row["status"] not in ENDED:
            return row["activationId"]
    return None


async def begin(network, version):
    body = {"network": network, "propertyVersion": version, "note": inputs["note"], "notifyEmails": inputs["notifyEmails"]}
    if inputs["acknowledgeWarnings"]:
        body["acknowledgeAllWarnings"] = True
    if network == "PRODUCTION" and inputs["complianceRecord"]:
        body["complianceRecord"] = inputs["complianceRecord"]
    made = await call(
        "papi/v1#post-property-activations", {"propertyId": property_id, "contractId": contract, "groupId": group, "body": body}
    )
    link = made.get("activationLink", "")
    return link.partition("?")[0].rsplit("/", 1)[-1]


async def wait_for(activation):
    global left
    if not activation:
        return "PLANNED"
    while True:
        listed = await call(
            "papi/v1#get-property-activation",
            {"propertyId": property_id, "activationId": activation, "contractId": contract, "groupId": group},
        )
        status = listed["activations"]["items"][0]["status"]
        if status in ENDED or left <= 0:
            return status
        left -= STEP
        await asyncio.sleep(STEP)


async def activate(network, version):
    if one[f"{network.lower()}Version"] == version:
        return {"status": "ACTIVE", "note": "It was active already."}
    activation = await activation_under_way(network, version) or await begin(network, version)
    return {"activationId": activation, "status": await wait_for(activation)}


version = inputs.get("version") or one["latestVersion"]
result = {"property": one["propertyName"], "propertyId": property_id}
result["before"] = {"staging": one["stagingVersion"], "production": one["productionVersion"]}
if inputs["patch"]:
    version = await new_version(version)
    result["validation"] = await patch_rules(version)
result["version"] = version
if result.get("validation", {}).get("errors"):
    result["stopped"] = "The rules have errors, so nothing was activated."
    return result
result["staging"] = await activate("STAGING", version)
if inputs["production"] and result["staging"]["status"] in ("ACTIVE", "PLANNED"):
    result["production"] = await activate("PRODUCTION", version)
last = result.get("production", result["staging"])
if last["status"] not in ENDED:
    result["next"] = f"It is under way: run this again later with version {version} and no patch, and it goes on from here."
elif inputs["production"] and "production" not in result:
    result["stopped"] = f"Staging is {last['status']}, so production was left as it is."
result
