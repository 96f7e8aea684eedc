"""Contracts, reporting groups, CP codes, groups and users, as the APIs beside PAPI show them: with bare ids."""

from __future__ import annotations

from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.papi.state import Owned
from akamai_mcp.sandbox.account.told import Told, bare, body_of, found, number, path_number, stamp
from akamai_mcp.sandbox.account.words import PEOPLE, PRODUCTS
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
CREATED_DAYS: Final = 900 * 86_400.0


def contract_ids(account: Account, _: Ask) -> list[str]:
    """The ids of the contracts."""
    return list(account.estate.contracts)


def product_summaries(account: Account, ask: Ask) -> Json:
    """The products of a contract."""
    contract = found(
        ask.match.values["contractId"] if ask.match.values["contractId"] in account.estate.contracts else None, "The contract"
    )
    rows = [
        {"marketingProductId": identifier.removeprefix("prd_"), "marketingProductName": name} for identifier, name in PRODUCTS
    ]
    return {"products": {"contractId": contract, "marketing-products": rows}}


def reporting_groups(account: Account, ask: Ask) -> Json:
    """The reporting groups: one for each brand."""
    wanted = {number(text) for text in ask.query.get("cpcodeId", [])}
    rows = [
        _reporting_group(account, brand.group_id)
        for brand in account.estate.brands
        if not wanted or wanted & {site.cpcode_id for site in account.estate.sites_of(brand)}
    ]
    return {"groups": rows}


def one_reporting_group(account: Account, ask: Ask) -> Json:
    """A reporting group."""
    wanted = path_number(ask, "reportingGroupId")
    found(next((brand for brand in account.estate.brands if brand.group_id == wanted), None), "The reporting group")
    return _reporting_group(account, wanted)


def cpcodes(account: Account, ask: Ask) -> Json:
    """The CP codes with a part of a name."""
    rows = [_cpcode(account, key, one) for key, one in account.papi.cpcodes.items()]
    wanted = [row for row in rows if ask.one("cpcodeName").lower() in row["cpcodeName"].lower()]
    return {"cpcodes": [row for row in wanted if ask.one("contractId") in {"", row["contracts"][0]["contractId"]}]}


def one_cpcode(account: Account, ask: Ask) -> Json:
    """A CP code."""
    wanted = path_number(ask, "cpcodeId")
    return _cpcode(account, wanted, found(account.papi.cpcodes.get(wanted), "The CP code"))


def rename_cpcode(account: Account, ask: Ask) -> Json:
    """Change the name of a CP code."""
    one_cpcode(account, ask)
    wanted = path_number(ask, "cpcodeId")
    one = account.papi.cpcodes[wanted]
    one.row["cpcodeName"] = str(body_of(ask).get("cpcodeName", one.row["cpcodeName"]))
    return _cpcode(account, wanted, one)


def user_groups(account: Account, _: Ask) -> list[Json]:
    """The group at the top with the groups of the brands."""
    estate, day = account.estate, stamp(account.estate.now - CREATED_DAYS)
    facts = {"createdBy": PEOPLE[0], "createdDate": day, "modifiedBy": PEOPLE[0], "modifiedDate": day}
    below = [
        {**facts, "groupId": brand.group_id, "groupName": brand.title, "parentGroupId": estate.top_group_id, "subGroups": []}
        for brand in estate.brands
    ]
    return [{**facts, "groupId": estate.top_group_id, "groupName": estate.account_name, "subGroups": below}]


def user_properties(account: Account, ask: Ask) -> list[Json]:
    """The properties of a group, or of all."""
    names = {brand.group_id: brand.title for brand in account.estate.brands}
    return [
        {
            "propertyId": one.number,
            "propertyName": one.name,
            "propertyTypeDescription": "Site",
            "groupId": one.group_id,
            "groupName": names.get(one.group_id, account.estate.account_name),
            "actions": {"move": True},
        }
        for one in account.papi.properties.values()
        if ask.one("groupId") in {"", str(one.group_id)}
    ]


def edge_hostnames(account: Account, ask: Ask) -> Json:
    """The edge hostnames, by zone and a part of the record."""
    rows = [_edge_hostname(account, key, one) for key, one in account.papi.edge_hostnames.items()]
    wanted = [row for row in rows if ask.one("recordNameSubstring") in row["recordName"] and ask.one("dnsZone") in row["dnsZone"]]
    return {"edgeHostnames": wanted}


