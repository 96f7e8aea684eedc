"""How paths and ids are written: PAPI sends reads that name no contract to the address that does, others refuse PAPI's ids."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode

from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.papi.state import Property
from akamai_mcp.sandbox.account.told import number
from akamai_mcp.sandbox.exchange import Answer, Ask

PREFIXES: Final = ("ctr_", "grp_", "prp_", "ehn_", "cpc_", "prd_")
OWN: Final = "papi"
READS: Final = frozenset({"GET", "HEAD"})


def redirect(account: Account, ask: Ask) -> Answer | None:
    """The redirection of a read below a property or an include that names no contract or no group, else None."""
    one = _named(account, ask)
    if one is None or (ask.one("contractId") and ask.one("groupId")):
        return None
    query = {name: values[0] for name, values in ask.query.items()} | {
        "contractId": one.contract_id,
        "groupId": str(one.group_id),
    }
    base, version, kind, _, *rest = ask.match.key
    path = "/".join(quote(part, safe="") for part in (base, version, kind, str(one.number), *rest))
    return Answer(status=HTTPStatus.FOUND, location=f"/{path}?{urlencode(query)}")


def refuse_prefix(ask: Ask) -> Answer | None:
    """The refusal of an id with PAPI's prefix by an API that has bare ids, else None."""
    if ask.match.key[0] == OWN:
        return None
    wrong = next((pair for pair in _ids(ask) if pair[1].startswith(PREFIXES)), None)
    if wrong is None:
        return None
    name, value = wrong
    title = f"Invalid {name.removesuffix('s').removesuffix('Id').capitalize()}"
    return Answer(status=HTTPStatus.BAD_REQUEST, problem=f"{value} is no {name}.", members={"title": title})


def _named(account: Account, ask: Ask) -> Property | None:
    if ask.method not in READS:
        return None
    values = ask.match.values
    if "includeId" in values:
        return account.papi.includes.get(number(values["includeId"]))
    return (
        account.papi.properties.get(number(values["propertyId"])) if ask.match.key[0] == OWN and "propertyId" in values else None
    )


def _ids(ask: Ask) -> Iterator[tuple[str, str]]:
    yield from ask.match.values.items()
    yield from ((name, values[0]) for name, values in ask.query.items())
    if isinstance(ask.body, dict):
        yield from ((name, value) for name, value in ask.body.items() if isinstance(value, str))
