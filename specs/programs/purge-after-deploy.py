"""
summary: "Wait until a version of a property is active, then purge what it serves: by its CP codes, or by tags or URLs."
asks:
  - Purge the cache after the deployment
  - Invalidate everything of this property once it is active
  - Clear the cache of a site when the activation is done
  - Wait for the activation and purge
  - Flush the content of a property when its new version is live
  - Refresh cached objects after a release
  - Purge all CP codes of a property
effect: destroy
inputs:
  type: object
  required: [property]
  properties:
    property: {type: string, description: Name or id (prp_...) of the property, examples: [www.example.com]}
    network: {type: string, enum: [staging, production], default: production, description: Where to purge}
    version: {type: integer, minimum: 1, description: "Wait until this version is active; by default purge at once"}
    urls: {type: array, items: {type: string}, default: [], description: Purge these URLs in place of CP codes}
    tags: {type: array, items: {type: string}, default: [], description: Purge these cache tags in place of CP codes}
    waitSeconds: {type: integer, minimum: 0, maximum: 3000, default: 90, description: How long to wait for the activation}
"""

import asyncio

STEP = 5
network, left = inputs["network"], inputs["waitSeconds"]


async def find_property(name):
    if not name.startswith("prp_"):
        rows = (await call("papi/v1#post-search-find-by-value", {"body": {"propertyName": name}}))["versions"]["items"]
        if not rows:
            raise ValueError(f"There is no property named {name}.")
        name = rows[0]["propertyId"]
    return (await call("papi/v1#get-property", {"propertyId": name}))["properties"]["items"][0]


def cp_codes(rule):
    own = [part["options"].get("value", {}).get("id") for part in rule.get("behaviors") or [] if part["name"] == "cpCode"]
    return [code for code in own if code] + [code for child in rule.get("children") or [] for code in cp_codes(child)]


async def state_of(version):
    """The status of the version's last activation on the network."""
    where = {"propertyId": one["propertyId"], "contractId": one["contractId"], "groupId": one["groupId"]}
    listed = (await call("papi/v1#get-property-activations", where))["activations"]["items"]
    rows = [row for row in listed if row["network"] == network.upper() and row["propertyVersion"] == version]
    return max(rows, key=lambda row: row["submitDate"])["status"] if rows else "NEVER ACTIVATED"


one = await find_property(inputs["property"])
version = inputs.get("version") or one[f"{network}Version"]
if not version:
    raise ValueError(f"{one['propertyName']} has no version that is active on {network}.")
status = await state_of(version)
while status not in ("ACTIVE", "FAILED", "ABORTED", "INACTIVE", "DEACTIVATED", "NEVER ACTIVATED") and left > 0:
    left -= STEP
    await asyncio.sleep(STEP)
    status = await state_of(version)
result = {"property": one["propertyName"], "version": version, "network": network, "status": status}
if status != "ACTIVE":
    result["stopped"] = "The version is not active, so nothing was purged."
    return result
if inputs["urls"]:
    made = await call("ccu/v3#post-invalidate-url", {"network": network, "body": {"objects": inputs["urls"]}})
    result["purged"] = {"urls": inputs["urls"]}
elif inputs["tags"]:
    made = await call("ccu/v3#post-invalidate-tag", {"network": network, "body": {"objects": inputs["tags"]}})
    result["purged"] = {"tags": inputs["tags"]}
else:
    where = {"propertyId": one["propertyId"], "contractId": one["contractId"], "groupId": one["groupId"]}
    tree = await call("papi/v1#get-property-version-rules", {**where, "propertyVersion": version})
    codes = sorted(set(cp_codes(tree["rules"])))
    if not codes:
        raise ValueError("The rules name no CP code: give urls or tags.")
    made = await call("ccu/v3#post-invalidate-cpcode", {"network": network, "body": {"objects": codes}})
    result["purged"] = {"cpcodes": codes}
result["purgeId"] = made.get("purgeId", "PLANNED")
result["estimatedSeconds"] = made.get("estimatedSeconds")
result
