"""
summary: "Create, replace or delete record sets of a DNS zone, and return each as it was before and as it is now."
asks:
  - Change this DNS record
  - Add a TXT record to the zone
  - Point www to another CNAME
  - Delete these DNS records
  - Lower the TTL of the A records
  - Update several record sets of a zone at once
  - Set a CNAME, A or MX record and show what it was before
  - Move a name to another IP in DNS
effect: destroy
inputs:
  type: object
  required: [zone, changes]
  properties:
    zone: {type: string, description: Name of the zone, examples: [example.com]}
    changes:
      type: array
      minItems: 1
      maxItems: 200
      items:
        type: object
        required: [name, type]
        properties:
          name: {type: string}
          type: {type: string}
          ttl: {type: integer, minimum: 0}
          rdata: {type: array, items: {type: string}}
          delete: {type: boolean}
      description: "Record sets as they shall be (name, type, ttl, rdata; what is left out stays), or with delete: true"
      examples: [[{name: www.example.com, type: CNAME, ttl: 300, rdata: [www.example.com.edgekey.net.]}]]
"""

import asyncio

zone = inputs["zone"]
NOT_FOUND = 404


def whole_name(name):
    """The name as the API takes it: with its zone, and without the dot at the end."""
    name = name.rstrip(".")
    if name in ("", "@"):
        return zone
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}"


async def read(change):
    where = {"zone": zone, "name": whole_name(change["name"]), "type": change["type"].upper()}
    answer = await call("config-dns/v2#get-zone-name-type", where, check=False)
    if answer.get("status") == NOT_FOUND:
        return None
    if "problem" in answer:
        raise ValueError(f"{where['name']} {where['type']} cannot be read: {answer['problem']}")
    body = answer["body"]
    return {"name": body["name"], "type": body["type"], "ttl": body["ttl"], "rdata": body["rdata"]}


def after_change(change, before):
    """The record set as it shall be, None where it shall be gone."""
    if change.get("delete"):
        return None
    old = before or {}
    rdata, ttl = change.get("rdata") or old.get("rdata"), change.get("ttl", old.get("ttl"))
    if not rdata or ttl is None:
        raise ValueError(f"{whole_name(change['name'])} {change['type']} is new: give its ttl and its rdata.")
    return {"name": whole_name(change["name"]), "type": change["type"].upper(), "ttl": ttl, "rdata": rdata}


async def make(change, before, after):
    name, kind = whole_name(change["name"]), change["type"].upper()
    if after is None:
        await call("config-dns/v2#delete-zone-name-type", {"zone": zone, "name": name, "type": kind})
    elif before is None:
        await call(
            "config-dns/v2#post-zones-zone-names-name-types-type", {"zone": zone, "name": name, "type": kind, "body": after}
        )
    else:
        await call(
            "config-dns/v2#put-zones-zone-names-name-types-type", {"zone": zone, "name": name, "type": kind, "body": after}
        )


changes = inputs["changes"]
keys = [(whole_name(change["name"]), change["type"].upper()) for change in changes]
if len(set(keys)) < len(keys):
    raise ValueError("A record set is named twice.")
befores = await asyncio.gather(*[read(change) for change in changes])
rows = [
    {"name": name, "type": kind, "before": before, "after": after_change(change, before)}
    for (name, kind), change, before in zip(keys, changes, befores)
]
needed = [(change, row) for change, row in zip(changes, rows) if row["before"] != row["after"]]
await asyncio.gather(*[make(change, row["before"], row["after"]) for change, row in needed])
{"zone": zone, "changed": len(needed), "unchanged": len(rows) - len(needed), "rows": rows}
