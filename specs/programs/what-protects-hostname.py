"""
summary: "Everything that serves and protects a hostname: property and versions, edge hostname, certificate, security policies."
asks:
  - What protects this hostname
  - Is www.example.com behind the WAF
  - Which property and security configuration belong to this hostname
  - Which certificate serves this hostname
  - Is this site protected
  - Is there a firewall policy for this domain
  - Security posture of a hostname
  - "What stands in front of this site: property, WAF, certificate"
effect: read
inputs:
  type: object
  required: [hostname]
  properties:
    hostname: {type: string, description: A hostname of the account, examples: [www.example.com]}
"""

import asyncio

hostname = inputs["hostname"].strip().lower().rstrip(".")


def covers(name):
    name = name.lower()
    return name == hostname or (name.startswith("*.") and hostname.partition(".")[2] == name[2:])


async def delivery():
    found = await call("papi/v1#post-search-find-by-value", {"body": {"hostname": hostname}})
    rows = found["versions"]["items"]
    live = [row for row in rows if row["productionStatus"] == "ACTIVE"] or rows
    if not live:
        return None
    row = live[0]
    where = {"propertyId": row["propertyId"], "contractId": row["contractId"], "groupId": row["groupId"]}
    hosts = await call("papi/v1#get-property-version-hostnames", {**where, "propertyVersion": row["propertyVersion"]})
    edge = [host.get("cnameTo") for host in hosts["hostnames"]["items"] if host["cnameFrom"].lower() == hostname]
    return {
        "property": row["propertyName"],
        "propertyId": row["propertyId"],
        "version": row["propertyVersion"],
        "production": row["productionStatus"],
        "staging": row["stagingStatus"],
        "edgeHostname": edge[0] if edge else None,
    }


async def policies(configuration):
    """Every policy of a configuration's version with what it has switched on."""
    where = {"configId": configuration["id"], "versionNumber": configuration["version"]}
    listed = await call("appsec/v1#get-policies", where)

    async def one(policy):
        on = await call("appsec/v1#get-policy-protections", {**where, "policyId": policy["policyId"]}, check=False)
        told = on.get("body") or {}
        return {"policy": policy["policyName"], "on": sorted([name for name in told if told[name] is True])}

    return await asyncio.gather(*[one(policy) for policy in listed["policies"]])


async def security():
    answer = await call("appsec/v1#get-hostname-coverage")
    rows = [row for row in answer["hostnameCoverage"] if covers(row["hostname"])]
    result = []
    for row in rows:
        one = {"hostname": row["hostname"], "status": row["status"]}
        if row.get("configuration"):
            configuration = row["configuration"]
            one["configuration"] = {name: configuration.get(name) for name in ("id", "name", "version")}
            one["policies"] = [
                policy for policy in await policies(configuration) if policy["policy"] in (row.get("policyNames") or [])
            ]
        result.append(one)
    return result


async def certificates():
    contracts = (await call("papi/v1#get-contracts"))["contracts"]["items"]
    lists = await asyncio.gather(
        *[call("cps/v2#get-enrollments", {"contractId": row["contractId"]}, check=False) for row in contracts]
    )
    rows = [row for answer in lists for row in (answer.get("body") or {}).get("enrollments") or []]
    return [
        {"commonName": row["csr"]["cn"], "enrollmentId": row["id"], "validation": row["validationType"]}
        for row in rows
        if any(covers(name) for name in [row["csr"]["cn"], *(row["csr"].get("sans") or [])])
    ]


served, protected, secured = await asyncio.gather(delivery(), security(), certificates())
is_covered = any(row["status"] == "covered" for row in protected)
result = {"hostname": hostname, "delivered": bool(served), "protected": is_covered}
result |= {"delivery": served, "security": protected, "certificates": secured}
if served and not is_covered:
    result["note"] = "It is delivered, and no security configuration covers it."
result
