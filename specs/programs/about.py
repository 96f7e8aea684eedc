"""
summary: "Everything about a hostname as a short text for a person: what serves it, what is live since when, what protects it."
asks:
  - Show the whole chain of a hostname from DNS to its origin
  - Which property serves this host, what is live and who activated it
  - Where does this hostname lead and when does its certificate end
  - What is behind this site
  - Tell me all about this hostname
  - Summary of a website for somebody new to it
  - Origin, certificate and live version of this domain in one text
  - Briefing on one of our hosts before I touch it
effect: read
inputs:
  type: object
  required: [hostname]
  properties:
    hostname: {type: string, description: A hostname of the account, examples: [www.example.com]}
"""

answer = await find(inputs["hostname"], "hostname")
rows = [row for row in answer["found"] if row["match"] in ("exact", "covers")]


def each(value):
    return value if isinstance(value, list) else [value] if value else []


def named(row):
    return f"{row['name']} ({row['id']})" if row.get("name") and row["name"] != row["id"] else row["id"]


lines = []
if rows:
    host, about = rows[0], answer.get("about") or {}
    lines.append(f"{host['id']}: {host.get('where', {}).get('group', '')}, contract {host.get('where', {}).get('contract', '?')}")
    for record in each(about.get("record-set")):
        lines.append(f"DNS: {record['type']} {', '.join(record.get('values') or [])} (TTL {record.get('ttl')})")
    for edge in each(about.get("edge-hostname")):
        lines.append(f"Edge hostname: {named(edge)}, {edge.get('security', '')}")
    for one in each(about.get("property")):
        lines.append(
            f"Property: {named(one)}, production v{one.get('production')}, staging v{one.get('staging')}, latest v{one.get('latest')}"
        )
        if one.get("origins"):
            lines.append(f"Origins: {', '.join(one['origins'])}")
    authors = {str(one.get("version")): one.get("by") for one in each(about.get("version"))}
    for one in each(about.get("activation")):
        by = authors.get(str(one.get("version"))) or "unknown"
        lines.append(
            f"{one['network']}: v{one['version']} {one['status']} since {one.get('submitted')}, last edited by {by}: {one.get('name') or 'no note'}"
        )
    for one in each(about.get("certificate")):
        lines.append(f"Certificate: {named(one)}, {one.get('validation', '')}, ends {one.get('ends') or 'unknown'}")
    if about.get("security-config"):
        for one in each(about["security-config"]):
            lines.append(f"Security configuration: {named(one)}, production v{one.get('production')}")
        for one in each(about.get("security-policy")):
            lines.append(f"Security policy: {named(one)}, mode {one.get('mode') or 'unknown'}")
    else:
        unknown = "unknown, see missing" if answer.get("missing") else "no security configuration covers it"
        lines.append(f"Security: {host.get('protected') or unknown}")
    for kind, label in (
        ("cp-code", "CP code"),
        ("edgeworker", "EdgeWorker"),
        ("include", "Include"),
        ("gtm-property", "GTM"),
        ("zone", "Zone"),
    ):
        for one in each(about.get(kind)):
            lines.append(f"{label}: {named(one)}")
else:
    near = [row["id"] for row in answer["found"]][:5]
    known = "not among the hostnames that could be read" if answer.get("missing") else "no hostname of this account"
    lines.append(f"{inputs['hostname']} is {known}." + (f" Near it: {', '.join(near)}." if near else ""))

result = {"hostname": inputs["hostname"], "found": bool(rows), "text": "\n".join(lines)}
if answer.get("missing"):
    result["missing"] = answer["missing"]
result
