"""
summary: "Certificates that end soon, with their days left, names, renewal and changes that wait for somebody, soonest first."
asks:
  - Which certificates expire soon
  - List all certificates with their end dates
  - Are there certificates that end soon and are not renewed
  - Which hostnames lose their certificate this month
  - Certificates to renew in the coming weeks
  - TLS certificates close to their end date
  - Is any SSL certificate about to lapse
  - Expiry report of all enrollments
effect: read
inputs:
  type: object
  properties:
    days: {type: integer, minimum: 0, maximum: 3650, default: 30, description: How many days ahead to look}
    mostNames: {type: integer, minimum: 0, default: 10, description: Names of a certificate to show at most}
    contracts: {type: array, items: {type: string}, default: [], description: Contract ids; by default all}
"""

import asyncio
import datetime as dt

now = dt.datetime.now(dt.timezone.utc)


async def contracts():
    if inputs["contracts"]:
        return inputs["contracts"]
    listed = await call("papi/v1#get-contracts")
    return [row["contractId"] for row in listed["contracts"]["items"]]


async def enrollments(contract):
    answer = await call("cps/v2#get-enrollments", {"contractId": contract})
    return [(contract, row) for row in answer.get("enrollments") or []]


def end_of(deployment):
    """When the certificate of a deployment ends, None without one."""
    one = deployment.get("primaryCertificate") or {}
    text = one.get("expiry")
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


async def look(contract, row):
    answer = await call("cps/v2#get-deployments", {"enrollmentId": row["id"]}, check=False)
    deployed = (answer.get("body") or {}).get("production") or {}
    end, csr = end_of(deployed), row["csr"]
    return {
        "commonName": csr["cn"],
        "names": len({csr["cn"], *(csr.get("sans") or [])}),
        "sans": sorted(set(csr.get("sans") or []) - {csr["cn"]})[: inputs["mostNames"]],
        "ends": end.date().isoformat() if end else None,
        "daysLeft": (end - now).days if end else None,
        "validation": row["validationType"],
        "renewalStarts": row.get("autoRenewalStartTime"),
        "changeUnderWay": [change.get("changeType") for change in row.get("pendingChanges") or []],
        "enrollmentId": row["id"],
        "contractId": contract,
    }


lists = await asyncio.gather(*[enrollments(contract) for contract in await contracts()])
known = {row["id"]: (contract, row) for each in lists for contract, row in each}
rows = await asyncio.gather(*[look(contract, row) for contract, row in known.values()])
ending = sorted(
    [row for row in rows if row["daysLeft"] is not None and row["daysLeft"] <= inputs["days"]], key=lambda row: row["daysLeft"]
)
{
    "certificates": len(rows),
    "ending": len(ending),
    "rows": ending,
    "notDeployed": [row["commonName"] for row in rows if row["daysLeft"] is None],
}
