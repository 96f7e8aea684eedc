"""
summary: "Who activated what, when: properties, security configurations, EdgeWorkers and DNS zones of some days, newest first."
asks:
  - Who changed what this week
  - What was activated yesterday and by whom
  - Who made the last changes to this property
  - Show the recent changes of the account
  - What changed before the outage
  - Activations of the last days, and by whom
  - Change log of properties, WAF and DNS
  - Which deployments happened before the incident
effect: read
inputs:
  type: object
  properties:
    days: {type: integer, minimum: 1, maximum: 3650, default: 7, description: How many days back}
    text: {type: string, default: "", description: "Only what has this text in its name, note or user"}
    kinds:
      type: array
      items: {type: string, enum: [property, security, edgeworker, zone]}
      default: [property, security, edgeworker, zone]
      description: What to look at
    mostRows: {type: integer, minimum: 1, default: 100, description: Rows to return at most}
"""

import asyncio
import datetime as dt

since = (dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=inputs["days"])).isoformat()[:19]
unread = []


async def readable(pending, about):
    """The body of a read under way; what may not be read is told, and the rest goes on."""
    answer = await pending
    if "problem" in answer:
        unread.append({"what": about, "problem": answer["problem"]})
    return answer.get("body") or {}


async def of_property(row):
    where = {"propertyId": row["propertyId"], "contractId": row["contractId"], "groupId": row["groupId"]}
    listed = await readable(call("papi/v1#get-property-activations", where, check=False), row["propertyName"])
    return [
        {
            "when": one["submitDate"],
            "who": None,
            "what": "property",
            "name": row["propertyName"],
            "did": f"{one['activationType']} version {one['propertyVersion']} on {one['network']}: {one['status']}",
            "note": one.get("note"),
            "version": {**where, "propertyVersion": one["propertyVersion"]},
        }
        for one in listed.get("activations", {}).get("items", [])
    ]


async def properties():
    groups = (await readable(call("papi/v1#get-groups", check=False), "groups")).get("groups", {}).get("items", [])
    pairs = [(contract, group["groupId"]) for group in groups for contract in group.get("contractIds") or []]
    lists = await asyncio.gather(
        *[
            readable(call("papi/v1#get-properties", {"contractId": contract, "groupId": group}, check=False), group)
            for contract, group in pairs
        ]
    )
    found = {row["propertyId"]: row for each in lists for row in each.get("properties", {}).get("items", [])}
    return [row for rows in await asyncio.gather(*[of_property(row) for row in found.values()]) for row in rows]


async def of_configuration(one):
    history = await readable(call("appsec/v1#get-activation-history", {"configId": one["id"]}, check=False), one["name"])
    return [
        {
            "when": row.get("activationDate") or row.get("createDate"),
            "who": row.get("activatedBy") or row.get("createdBy"),
            "what": "security",
            "name": one["name"],
            "did": f"version {row.get('version')} on {row.get('network')}: {row.get('status')}",
            "note": row.get("notes"),
        }
        for row in history.get("activationHistory") or []
    ]


async def security():
    listed = (await readable(call("appsec/v1#get-configs", check=False), "security configurations")).get("configurations") or []
    return [row for rows in await asyncio.gather(*[of_configuration(one) for one in listed]) for row in rows]


async def of_worker(one):
    listed = await readable(
        call("edgeworkers/v1#get-activations", {"edgeWorkerId": one["edgeWorkerId"]}, check=False), one["name"]
    )
    return [
        {
            "when": row.get("createdTime"),
            "who": row.get("createdBy"),
            "what": "edgeworker",
            "name": one["name"],
            "did": f"version {row.get('version')} on {row.get('network')}: {row.get('status')}",
            "note": row.get("note"),
        }
        for row in listed.get("activations") or []
    ]


async def workers():
    listed = (await readable(call("edgeworkers/v1#get-ids", check=False), "EdgeWorkers")).get("edgeWorkerIds") or []
    return [row for rows in await asyncio.gather(*[of_worker(one) for one in listed]) for row in rows]


async def of_zone(one):
    listed = await readable(call("config-dns/v2#get-zone-versions", {"zone": one["zone"]}, check=False), one["zone"])
    return [
        {
            "when": row.get("lastActivationDate") or row.get("lastModifiedDate"),
            "who": row.get("lastModifiedBy") or row.get("modifiedBy"),
            "what": "zone",
            "name": one["zone"],
            "did": f"{row.get('activationState', 'a new version')}",
            "note": row.get("comment"),
        }
        for row in listed.get("versions") or []
    ]


async def zones():
    listed = (await readable(call("config-dns/v2#get-zones", check=False), "zones")).get("zones") or []
    return [row for rows in await asyncio.gather(*[of_zone(one) for one in listed]) for row in rows]


async def with_user(row):
    """An activation of a property does not say who made it; its version says who edited it last."""
    version = row.pop("version", None)
    if version:
        read = await readable(call("papi/v1#get-property-version", version, check=False), row["name"])
        items = read.get("versions", {}).get("items") or [{}]
        row["who"] = items[0].get("updatedByUser")
    return row


READERS = {"property": properties, "security": security, "edgeworker": workers, "zone": zones}
wanted = [kind for kind in READERS if kind in inputs["kinds"]]
found = [row for rows in await asyncio.gather(*[READERS[kind]() for kind in wanted]) for row in rows]
text = inputs["text"].lower()
rows = [row for row in found if (row["when"] or "")[:19] >= since]
rows = await asyncio.gather(*[with_user(row) for row in rows])
rows = [row for row in rows if text in f"{row['name']} {row['note']} {row['who']}".lower()]
rows = sorted(rows, key=lambda row: row["when"], reverse=True)
result = {"since": since, "found": len(rows), "rows": rows[: inputs["mostRows"]]}
if unread:
    result["unread"] = unread[:10]
result
