"""The properties that an estate starts with."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from akamai_mcp.sandbox.account.estate import Estate, Site
from akamai_mcp.sandbox.account.papi.rules import rule_tree
from akamai_mcp.sandbox.account.papi.state import Activation, Hostname, Owned, Papi, Property, Version
from akamai_mcp.sandbox.account.told import stamp
from akamai_mcp.sandbox.account.words import NETWORKS, PEOPLE
from akamai_mcp.sandbox.account.work import done

DAY: Final = 86_400.0
NOTES: Final = (
    "First version",
    "Cache static objects longer",
    "Security headers",
    "Redirect of the old shop",
    "Personal pages are not cached",
    "Prefetching",
    "Tiered distribution",
)
# One in so many hostnames has a certificate that Akamai manages by itself.
DEFAULT_EVERY: Final = 9
# The share of properties whose newest version is on staging already.
SHARE_ON_STAGING: Final = 0.4


def plant_papi(estate: Estate) -> Papi:
    """The properties of an estate, with edge hostnames and CP codes."""
    random = estate.random("papi")
    papi = Papi()
    for site in estate.sites:
        papi.properties[site.property_id] = _property(site, estate, random)
        papi.edge_hostnames[site.edge_hostname_id] = _owned(
            site, edge_hostname_row(site.edge_hostname_id, site.edge_hostname, site.product_id)
        )
        papi.cpcodes[site.cpcode_id] = _owned(
            site, cpcode_row(site.cpcode_id, site.name, site.product_id, estate.now - 900 * DAY)
        )
    # Numbers far from those of properties, so that a test that mixes the two kinds up finds nothing.
    for number, brand in enumerate(estate.brands):
        first = estate.sites_of(brand)[0]
        include = _include(300_100 + 7 * number, first, estate)
        papi.includes[include.number] = include
        _use_include(papi.properties[first.property_id], include)
    return papi


def edge_hostname_row(number: int, domain: str, product_id: str) -> dict[str, Any]:
    """An edge hostname as PAPI lists it."""
    prefix, _, suffix = domain.rpartition(".edge")
    return {
        "edgeHostnameId": f"ehn_{number}",
        "domainPrefix": prefix,
        "domainSuffix": f"edge{suffix}",
        "edgeHostnameDomain": domain,
        "productId": product_id,
        "secure": suffix == "key.net",
        "ipVersionBehavior": "IPV6_COMPLIANCE",
    }


def cpcode_row(number: int, name: str, product_id: str, created: float) -> dict[str, Any]:
    """A CP code as PAPI lists it."""
    return {"cpcodeId": f"cpc_{number}", "cpcodeName": name, "productIds": [product_id], "createdDate": stamp(created)}


def hostname_of(site: Site, name: str, index: int) -> Hostname:
    """A hostname of a site as a version of the property has it."""
    kind = "DEFAULT" if index % DEFAULT_EVERY == DEFAULT_EVERY - 1 else "CPS_MANAGED"
    return {
        "cnameType": "EDGE_HOSTNAME",
        "cnameFrom": name,
        "cnameTo": site.edge_hostname,
        "edgeHostnameId": f"ehn_{site.edge_hostname_id}",
        "certProvisioningType": kind,
    }


def _owned(site: Site, row: dict[str, Any]) -> Owned:
    return Owned(row=row, contract_id=site.brand.contract_id, group_id=site.brand.group_id)


def _property(site: Site, estate: Estate, random: Random) -> Property:
    count = random.randint(3, len(NOTES))
    versions = [_version(site, number, count, estate.now, random) for number in range(1, count + 1)]
    made = Property(
        number=site.property_id,
        kind="property",
        name=site.name,
        contract_id=site.brand.contract_id,
        group_id=site.brand.group_id,
        product_id=site.product_id,
        versions={version.number: version for version in versions},
    )
    _activate(made, random)
    return made


def _version(site: Site, number: int, count: int, now: float, random: Random) -> Version:
    # The hostnames of later versions are those of today; the first lacks the last one that was added.
    names = site.hostnames if number > 1 else site.hostnames[: max(len(site.hostnames) - 1, 1)]
    return Version(
        number=number,
        rules=rule_tree(site, number),
        hostnames=[hostname_of(site, name, index) for index, name in enumerate(names)],
        rule_format=site.rule_format,
        note=NOTES[number - 1],
        user=random.choice(PEOPLE),
        date=now - (count - number + 1) * 30 * DAY,
    )


def _activate(made: Property, random: Random) -> None:
    """Every version but the newest went to staging and production; of some the newest is on staging too."""
    newest_on_staging = random.random() < SHARE_ON_STAGING
    for version in made.versions.values():
        for network in NETWORKS:
            if version.number < made.latest or (network == "STAGING" and newest_on_staging):
                number = made.number * 100 + len(made.activations) + 1
                made.activations[number] = _past(number, network, version)


def _past(number: int, network: str, version: Version) -> Activation:
    at = version.date + (DAY if network == "STAGING" else 2 * DAY)
    return Activation(
        number=number,
        kind="ACTIVATE",
        network=network,
        version=version.number,
        note=version.note,
        emails=[f"{version.user}@meridian-retail.test"],
        date=at,
        work=done("ACTIVE", at),
    )


def _include(number: int, site: Site, estate: Estate) -> Property:
    rules = {**rule_tree(site, 1), "behaviors": [], "variables": []}
    version = Version(
        number=1,
        rules=rules,
        hostnames=[],
        rule_format=site.rule_format,
        note="First version",
        user=PEOPLE[0],
        date=estate.now - 90 * DAY,
    )
    made = Property(
        number=number,
        kind="include",
        name=f"{site.brand.name}-common",
        contract_id=site.brand.contract_id,
        group_id=site.brand.group_id,
        product_id=site.product_id,
        versions={1: version},
    )
    made.activations = {
        number * 100 + place: _past(number * 100 + place, network, version) for place, network in enumerate(NETWORKS, 1)
    }
    return made


def _use_include(user: Property, include: Property) -> None:
    behavior = {"name": "include", "options": {"id": f"inc_{include.number}"}}
    rule = {"name": "Common settings", "behaviors": [behavior], "criteria": [], "criteriaMustSatisfy": "all", "children": []}
    for version in user.versions.values():
        version.rules["children"].append(rule)
