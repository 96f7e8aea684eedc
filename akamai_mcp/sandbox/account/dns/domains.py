"""GTM domains: what is below one, and how a change of it spreads."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.dns.state import Domain
from akamai_mcp.sandbox.account.told import Told, body_of, found, refuse, stamp
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
DOMAINS: Final = "/config-gtm/v1/domains"
ONE: Final = f"{DOMAINS}/{{domainName}}"
# What Akamai's own clients ask for; the names in the documents are no media types.
MEDIA_TYPE: Final = "application/vnd.config-gtm.v1.5+json"
STAGES: Final = ("PENDING", "COMPLETE")
KINDS: Final = {
    "datacenters": ("datacenters", "datacenterId"),
    "properties": ("properties", "propertyName"),
    "resources": ("resources", "resourceName"),
    "geographic-maps": ("geographicMaps", "mapName"),
    "cidr-maps": ("cidrMaps", "mapName"),
    "as-maps": ("asMaps", "mapName"),
}
DEFAULTS: Final = {
    "defaultErrorPenalty": 75,
    "defaultTimeoutPenalty": 25,
    "defaultSslClientCertificate": "",
    "defaultSslClientPrivateKey": "",
    "loadFeedback": False,
}


def domains(account: Account, _: Ask) -> Told:
    """The domains."""
    rows = [
        {
            "name": one.name,
            "lastModified": stamp(one.date),
            "lastModifiedBy": one.user,
            "status": f"Change {_change_id(one)}: {one.work.word(account.now)}",
            "links": [{"rel": "self", "href": f"{DOMAINS}/{one.name}"}],
        }
        for one in account.names.domains.values()
    ]
    return _told({"items": rows})


def one_domain(account: Account, ask: Ask) -> Told:
    """A domain with everything below it."""
    return _told(_row(account, _domain_at(account, ask)))


def put_domain(account: Account, ask: Ask) -> Told:
    """Change a domain; what is below it is replaced where the body has it."""
    one, body = _domain_at(account, ask), body_of(ask)
    for kind, (name, identifier) in KINDS.items():
        if isinstance(body.get(name), list):
            key = "datacenterId" if identifier == "datacenterId" else "name"
            one.below[kind] = {str(row.get(key)): row for row in body[name]}
    one.settings |= {name: body[name] for name in one.settings if name in body}
    _changed(account, one)
    return _told({"resource": _row(account, one), "status": _status(account, one)})


def status(account: Account, ask: Ask) -> Told:
    """How far the last change has spread; each look sees it further."""
    one = _domain_at(account, ask)
    one.work.look()
    return _told(_status(account, one))


def below(account: Account, ask: Ask) -> Told:
    """Everything of one kind below a domain."""
    return _told({"items": list(_domain_at(account, ask).below[ask.match.key[-1]].values())})


def one_below(account: Account, ask: Ask) -> Told:
    """One thing below a domain."""
    kind, identifier = ask.match.key[-2:]
    return _told(found(_domain_at(account, ask).below[kind].get(identifier), f"{identifier} in {kind}"))


def put_below(account: Account, ask: Ask) -> Told:
    """Create or replace one thing below a domain."""
    one, (kind, identifier) = _domain_at(account, ask), ask.match.key[-2:]
    before = one.below[kind].get(identifier)
    own = {"virtual": before["virtual"]} if before and "virtual" in before else {}  # whatever a caller sends for it
    one.below[kind][identifier] = {**body_of(ask), **own}
    _changed(account, one)
    value = {"resource": one.below[kind][identifier], "status": _status(account, one)}
    return _told(value, status=HTTPStatus.OK if before else HTTPStatus.CREATED)


def create_datacenter(account: Account, ask: Ask) -> Told:
    """A new data center with a number of its own."""
    one, made = _domain_at(account, ask), account.new_number()
    row = {**body_of(ask), "datacenterId": made}
    one.below["datacenters"][str(made)] = row
    _changed(account, one)
    return _told({"resource": row, "status": _status(account, one)}, status=HTTPStatus.CREATED)


def delete_below(account: Account, ask: Ask) -> Told:
    """Delete one thing below a domain, unless a property sends traffic to it."""
    one, (kind, identifier) = _domain_at(account, ask), ask.match.key[-2:]
    found(one.below[kind].get(identifier), f"{identifier} in {kind}")
    if kind == "datacenters" and any(_sends_to(row, identifier) for row in one.below["properties"].values()):
        refuse(HTTPStatus.BAD_REQUEST, f"A property sends traffic to the data center {identifier}.")
    del one.below[kind][identifier]
    _changed(account, one)
    return _told({"resource": None, "status": _status(account, one)})


def _domain_at(account: Account, ask: Ask) -> Domain:
    return found(account.names.domains.get(ask.match.values["domainName"]), "The domain")


def _changed(account: Account, one: Domain) -> None:
    one.changes += 1
    one.date, one.user, one.work = account.now, CALLER, account.work(*STAGES)


def _change_id(one: Domain) -> str:
    return f"{one.name.partition('.')[0]}-{one.changes:06d}"


def _status(account: Account, one: Domain) -> Json:
    word = one.work.word(account.now)
    return {
        "changeId": _change_id(one),
        "message": "Current configuration has been propagated" if word == "COMPLETE" else "Change Pending",
        "passingValidation": True,
        "propagationStatus": word,
        "propagationStatusDate": stamp(one.date),
        "links": [],
    }


def _row(account: Account, one: Domain) -> Json:
    return {
        "name": one.name,
        **DEFAULTS,
        **one.settings,
        **{name: list(one.below[kind].values()) for kind, (name, _) in KINDS.items() if one.below[kind] or name != "asMaps"},
        "lastModified": stamp(one.date),
        "lastModifiedBy": one.user,
        "status": _status(account, one),
    }


def _sends_to(row: Json, center: str) -> bool:
    return any(str(target.get("datacenterId")) == center for target in row.get("trafficTargets", []))


def _told(value: Any, *, status: int | None = None) -> Told:
    return Told(value=value, media_type=MEDIA_TYPE, status=status)