def one_edge_hostname(account: Account, ask: Ask) -> Json:
    """An edge hostname by its number."""
    wanted = path_number(ask, "edgeHostnameId")
    return _edge_hostname(account, wanted, found(account.papi.edge_hostnames.get(wanted), "The edge hostname"))


def named_edge_hostname(account: Account, ask: Ask) -> Json:
    """An edge hostname by its record and zone."""
    rows = [_edge_hostname(account, key, one) for key, one in account.papi.edge_hostnames.items()]
    record, zone = ask.match.values["recordName"], ask.match.values["dnsZone"]
    return found(next((row for row in rows if (row["recordName"], row["dnsZone"]) == (record, zone)), None), "The edge hostname")


def edge_hostname_certificate(account: Account, ask: Ask) -> Json:
    """The certificate that is deployed for an edge hostname."""
    wanted = named_edge_hostname(account, ask)["edgeHostnameId"]
    site = found(next((site for site in account.estate.sites if site.edge_hostname_id == wanted), None), "The certificate")
    one = found(account.certificates.get(site.enrollment_id), "The certificate")
    return {
        "availableDomains": one.names,
        "certificateId": str(one.number),
        "certificateType": one.body["certificateType"].upper(),
        "commonName": one.names[0],
        "expirationDate": stamp(one.ends),
        "serialNumber": f"{one.number:032x}",
        "slotNumber": one.slot,
        "status": "DEPLOYED",
        "validationType": one.body["validationType"].upper(),
    }


def invalidate(account: Account, ask: Ask) -> Told:
    """Accept a purge of what the body names."""
    count = len(body_of(ask).get("objects", []))
    value = {
        "httpStatus": 201,
        "detail": "Request accepted",
        "estimatedSeconds": 5,
        "purgeId": f"{account.new_number():032x}",
        "supportId": f"17PY{account.new_number()}-{count}",
    }
    return Told(value=value, status=201)


def _reporting_group(account: Account, group: int) -> Json:
    brand = next(brand for brand in account.estate.brands if brand.group_id == group)
    codes = [{"cpcodeId": site.cpcode_id, "cpcodeName": site.name} for site in account.estate.sites_of(brand)]
    return {
        "reportingGroupId": group,
        "reportingGroupName": brand.title,
        "accessGroup": {"groupId": group, "contractId": brand.contract_id},
        "contracts": [{"contractId": brand.contract_id, "cpcodes": codes}],
    }


def _cpcode(account: Account, key: int, one: Owned) -> Json:
    names = dict(PRODUCTS)
    products = [
        {"productId": identifier.removeprefix("prd_"), "productName": names.get(identifier, identifier)}
        for identifier in one.row["productIds"]
    ]
    return {
        "cpcodeId": key,
        "cpcodeName": one.row["cpcodeName"],
        "accountId": account.estate.account_id,
        "accessGroup": {"groupId": one.group_id, "contractId": one.contract_id},
        "contracts": [{"contractId": one.contract_id, "status": "ongoing"}],
        "products": products,
        "defaultTimezone": "GMT 0 (Greenwich Mean Time)",
        "overrideTimezone": {"timezoneId": "0", "timezoneValue": "GMT 0 (Greenwich Mean Time)"},
        "purgeable": True,
        "type": "Regular",
    }


def _edge_hostname(account: Account, key: int, one: Owned) -> Json:
    site = next((site for site in account.estate.sites if site.edge_hostname_id == key), None)
    certificate = account.certificates.get(site.enrollment_id) if site is not None else None
    return {
        "edgeHostnameId": key,
        "recordName": one.row["domainPrefix"],
        "dnsZone": one.row["domainSuffix"],
        "securityType": "ENHANCED-TLS" if one.row["secure"] else "STANDARD-TLS",
        "slotNumber": certificate.slot if certificate is not None else 0,
        "productId": bare(one.row["productId"]).removeprefix("prd_"),
        "ipVersionBehavior": "IPV4_IPV6",
        "map": "e;dscx.akamaiedge.net",
        "ttl": 21_600,
        "useDefaultMap": True,
        "useDefaultTtl": True,
        "comments": f"Created by {CALLER}",
        "chinaCdn": {"isChinaCdn": False},
    }
