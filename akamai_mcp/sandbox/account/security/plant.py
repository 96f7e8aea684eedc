"""The lists and security configurations that an estate starts with."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from akamai_mcp.sandbox.account.estate import Brand, Estate
from akamai_mcp.sandbox.account.security.state import (
    ClientList,
    ConfigActivation,
    Configuration,
    ConfigVersion,
    ListActivation,
    NetworkList,
    Policy,
    Security,
)
from akamai_mcp.sandbox.account.told import stamp
from akamai_mcp.sandbox.account.words import DOCUMENT_NETS, NETWORKS, PEOPLE
from akamai_mcp.sandbox.account.work import done

DAY: Final = 86_400.0
LISTS: Final = (
    ("Blocked scrapers", "IP", "Addresses that took prices from the shops"),
    ("Partner offices", "IP", "Addresses of partners that are never blocked"),
    ("Embargoed countries", "GEO", "Countries that the shops do not deliver to"),
    ("Payment providers", "IP", "Addresses that call back after a payment"),
)
COUNTRIES_OF_LIST: Final = ["CU", "IR", "KP", "SY"]
FIRST_POLICY: Final = 24_601


def plant_security(estate: Estate) -> Security:
    """Lists for the whole account, and a security configuration for each brand."""
    random = estate.random("security")
    security = Security()
    for place, (name, kind, description) in enumerate(LISTS):
        number = 38_012 + 1_009 * place
        one = _network_list(f"{number}_{name.replace(' ', '').upper()}", name, kind, description, estate, random)
        security.network_lists[one.identifier] = one
        other = _client_list(f"{number + 400}_AL{name.replace(' ', '').upper()}", name, kind, description, estate, random)
        security.client_lists[other.identifier] = other
    for place, brand in enumerate(estate.brands):
        configuration = _configuration(71_004 + 313 * place, brand, estate, list(security.network_lists))
        security.configurations[configuration.number] = configuration
    return security


def item_row(value: str, kind: str, user: str, at: float, **more: Any) -> dict[str, Any]:
    """An item of a client list as it is shown."""
    return {
        "value": value,
        "type": kind,
        "tags": [],
        "description": "",
        "createDate": stamp(at),
        "createdBy": user,
        "createdVersion": 1,
        "updateDate": stamp(at),
        "updatedBy": user,
        **more,
    }


def _elements(kind: str, random: Random) -> list[str]:
    if kind == "GEO":
        return list(COUNTRIES_OF_LIST)
    single = [f"{random.choice(DOCUMENT_NETS)}.{number}" for number in random.sample(range(1, 255), random.randint(4, 20))]
    return [*single, f"{DOCUMENT_NETS[0]}.128/25"]


def _network_list(identifier: str, name: str, kind: str, description: str, estate: Estate, random: Random) -> NetworkList:
    at = estate.now - random.randint(20, 300) * DAY
    point, start = random.randint(1, 6), int(identifier.partition("_")[0])
    activations = {
        network: ListActivation(number=start * 10 + place, point=point, comment="", work=done("ACTIVE", at))
        for place, network in enumerate(NETWORKS)
    }
    return NetworkList(
        identifier=identifier,
        name=name,
        kind=kind,
        elements=_elements(kind, random),
        description=description,
        contract_id=estate.contracts[0],
        group_id=estate.top_group_id,
        user=random.choice(PEOPLE),
        created=at - 90 * DAY,
        updated=at,
        sync_point=point,
        activations=activations,
    )


def _client_list(identifier: str, name: str, kind: str, description: str, estate: Estate, random: Random) -> ClientList:
    at, user = estate.now - random.randint(20, 300) * DAY, random.choice(PEOPLE)
    activation = ListActivation(number=int(identifier.partition("_")[0]) * 10, point=1, comment="", work=done("ACTIVE", at))
    return ClientList(
        identifier=identifier,
        name=name,
        kind=kind,
        items={value: item_row(value, kind, user, at) for value in _elements(kind, random)},
        notes=description,
        tags=["shops"],
        contract_id=estate.contracts[0],
        group_id=estate.top_group_id,
        user=user,
        created=at,
        updated=at,
        activations={"PRODUCTION": activation},
    )


def _configuration(number: int, brand: Brand, estate: Estate, lists: list[str]) -> Configuration:
    hostnames = [name for site in estate.sites_of(brand) for name in site.hostnames]
    made = Configuration(
        number=number,
        name=f"{brand.title} WAF",
        description=f"Protects the sites of {brand.title}",
        contract_id=brand.contract_id,
        group_id=brand.group_id,
    )
    for version in (1, 2, 3):
        at = estate.now - (4 - version) * 40 * DAY
        made.versions[version] = _version(version, number, hostnames, lists, at)
        if version < max(3, len(made.versions)):
            _activate(made, version, at)
    return made


def _activate(made: Configuration, version: int, at: float) -> None:
    for network in NETWORKS:
        number = made.number * 10 + len(made.activations)
        made.activations[number] = ConfigActivation(
            number=number,
            version=version,
            network=network,
            action="ACTIVATE",
            note="",
            user=made.versions[version].user,
            date=at + DAY,
            work=done("ACTIVATED", at + DAY),
        )


def _version(number: int, config: int, hostnames: list[str], lists: list[str], at: float) -> ConfigVersion:
    policy = Policy(identifier=f"shop_{FIRST_POLICY + config % 1000}", name="Shops")
    policy.parts["ip-geo-firewall"] = {
        "block": "blockSpecificIPGeo",
        "ipControls": {"blockedIPNetworkLists": {"networkList": lists[:1]}, "allowedIPNetworkLists": {"networkList": lists[1:2]}},
        "geoControls": {"blockedIPNetworkLists": {"networkList": lists[2:3]}},
    }
    target = {
        "type": "website",
        "targetId": config * 10 + 1,
        "sequence": 1,
        "defaultFile": "NO_MATCH",
        "hostnames": hostnames,
        "filePaths": ["/*"],
        "isNegativeFileExtensionMatch": False,
        "isNegativePathMatch": False,
        "securityPolicy": {"policyId": policy.identifier},
    }
    return ConfigVersion(
        number=number,
        based_on=number - 1,
        hostnames=hostnames,
        policies={policy.identifier: policy},
        targets={config * 10 + 1: target},
        rate_policies={config * 10 + 5: _rate_policy(config * 10 + 5, 20 + 10 * number)},
        notes=("First version", "Fewer false alarms", "Stricter rate limits")[number - 1],
        user=PEOPLE[number % len(PEOPLE)],
        date=at,
    )


def _rate_policy(number: int, average: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": "Page views",
        "type": "WAF",
        "matchType": "path",
        "pathMatchType": "AllRequests",
        "requestType": "ClientRequest",
        "clientIdentifier": "ip",
        "averageThreshold": average,
        "burstThreshold": average * 2,
        "sameActionOnIpv6": True,
        "used": True,
    }
