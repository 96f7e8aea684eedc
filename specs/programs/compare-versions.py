"""
summary: "What differs between two versions of a property, or between staging and production: rules, behaviors, hostnames."
asks:
  - What changed between version 3 and version 5 of this property
  - Compare staging with production
  - Show the difference between two rule trees
  - What would go live if I activate the latest version
  - Diff of two property versions
  - Are staging and production the same
  - Which rules and hostnames differ from what is live
  - Review a property version before it goes live
effect: read
inputs:
  type: object
  required: [property]
  properties:
    property: {type: string, description: Name or id (prp_...) of the property, examples: [www.example.com]}
    from: {type: [string, integer], default: PRODUCTION, description: "Version number, PRODUCTION, STAGING or LATEST"}
    to: {type: [string, integer], default: LATEST, description: "Version number, PRODUCTION, STAGING or LATEST"}
"""

import asyncio


async def find_property(name):
    if not name.startswith("prp_"):
        rows = (await call("papi/v1#post-search-find-by-value", {"body": {"propertyName": name}}))["versions"]["items"]
        if not rows:
            raise ValueError(f"There is no property named {name}.")
        name = rows[0]["propertyId"]
    return (await call("papi/v1#get-property", {"propertyId": name}))["properties"]["items"][0]


one = await find_property(inputs["property"])


def version_of(given):
    word = str(given).strip().upper()
    number = int(word) if word.isdigit() else one.get(f"{word.lower()}Version")
    if not number:
        raise ValueError(f"{one['propertyName']} has no version {given}.")
    return number


async def read(version):
    where = {"propertyId": one["propertyId"], "contractId": one["contractId"], "groupId": one["groupId"]}
    tree, hosts = await asyncio.gather(
        call("papi/v1#get-property-version-rules", {**where, "propertyVersion": version}),
        call("papi/v1#get-property-version-hostnames", {**where, "propertyVersion": version}),
    )
    named = {row["cnameFrom"]: row.get("cnameTo") for row in hosts["hostnames"]["items"]}
    return {"rules": tree["rules"], "ruleFormat": tree.get("ruleFormat"), "hostnames": named}


def numbered(names):
    """Names that are there several times get their place behind them."""
    seen = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return result


def flat(rule, path, found):
    """Every option of a rule tree by a path of names, so that a rule that was moved among its siblings is no change."""
    for kind, word in (("behaviors", "behavior"), ("criteria", "criterion")):
        parts = rule.get(kind) or []
        for name, part in zip(numbered([each["name"] for each in parts]), parts):
            found[f"{path} | {word} {name}"] = part.get("options") or {}
    for name in ("criteriaMustSatisfy", "comments", "advancedOverride"):
        if rule.get(name):
            found[f"{path} | {name}"] = rule[name]
    for each in rule.get("variables") or []:
        found[f"{path} | variable {each['name']}"] = each.get("value")
    children = rule.get("children") or []
    for name, child in zip(numbered([each["name"] for each in children]), children):
        flat(child, f"{path} > {name}", found)
    return found


def differences(old, new):
    rows = []
    for path in {**old, **new}:
        if path not in new:
            rows.append({"where": path, "change": "removed", "from": old[path]})
        elif path not in old:
            rows.append({"where": path, "change": "added", "to": new[path]})
        elif isinstance(old[path], dict) and isinstance(new[path], dict):
            rows += differences(
                {f"{path} {name}": value for name, value in old[path].items()},
                {f"{path} {name}": value for name, value in new[path].items()},
            )
        elif old[path] != new[path]:
            rows.append({"where": path, "change": "changed", "from": old[path], "to": new[path]})
    return rows


first, second = version_of(inputs["from"]), version_of(inputs["to"])
old, new = await asyncio.gather(read(first), read(second))
rows = differences(flat(old["rules"], "default", {}), flat(new["rules"], "default", {}))
rows += differences({"hostname": old["hostnames"]}, {"hostname": new["hostnames"]})
rows += differences({"rule format": old["ruleFormat"]}, {"rule format": new["ruleFormat"]})
{"property": one["propertyName"], "from": first, "to": second, "differences": len(rows), "rows": rows}
