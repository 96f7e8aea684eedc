"""
summary: "Replace a text in the rules of many properties: a new version of each, patched, and active on staging if wanted."
asks:
  - Replace an old origin hostname in all properties
  - Change this value in the rules of every property
  - Find and replace a text in all rule trees
  - Update the same setting in many properties
  - Bulk edit of the rules of many properties
  - Exchange a hostname everywhere in our delivery configurations
  - Migrate every property to a new origin
effect: write
inputs:
  type: object
  required: [find, replace]
  properties:
    find: {type: string, minLength: 1, description: Text to find in the values of options, examples: [old-origin.example.com]}
    replace: {type: string, description: Text to put in its place, examples: [new-origin.example.com]}
    whole: {type: boolean, default: false, description: Only values that are the text as a whole}
    name: {type: string, default: "", description: "Only in behaviors and criteria of this name, as origin"}
    properties: {type: array, items: {type: string}, default: [], description: "Names or ids of the properties; by default all"}
    base: {type: string, enum: [PRODUCTION, STAGING, LATEST], default: PRODUCTION, description: Version to start from}
    staging: {type: boolean, default: false, description: Activate the new versions on staging}
    notifyEmails: {type: array, items: {type: string}, default: [], description: "Who is told of the activations, needed for staging"}
    note: {type: string, default: "", description: Note of the activations}
"""

import asyncio

find, new_text = inputs["find"], inputs["replace"]
if inputs["staging"] and not inputs["notifyEmails"]:
    raise ValueError("Give notifyEmails, which an activation needs.")


async def all_properties():
    groups = (await call("papi/v1#get-groups"))["groups"]["items"]
    pairs = [(contract, group["groupId"]) for group in groups for contract in group.get("contractIds") or []]
    lists = await asyncio.gather(
        *[call("papi/v1#get-properties", {"contractId": contract, "groupId": group}) for contract, group in pairs]
    )
    found = {row["propertyId"]: row for each in lists for row in each["properties"]["items"]}
    chosen = inputs["properties"]
    return [row for row in found.values() if not chosen or row["propertyId"] in chosen or row["propertyName"] in chosen]


def pointer(key):
    return str(key).replace("~", "~0").replace("/", "~1")


def patch_of(value, path):
    """JSON Patch operations for each text below a value; a test before each, so that only what was read is replaced."""
    if isinstance(value, dict):
        return [one for key in value for one in patch_of(value[key], f"{path}/{pointer(key)}")]
    if isinstance(value, list):
        return [one for place, part in enumerate(value) for one in patch_of(part, f"{path}/{place}")]
    if not isinstance(value, str) or find not in value or (inputs["whole"] and value != find):
        return []
    return [
        {"op": "test", "path": path, "value": value},
        {"op": "replace", "path": path, "value": value.replace(find, new_text)},
    ]


def patch_of_rule(rule, path):
    found = []
    for kind in ("behaviors", "criteria"):
        for place, part in enumerate(rule.get(kind) or []):
            if inputs["name"] in ("", part["name"]):
                found += patch_of(part.get("options") or {}, f"{path}/{kind}/{place}/options")
    for place, child in enumerate(rule.get("children") or []):
        found += patch_of_rule(child, f"{path}/children/{place}")
    return found


async def look(row):
    version = row.get(f"{inputs['base'].lower()}Version")
    if not version:
        return None
    where = {"propertyId": row["propertyId"], "contractId": row["contractId"], "groupId": row["groupId"]}
    tree = await call("papi/v1#get-property-version-rules", {**where, "propertyVersion": version})
    patch = patch_of_rule(tree["rules"], "/rules")
    return (row, version, patch) if patch else None


async def change(row, version, patch):
    property_id, contract, group = row["propertyId"], row["contractId"], row["groupId"]
    body = {"createFromVersion": version}
    made = await call(
        "papi/v1#post-property-versions", {"propertyId": property_id, "contractId": contract, "groupId": group, "body": body}
    )
    link = made.get("versionLink", "").partition("?")[0]
    # A plan knows no answer yet: the number that follows the latest is what Akamai gives.
    number = int(link.rsplit("/", 1)[-1]) if link else row["latestVersion"] + 1
    answer = await call(
        "papi/v1#patch-property-version-rules",
        {"propertyId": property_id, "propertyVersion": number, "contractId": contract, "groupId": group, "body": patch},
    )
    done = {"property": row["propertyName"], "base": version, "version": number, "replaced": len(patch) // 2}
    if answer.get("errors"):
        return {**done, "errors": answer["errors"]}
    if inputs["staging"]:
        body = {"network": "STAGING", "propertyVersion": number, "note": inputs["note"]}
        body |= {"notifyEmails": inputs["notifyEmails"], "acknowledgeAllWarnings": True}
        made = await call(
            "papi/v1#post-property-activations",
            {"propertyId": property_id, "contractId": contract, "groupId": group, "body": body},
        )
        done["activationId"] = made.get("activationLink", "").partition("?")[0].rsplit("/", 1)[-1]
    return done


listed = await all_properties()
found = [one for one in await asyncio.gather(*[look(row) for row in listed]) if one]
rows = await asyncio.gather(*[change(row, version, patch) for row, version, patch in found])
result = {"searched": len(listed), "changed": len(rows), "rows": rows}
if rows:
    result["next"] = "Compare with @compare-versions, and bring each version live with @activate-property."
result
