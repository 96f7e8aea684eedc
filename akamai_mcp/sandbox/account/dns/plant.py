"""The zones and domains that an estate starts with."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from akamai_mcp.sandbox.account.dns.state import Domain, Names, Zone
from akamai_mcp.sandbox.account.estate import Brand, Estate
from akamai_mcp.sandbox.account.words import CITIES, DOCUMENT_NETS, PEOPLE
from akamai_mcp.sandbox.account.work import done

DAY: Final = 86_400.0
SERVERS: Final = ("a1-67.akam.net.", "a7-65.akam.net.", "a13-64.akam.net.", "a22-66.akam.net.")
UNUSED_IN_TESTS: Final = (
    "requestString",
    "responseString",
    "sslClientCertificate",
    "sslClientPrivateKey",
    "testObjectUsername",
    "testObjectPassword",
)
Json = dict[str, Any]


def plant_names(estate: Estate) -> Names:
    """A zone and a GTM domain for each brand."""
    random, names = estate.random("dns"), Names()
    for brand in estate.brands:
        zone = Zone(
            name=brand.domain,
            kind="PRIMARY",
            contract_id=brand.contract_id,
            group_id=brand.group_id,
            settings={"comment": f"Zone of {brand.title}", "signAndServe": False, "endCustomerId": ""},
        )
        zone.save(_records(brand, estate, random), date=estate.now - random.randint(3, 200) * DAY, user=random.choice(PEOPLE))
        names.zones[zone.name] = zone
        domain = _domain(brand, estate, random)
        names.domains[domain.name] = domain
    return names


def record(name: str, kind: str, ttl: int, *data: str) -> Json:
    """A record set as Edge DNS shows it."""
    return {"name": name, "type": kind, "ttl": ttl, "rdata": list(data)}


def soa_and_servers(zone: str) -> list[Json]:
    """The record sets that every zone has."""
    soa = f"{SERVERS[0]} hostmaster.{zone}. 1 14400 7200 604800 1200"
    return [record(zone, "SOA", 86_400, soa), record(zone, "NS", 86_400, *SERVERS)]


def _records(brand: Brand, estate: Estate, random: Random) -> dict[tuple[str, str], Json]:
    zone, net = brand.domain, random.choice(DOCUMENT_NETS)
    rows = [
        *soa_and_servers(zone),
        record(zone, "A", 300, f"{net}.{random.randint(10, 60)}"),
        record(zone, "AAAA", 300, f"2001:db8:{random.randint(1, 9999)}::10"),
        record(zone, "MX", 3600, f"10 mx1.{zone}.", f"20 mx2.{zone}."),
        record(zone, "TXT", 3600, '"v=spf1 mx -all"'),
        record(zone, "CAA", 3600, '0 issue "letsencrypt.org"'),
        record(f"mx1.{zone}", "A", 3600, f"{net}.{random.randint(61, 90)}"),
        record(f"mx2.{zone}", "A", 3600, f"{net}.{random.randint(91, 120)}"),
        record(f"_dmarc.{zone}", "TXT", 3600, '"v=DMARC1; p=reject"'),
    ]
    for site in estate.sites_of(brand):
        rows.append(record(site.origin, "A", 300, f"{net}.{random.randint(121, 250)}"))
        rows += [record(name, "CNAME", 300, f"{site.edge_hostname}.") for name in site.hostnames if name != zone]
    return {(row["name"], row["type"]): row for row in rows}


def _domain(brand: Brand, estate: Estate, random: Random) -> Domain:
    name, at = f"{brand.name}.akadns.net", estate.now - random.randint(5, 200) * DAY
    centers = {str(3131 + place): _datacenter(3131 + place, city) for place, city in enumerate(random.sample(CITIES, 3))}
    properties = {
        site.purpose: _property(site.purpose, site.origin, list(centers), random) for site in estate.sites_of(brand)[:4]
    }
    return Domain(
        name=name,
        settings={"type": "weighted", "modificationComments": "", "loadImbalancePercentage": 10, "emailNotificationList": []},
        below={
            "datacenters": centers,
            "properties": properties,
            "resources": {},
            "geographic-maps": {},
            "cidr-maps": {},
            "as-maps": {},
        },
        changes=random.randint(3, 40),
        date=at,
        user=random.choice(PEOPLE),
        work=done("COMPLETE", at),
    )


def _datacenter(number: int, city: str) -> Json:
    return {
        "datacenterId": number,
        "nickname": f"{city} data center",
        "city": city,
        "continent": "EU",
        "country": "NL",
        "latitude": 52.4,
        "longitude": 4.9,
        "virtual": True,
        "cloneOf": 0,
        "cloudServerTargeting": False,
        "defaultLoadObject": {"loadObject": "", "loadObjectPort": 0, "loadServers": []},
    }


def _property(name: str, origin: str, centers: list[str], random: Random) -> Json:
    targets = [
        {
            "datacenterId": int(center),
            "enabled": True,
            "weight": weight,
            "servers": [f"{random.choice(DOCUMENT_NETS)}.{random.randint(1, 250)}"],
            "handoutCName": "",
            "name": "",
        }
        for center, weight in zip(centers, (50.0, 30.0, 20.0), strict=True)
    ]
    test = {
        "name": "Home page",
        "testObject": "/health",
        "testObjectProtocol": "HTTPS",
        "testObjectPort": 443,
        "testInterval": 60,
        "testTimeout": 10.0,
        "hostHeader": origin,
        "httpError3xx": True,
        "httpError4xx": True,
        "httpError5xx": True,
        "disableNonstandardPortWarning": False,
        **dict.fromkeys(UNUSED_IN_TESTS, ""),
    }
    return {
        "name": name,
        "type": "weighted-round-robin",
        "scoreAggregationType": "mean",
        "handoutMode": "normal",
        "failoverDelay": 0,
        "failbackDelay": 0,
        "dynamicTTL": 60,
        "staticTTL": 600,
        "backupCName": "",
        "backupIp": "",
        "mapName": "",
        "mxRecords": [],
        "ipv6": False,
        "useComputedTargets": False,
        "trafficTargets": targets,
        "livenessTests": [test],
    }
