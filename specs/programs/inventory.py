"""
summary: "All that the account owns as rows for a table or a file: kind, name, id, where it stands and what is live."
asks:
  - Export the inventory of the whole account to a spreadsheet
  - List all properties, certificates, zones and lists of the account in one table
  - Table of every property, certificate, zone and network list that the account owns
  - Inventory of the account as rows
  - CSV of all that we run at Akamai
  - Everything this account has, for an audit
  - Overview of all assets as one list
effect: read
inputs:
  type: object
  properties:
    kinds: {type: array, items: {type: string}, default: [], description: "Kinds such as property, certificate, zone; by default all"}
    text: {type: string, default: "", description: Only what has this text in its name or id}
"""

text = inputs["text"].lower()
answers = [await find("*", kind) for kind in inputs["kinds"]] if inputs["kinds"] else [await find("*")]
rows = []
for answer in answers:
    for row in answer["found"]:
        if text not in f"{row.get('name', '')} {row['id']}".lower():
            continue
        flat = {name: row[name] for name in row if name not in ("match", "next", "where", "ids")}
        flat |= row.get("where") or {}
        rows.append(flat)

missing = [line for answer in answers for line in answer.get("missing") or []]
{"rows": rows, "total": len(rows), "missing": missing}
