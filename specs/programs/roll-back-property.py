"""
summary: "Take a property back to the version that was active before, on production or staging, by fast fallback where possible."
asks:
  - Roll back this property, the last activation broke the site
  - Roll back www.example.com
  - Undo the last production activation
  - Go back to the previous version
  - Revert the property to version 7
  - The release is bad, restore the last good property version
  - Fast fallback of a property
  - Put the old delivery configuration back on production
effect: destroy
inputs:
  type: object
  required: [property, notifyEmails]
  properties:
    property: {type: string, description: Name or id (prp_...) of the property, examples: [www.example.com]}
    notifyEmails: {type: array, items: {type: string}, minItems: 1, description: Who is told of the activation, examples: [[ops@example.com]]}
    network: {type: string, enum: [PRODUCTION, STAGING], default: PRODUCTION, description: Where to roll back}
    version: {type: integer, minimum: 1, description: "Version to go back to; by default the one that was active before"}
    fast: {type: boolean, default: true, description: "Use fast fallback where Akamai offers it, within an hour of the activation"}
    note: {type: string, default: Rolled back, description: Note of the activation}
    acknowledgeWarnings: {type: boolean, default: true, description: "The version was live, so its warnings are known"}
    complianceRecord: {type: object, default: {}, description: Where the account asks for one on production}
    waitSeconds: {type: integer, minimum: 0, maximum: 3000, default: 90, description: How long to wait for the activation}
"""

import asyncio

STEP = 5
ENDED = ("ACTIVE", "FAILED", "ABORTED", "DEACTIVATED", "INACTIVE")
network = inputs["network"]


async def find_property(name):
    if not name.startswith("prp_"):
        rows = (await call("papi/v1#post-search-find-by-value", {"body": {"propertyName": name}}))["versions"]["items"]
        if not rows:
            raise ValueError(f"There is no property named {name}.")
        name = rows[0]["propertyId"]
    return (await call("papi/v1#get-property", {"propertyId": name}))["properties"]["items"][0]


one = await find_property(inputs["property"])
property_id, contract, group = one["propertyId"], one["contractId"], one["groupId"]
listed = await call("papi/v1#get-property-activations", {"propertyId": property_id, "contractId": contract, "groupId": group})
history = [row for row in listed["activations"]["items"] if row["network"] == network and row["activationType"] == "ACTIVATE"]
history = sorted(history, key=lambda row: row["submitDate"], reverse=True)
current = one[f"{network.lower()}Version"]


def version_before():
    for row in history:
        if row["propertyVersion"] != current and row["status"] in ("ACTIVE", "INACTIVE", "DEACTIVATED"):
            return row["propertyVersion"]
    raise ValueError(f"No other version of {one['propertyName']} was active on {network}: give version.")


def offers_fast_fallback(version):
    for row in history:
        if row["propertyVersion"] == current:
            offer = row.get("fallbackInfo") or {}
            return bool(offer.get("canFastFallback")) and offer.get("fallbackVersion") == version
    return False


version = inputs.get("version") or version_before()
if version == current:
    return {"property": one["propertyName"], "version": version, "note": f"It is active on {network} already."}
body = {"network": network, "propertyVersion": version, "note": inputs["note"], "notifyEmails": inputs["notifyEmails"]}
if inputs["acknowledgeWarnings"]:
    body["acknowledgeAllWarnings"] = True
if network == "PRODUCTION" and inputs["complianceRecord"]:
    body["complianceRecord"] = inputs["complianceRecord"]
if inputs["fast"] and offers_fast_fallback(version):
    body["useFastFallback"] = True
made = await call(
    "papi/v1#post-property-activations", {"propertyId": property_id, "contractId": contract, "groupId": group, "body": body}
)
activation = made.get("activationLink", "").partition("?")[0].rsplit("/", 1)[-1]
status, left = "PLANNED", inputs["waitSeconds"]
while activation and status not in ENDED:
    found = await call(
        "papi/v1#get-property-activation",
        {"propertyId": property_id, "activationId": activation, "contractId": contract, "groupId": group},
    )
    status = found["activations"]["items"][0]["status"]
    if status in ENDED or left <= 0:
        break
    left -= STEP
    await asyncio.sleep(STEP)
{
    "property": one["propertyName"],
    "network": network,
    "from": current,
    "to": version,
    "fastFallback": body.get("useFastFallback", False),
    "activationId": activation,
    "status": status,
}
