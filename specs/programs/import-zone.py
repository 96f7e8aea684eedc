"""
summary: "Bring the record sets of a zone to those of a zone file or a list: the difference first, then one plan for all changes."
asks:
  - Import this zone file
  - Compare a zone file with the zone at Akamai
  - Upload my DNS zone
  - Bring the zone to these record sets
  - Load a BIND master file into a zone
  - Move our DNS records from another provider
  - Make the zone equal to this file
  - Bulk load of records from a zone file
effect: destroy
inputs:
  type: object
  required: [zone]
  properties:
    zone: {type: string, description: Name of the zone, examples: [example.com]}
    zoneFile: {type: string, default: "", description: A zone file in master format}
    recordSets:
      type: array
      default: []
      items:
        type: object
        required: [name, type, ttl, rdata]
        properties:
          name: {type: string}
          type: {type: string}
          ttl: {type: integer, minimum: 0}
          rdata: {type: array, items: {type: string}, minItems: 1}
      description: The record sets in place of a zone file
    deleteOthers: {type: boolean, default: false, description: "Delete what the zone has and the file has not; SOA and NS of the zone stay"}
    compareOnly: {type: boolean, default: false, description: Only return the difference}
"""

import asyncio
import re

zone = inputs["zone"].rstrip(".").lower()
CLASSES = ("IN", "CH", "HS")
WITH_NAMES = ("CNAME", "NS", "PTR", "MX", "SRV", "DNAME")


def whole_name(name, origin):
    if name == "@":
        return origin
    return name.rstrip(".").lower() if name.endswith(".") else f"{name}.{origin}".lower()


def entries(text):
    """The entries of a zone file, each as (begins with a blank, its words): comments are gone, parentheses joined."""
    words, depth, blank, found = [], 0, False, []
    for line in text.split("\n"):
        tokens = re.findall(r'"(?:[^"\\]|\\.)*"|;.*|[()]|[^\s();"]+', line)
        if depth == 0:
            words, blank = [], line[:1] in (" ", "\t")
        for part in tokens:
            if part.startswith(";"):
                break
            if part == "(":
                depth += 1
            elif part == ")":
                depth -= 1
            else:
                words.append(part)
        if depth == 0 and words:
            found.append((blank, words))
    if depth:
        raise ValueError("A parenthesis of the zone file is not closed.")
    return found


def rdata_of(kind, words, origin):
    if kind in WITH_NAMES and not words[-1].endswith("."):
        words = [*words[:-1], f"{whole_name(words[-1], origin)}."]
    return " ".join(words)


def seconds(word):
    """A TTL: seconds, or as 1h30m."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    if word.isdigit():
        return int(word)
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([smhdw])", word.lower()))


def is_ttl(word):
    return bool(re.fullmatch(r"\d+|(\d+[smhdwSMHDW])+", word))


def parse(text):
    origin, default, owner, sets = zone, None, zone, {}
    for blank, words in entries(text):
        if words[0].upper() == "$ORIGIN":
            origin = whole_name(words[1], origin)
        elif words[0].upper() == "$TTL":
            default = seconds(words[1])
        elif words[0].startswith("$"):
            raise ValueError(f"{words[0]} in a zone file is not known here.")
        else:
            if not blank:
                owner, words = whole_name(words[0], origin), words[1:]
            ttl = default
            while words and (is_ttl(words[0]) or words[0].upper() in CLASSES):
                ttl = seconds(words[0]) if is_ttl(words[0]) else ttl
                words = words[1:]
            if len(words) < 2 or ttl is None:
                raise ValueError(f"A record of {owner} has no type, no data or no TTL.")
            kind = words[0].upper()
            one = sets.setdefault((owner, kind), {"name": owner, "type": kind, "ttl": ttl, "rdata": []})
            one["rdata"].append(rdata_of(kind, words[1:], origin))
    return sets


def is_own(name, kind):
    """The record sets that make the zone itself."""
    return name == zone and kind in ("SOA", "NS")


def full_name(name):
    """The name of a record set of a list, which may be given without its zone."""
    name = name.rstrip(".").lower()
    return name if name == zone or name.endswith(f".{zone}") else whole_name(name or "@", zone)


def key_of(row):
    return (full_name(row["name"]), row["type"].upper())


def same(one, other):
    return one["ttl"] == other["ttl"] and sorted(one["rdata"]) == sorted(other["rdata"])


if bool(inputs["zoneFile"]) == bool(inputs["recordSets"]):
    raise ValueError("Give a zoneFile or recordSets.")
given = {key_of(row): {**row, "name": key_of(row)[0], "type": key_of(row)[1]} for row in inputs["recordSets"]}
wanted = parse(inputs["zoneFile"]) if inputs["zoneFile"] else given
outside = [name for name, _ in wanted if name != zone and not name.endswith(f".{zone}")]
if outside:
    raise ValueError(f"{outside[0]} is not in the zone {zone}.")
listed = await call("config-dns/v2#get-zones-zone-recordsets", {"zone": zone})
there = {key_of(row): row for row in listed["recordsets"]}
new = [row for key, row in wanted.items() if key not in there and not is_own(key[0], key[1])]
other = [row for key, row in wanted.items() if key in there and not same(row, there[key]) and not is_own(key[0], key[1])]
gone = [row for key, row in there.items() if key not in wanted and not is_own(key[0], key[1])]


async def replace(row):
    where = {"zone": zone, "name": row["name"], "type": row["type"], "body": row}
    await call("config-dns/v2#put-zones-zone-names-name-types-type", where)


async def delete(row):
    await call("config-dns/v2#delete-zone-name-type", {"zone": zone, "name": row["name"], "type": row["type"]})


if not inputs["compareOnly"]:
    if new:
        await call("config-dns/v2#post-zones-zone-recordsets", {"zone": zone, "body": {"recordsets": new}})
    await asyncio.gather(*[replace(row) for row in other], *[delete(row) for row in gone if inputs["deleteOthers"]])
result = {"zone": zone, "same": len(wanted) - len(new) - len(other), "changed": not inputs["compareOnly"]}
result["new"] = new
result["different"] = [{"before": there[key_of(row)], "after": row} for row in other]
result["deleted" if inputs["deleteOthers"] and not inputs["compareOnly"] else "onlyAtAkamai"] = [
    {"name": row["name"], "type": row["type"], "ttl": row["ttl"], "rdata": row["rdata"]} for row in gone
]
result
