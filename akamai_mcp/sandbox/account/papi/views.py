"""How PAPI shows what it knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.papi.state import Activation, Hostname, Property, Version
from akamai_mcp.sandbox.account.told import found, stamp
from akamai_mcp.sandbox.exchange import Ask

FALLBACK_SECONDS: Final = 3600


def property_at(account: Account, ask: Ask) -> Property:
    """The property or include that a path names. Raises RefusalError with 404."""
    values = ask.match.values
    if "includeId" in values:
        return found(account.papi.includes.get(_number(values["includeId"], "inc_")), "The include")
    return found(account.papi.properties.get(_number(values["propertyId"], "prp_")), "The property")


def version_at(account: Account, ask: Ask) -> Version:
    """The version that a path names. Raises RefusalError with 404."""
    text = ask.match.values.get("propertyVersion") or ask.match.values.get("includeVersion", "")
    return found(property_at(account, ask).versions.get(_number(text, "")), "The version")


def owner(account: Account, one: Property) -> dict[str, Any]:
    """Account, contract and group of a property."""
    return {
        "accountId": f"act_{account.estate.account_id}",
        "contractId": f"ctr_{one.contract_id}",
        "groupId": f"grp_{one.group_id}",
    }


def identity(one: Property) -> dict[str, Any]:
    """The id and the name of a property or an include."""
    if one.kind == "include":
        return {"includeId": f"inc_{one.number}", "includeName": one.name}
    return {"propertyId": f"prp_{one.number}", "propertyName": one.name}


def property_row(account: Account, one: Property) -> dict[str, Any]:
    """A property or an include as lists show it."""
    kind = (
        {"includeType": "COMMON_SETTINGS", "propertyType": "INCLUDE"}
        if one.kind == "include"
        else {"propertyType": "TRADITIONAL"}
    )
    product = {} if one.kind == "include" else {"productId": one.product_id, "ruleFormat": one.versions[one.latest].rule_format}
    return {
        **owner(account, one),
        **identity(one),
        "assetId": f"aid_{one.number + 10_000_000}",
        "latestVersion": one.latest,
        "stagingVersion": one.active("STAGING", account.now),
        "productionVersion": one.active("PRODUCTION", account.now),
        "note": one.versions[one.latest].note,
        **kind,
        **product,
    }


def version_row(account: Account, one: Property, version: Version) -> dict[str, Any]:
    """A version as lists show it."""
    return {
        f"{one.kind}Version": version.number,
        "updatedByUser": version.user,
        "updatedDate": stamp(version.date),
        "productionStatus": one.status(version.number, "PRODUCTION", account.now),
        "stagingStatus": one.status(version.number, "STAGING", account.now),
        "etag": one.etag(version),
        "productId": one.product_id,
        "ruleFormat": version.rule_format,
        "note": version.note,
    }


def versions_answer(account: Account, one: Property, versions: Iterable[Version]) -> dict[str, Any]:
    """The answer that lists versions."""
    kind = {"includeType": "COMMON_SETTINGS"} if one.kind == "include" else {}
    rows = [version_row(account, one, version) for version in versions]
    return {
        **owner(account, one),
        **identity(one),
        **kind,
        "assetId": f"aid_{one.number + 10_000_000}",
        "versions": {"items": rows},
    }


def rules_answer(account: Account, one: Property, version: Version) -> dict[str, Any]:
    """The answer that holds a rule tree."""
    kind = {"includeName": one.name, "includeType": "COMMON_SETTINGS"} if one.kind == "include" else {}
    return {
        **owner(account, one),
        f"{one.kind}Id": identity(one)[f"{one.kind}Id"],
        **kind,
        f"{one.kind}Version": version.number,
        "etag": one.etag(version),
        "ruleFormat": version.rule_format,
        "rules": version.rules,
    }


def hostnames_answer(account: Account, one: Property, version: Version) -> dict[str, Any]:
    """The answer that lists the hostnames of a version."""
    return {
        **owner(account, one),
        "propertyId": f"prp_{one.number}",
        "propertyVersion": version.number,
        "etag": one.etag(version),
        "hostnames": {"items": version.hostnames},
    }


def activation_row(account: Account, one: Property, activation: Activation) -> dict[str, Any]:
    """An activation as lists show it: what is no longer on the network is INACTIVE."""
    prefix = "includeActivation" if one.kind == "include" else "activation"
    fallback = {} if one.kind == "include" else _fallback(account, one, activation)
    return {
        **identity(one),
        "accountId": f"act_{account.estate.account_id}",
        "groupId": f"grp_{one.group_id}",
        f"{prefix}Id": f"atv_{activation.number}",
        f"{one.kind}Version": activation.version,
        "activationType": activation.kind,
        "network": activation.network,
        "status": _status(account, one, activation),
        "note": activation.note,
        "notifyEmails": activation.emails,
        "submitDate": stamp(activation.date),
        "updateDate": stamp(activation.date),
        **fallback,
    }


def network_hostnames(account: Account, one: Property, network: str) -> dict[str, Hostname]:
    """The hostnames that a property has on a network, by name."""
    active = one.active(network, account.now)
    return {} if active is None else {host["cnameFrom"]: host for host in one.versions[active].hostnames}


def _status(account: Account, one: Property, activation: Activation) -> str:
    word = activation.work.word(account.now)
    replaced = activation.work.is_done(account.now) and one.last_done(activation.network, account.now) is not activation
    return "INACTIVE" if replaced else word


def _fallback(account: Account, one: Property, activation: Activation) -> dict[str, Any]:
    """What PAPI says of the way back, which is fast for an hour."""
    before = [
        old.version for old in one.activations.values() if old.network == activation.network and old.number < activation.number
    ]
    if not before:
        return {}
    facts = {
        "fastFallbackAttempted": False,
        "fallbackVersion": before[-1],
        "canFastFallback": account.now - activation.date < FALLBACK_SECONDS,
        "steadyStateTime": int(activation.date),
        "fastFallbackExpirationTime": int(activation.date) + FALLBACK_SECONDS,
        "fastFallbackRecoveryState": None,
    }
    return {"fallbackInfo": facts}


def _number(text: str, prefix: str) -> int:
    digits = text.removeprefix(prefix)
    return int(digits) if digits.isascii() and digits.isdigit() else -1
