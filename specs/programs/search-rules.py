"""
summary: "Search the rules of all properties: a text, a behavior or a criterion, with the property, the rule and the value."
asks:
  - Which properties use this origin hostname
  - Find every property that still points to an old origin
  - Find all properties whose rules contain a text
  - Where is the behavior caching used
  - Which properties have an old rule format
  - Search every rule tree of the account
  - Which sites have this behavior switched on
  - Find where a hostname, a path or a CP code stands in the rules
effect: read
inputs:
  type: object
  properties:
    text: {type: string, default: "", description: "Text in a value, in any case; with no text every value matches"}
    name: {type: string, default: "", description: "Name of a behavior or criterion, as origin or caching"}
    ruleFormat: {type: string, default: "", description: "Only properties whose rule format has this text, as v2023"}
    network: {type: string, enum: [PRODUCTION, STAGING, LATEST], default: PRODUCTION, description: Which version of each property}
    properties: {type: array, items: {type: string}, default: [], description: "Names or ids of the properties; by default all"}
    mostRows: {type: integer, minimum: 1, default: 200, description: Rows to return at most}
"""

import asyncio
import json

wanted = inputs["text"].lower()
rows = []


async def all_properties():
    groups = (await call("papi/v1#get-groups"))["groups"]["items"]
    pairs = [(contract, group["groupId"]) for group in groups for contract in group.get("contractIds") or []]
    lists = await asyncio.gather(
        *[call("papi/v1#get-properties", {"contractId": contract, "groupId": group}) for contract, group in pairs]
    )
    found = {row["propertyId"]: row for each in lists for row in each["properties"]["items"]}
    chosen = inputs["properties"]
    return [row for row in found.values() if not chosen or row["propertyId"] in chosen or row["propertyName"] in chosen]


def leaves(value, path):
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], f"{path}.{key}" if path else key)]
    if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        return [leaf for place, part in enumerate(value) for leaf in leaves(part, f"{path}[{place}]")]
    return [(path, value)]


def matches(value):
    return wanted in (value if isinstance(value, str) else json.dumps(value)).lower()


def look(rule, path, found):
    for kind in ("behaviors", "criteria"):
        for part in rule.get(kind) or []:
            if inputs["name"] in ("", part["name"]):
                for option, value in leaves(part.get("options") or {}, ""):
                    if matches(value):
                        found.append({"rule": path, "in": part["name"], "option": option, "value": value})
    if not inputs["name"]:
        for each in rule.get("variables") or []:
            if matches(each.get("value")):
                found.append({"rule": path, "in": each["name"], "option": "value", "value": each.get("value")})
    for child in rule.get("children") or []:
        look(child, f"{path} > {child['name']}", found)
    return found


async def one(row):
    version = row.get(f"{inputs['network'].lower()}Version")
    if not version:
        return []
    where = {"propertyId": row["propertyId"], "contractId": row["contractId"], "groupId": row["groupId"]}
    tree = await call("papi/v1#get-property-version-rules", {**where, "propertyVersion": version})
    if inputs["ruleFormat"] not in tree.get("ruleFormat", ""):
        return []
    about = {"property": row["propertyName"], "version": version, "ruleFormat": tree.get("ruleFormat")}
    if not (wanted or inputs["name"]):
        return [about]
    return [{**about, **found} for found in look(tree["rules"], "default", [])]


listed = await all_properties()
found = await asyncio.gather(*[one(row) for row in listed])
rows = [row for each in found for row in each]
{
    "searched": len(listed),
    "properties": len({row["property"] for row in rows}),
    "found": len(rows),
    "rows": rows[: inputs["mostRows"]],
}
