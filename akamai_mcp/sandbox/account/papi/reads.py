"""What PAPI answers to reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.paging import page_of
from akamai_mcp.sandbox.account.papi.state import Owned, Property
from akamai_mcp.sandbox.account.papi.views import (
    activation_row,
    owner,
    property_at,
    property_row,
    rules_answer,
    version_at,
    versions_answer,
)
from akamai_mcp.sandbox.account.told import Told, bare, found, path_number
from akamai_mcp.sandbox.account.words import PRODUCTS, RULE_FORMATS
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
Thing = TypeVar("Thing", Property, Owned)


def contracts(account: Account, _: Ask) -> Json:
    """The contracts of the account."""
    rows = [{"contractId": f"ctr_{one}", "contractTypeName": "DIRECT_CUSTOMER"} for one in account.estate.contracts]
    return {"accountId": f"act_{account.estate.account_id}", "contracts": {"items": rows}}


def groups(account: Account, _: Ask) -> Json:
    """The group at the top, and one for each brand."""
    estate = account.estate
    top = {
        "groupName": estate.account_name,
        "groupId": f"grp_{estate.top_group_id}",
        "contractIds": [f"ctr_{one}" for one in estate.contracts],
    }
    below = [
        {
            "groupName": brand.title,
            "groupId": f"grp_{brand.group_id}",
            "parentGroupId": f"grp_{estate.top_group_id}",
            "contractIds": [f"ctr_{brand.contract_id}"],
        }
        for brand in estate.brands
    ]
    return {"accountId": f"act_{estate.account_id}", "accountName": estate.account_name, "groups": {"items": [top, *below]}}


def products(account: Account, ask: Ask) -> Json:
    """The products of a contract."""
    rows = [{"productId": identifier, "productName": name} for identifier, name in PRODUCTS]
    contract = bare(ask.one("contractId", account.estate.contracts[0]))
    return {"accountId": f"act_{account.estate.account_id}", "contractId": f"ctr_{contract}", "products": {"items": rows}}


def rule_formats(_: Account, __: Ask) -> Json:
    """The rule formats, `latest` first."""
    return {"ruleFormats": {"items": ["latest", *reversed(RULE_FORMATS)]}}


def client_settings(account: Account, _: Ask) -> Json:
    """How PAPI writes ids for this client."""
    return account.papi.settings


def properties(account: Account, ask: Ask) -> Json:
    """The properties of a contract and a group."""
    return {"properties": {"items": [property_row(account, one) for one in owned(account.papi.properties.values(), ask)]}}


def includes(account: Account, ask: Ask) -> Json:
    """The includes of a contract and a group."""
    return {"includes": {"items": [property_row(account, one) for one in owned(account.papi.includes.values(), ask)]}}


def one_property(account: Account, ask: Ask) -> Json:
    """A property."""
    return {"properties": {"items": [property_row(account, property_at(account, ask))]}}


def one_include(account: Account, ask: Ask) -> Json:
    """An include."""
    return {"includes": {"items": [property_row(account, property_at(account, ask))]}}


def versions(account: Account, ask: Ask) -> Json:
    """The versions of a property or an include, the newest first."""
    one = property_at(account, ask)
    ordered = sorted(one.versions.values(), key=lambda version: -version.number)
    return versions_answer(account, one, page_of(ordered, ask, size=500).items)


def one_version(account: Account, ask: Ask) -> Json:
    """A version."""
    return versions_answer(account, property_at(account, ask), [version_at(account, ask)])


def latest_version(account: Account, ask: Ask) -> Told:
    """A redirection to the newest version, or to the one that is active on a network."""
    one, network = property_at(account, ask), ask.one("activatedOn")
    number = found(one.active(network, account.now) if network else one.latest, "A version that is active there")
    link = f"{one.path}/versions/{number}?contractId=ctr_{one.contract_id}&groupId=grp_{one.group_id}"
    return Told(value={"versionLink": link}, location=link, status=302)


def rules(account: Account, ask: Ask) -> Told:
    """The rule tree of a version."""
    one, version = property_at(account, ask), version_at(account, ask)
    kind = f"application/vnd.akamai.papirules.{version.rule_format}+json"
    return Told(value=rules_answer(account, one, version), media_type=kind, headers={"etag": f'"{one.etag(version)}"'})


def version_includes(account: Account, ask: Ask) -> Json:
    """The includes that the rules of a version name."""
    used = _include_numbers(version_at(account, ask).rules)
    rows = [property_row(account, one) for one in account.papi.includes.values() if one.number in used]
    return {"includes": {"items": rows}}


def include_parents(account: Account, ask: Ask) -> Json:
    """The properties whose newest version names an include."""
    wanted = property_at(account, ask).number
    users = [one for one in account.papi.properties.values() if wanted in _include_numbers(one.versions[one.latest].rules)]
    return {"properties": {"items": [property_row(account, one) for one in users]}}


def activations(account: Account, ask: Ask) -> Json:
    """The activations of a property or an include, the newest first."""
    one = property_at(account, ask)
    rows = [activation_row(account, one, each) for each in sorted(one.activations.values(), key=lambda each: -each.date)]
    return {**owner(account, one), "activations": {"items": rows}}


def one_activation(account: Account, ask: Ask) -> Json:
    """An activation; each look sees it further on."""
    one = property_at(account, ask)
    activation = found(one.activations.get(path_number(ask, "activationId")), "The activation")
    activation.work.look()
    return {**owner(account, one), "activations": {"items": [activation_row(account, one, activation)]}}


def cpcodes(account: Account, ask: Ask) -> Json:
    """The CP codes of the account."""
    return {**place(account, ask), "cpcodes": {"items": [one.row for one in owned(account.papi.cpcodes.values(), ask)]}}


def one_cpcode(account: Account, ask: Ask) -> Json:
    """A CP code."""
    one = found(account.papi.cpcodes.get(path_number(ask, "cpcodeId")), "The CP code")
    return {**place(account, ask), "cpcodes": {"items": [one.row]}}


def owned(all_of_kind: Iterable[Thing], ask: Ask) -> list[Thing]:
    """What belongs to the contract and the group that a request names."""
    contract, group = bare(ask.one("contractId")), bare(ask.one("groupId"))
    return [one for one in all_of_kind if contract in {"", one.contract_id} and group in {"", str(one.group_id)}]


def place(account: Account, ask: Ask) -> Json:
    """Account, contract and group of a list."""
    contract = bare(ask.one("contractId", account.estate.contracts[0]))
    group = bare(ask.one("groupId", str(account.estate.top_group_id)))
    return {"accountId": f"act_{account.estate.account_id}", "contractId": f"ctr_{contract}", "groupId": f"grp_{group}"}


def _include_numbers(rule: Json) -> set[int]:
    here = {int(bare(one["options"]["id"])) for one in rule.get("behaviors", []) if one["name"] == "include"}
    return here.union(*(_include_numbers(child) for child in rule.get("children", [])))
