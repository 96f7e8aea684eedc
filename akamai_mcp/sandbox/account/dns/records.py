"""Record sets of a zone, one by one, together and as a zone file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final

from akamai_mcp.sandbox.account.account import CALLER, Account
from akamai_mcp.sandbox.account.dns.state import Records
from akamai_mcp.sandbox.account.dns.zones import PAGE, version_at, zone_at
from akamai_mcp.sandbox.account.paging import numbered_page
from akamai_mcp.sandbox.account.told import Told, body_of, found, refuse
from akamai_mcp.sandbox.exchange import Ask

Json = dict[str, Any]
FIELDS: Final = 5


def recordsets(account: Account, ask: Ask) -> Json:
    """The record sets of a zone, page by page unless all are asked for."""
    return _listed(zone_at(account, ask).current.records, ask)


def version_recordsets(account: Account, ask: Ask) -> Json:
    """The record sets of a version."""
    return _listed(version_at(account, ask).records, ask)


def names(account: Account, ask: Ask) -> Json:
    """The names that have record sets."""
    return {"names": sorted({name for name, _ in zone_at(account, ask).current.records})}


def types(account: Account, ask: Ask) -> Json:
    """The types of the record sets of a name."""
    wanted = ask.match.values["name"].lower()
    kinds = sorted(kind for name, kind in zone_at(account, ask).current.records if name == wanted)
    return {"types": found(kinds or None, "The name")}


def one(account: Account, ask: Ask) -> Json:
    """A record set."""
    return found(zone_at(account, ask).current.records.get(_key(ask)), "The record set")


def create(account: Account, ask: Ask) -> Told:
    """A new record set."""
    if _key(ask) in zone_at(account, ask).current.records:
        refuse(HTTPStatus.CONFLICT, "The record set exists already.")
    row = _row(body_of(ask))
    _save(account, ask, lambda before: {**before, _key(ask): row})
    return Told(value=row, location="/".join(("", *ask.match.key)))


def replace(account: Account, ask: Ask) -> Json:
    """Replace a record set that is there."""
    one(account, ask)
    row = _row(body_of(ask))
    _save(account, ask, lambda before: {**before, _key(ask): row})
    return row


def delete(account: Account, ask: Ask) -> None:
    """Delete a record set."""
    one(account, ask)
    _save(account, ask, lambda before: {key: row for key, row in before.items() if key != _key(ask)})


def add_many(account: Account, ask: Ask) -> None:
    """New record sets, all or none."""
    added = _keyed(body_of(ask).get("recordsets", []))
    before = zone_at(account, ask).current.records
    if there := sorted(f"{name} {kind}" for name, kind in added.keys() & before.keys()):
        refuse(HTTPStatus.CONFLICT, f"Record sets exist already: {', '.join(there)}.")
    _save(account, ask, lambda rows: {**rows, **added})


def replace_all(account: Account, ask: Ask) -> None:
    """Replace every record set of a zone."""
    rows = _keyed(body_of(ask).get("recordsets", []))
    _save(account, ask, lambda before: {**_kept(before, rows), **rows})


def zone_file(account: Account, ask: Ask) -> str:
    """The record sets as the lines of a zone file (RFC 1035)."""
    return _lines(zone_at(account, ask).current.records)


def version_file(account: Account, ask: Ask) -> str:
    """The record sets of a version as the lines of a zone file."""
    return _lines(version_at(account, ask).records)


def put_zone_file(account: Account, ask: Ask) -> None:
    """Replace every record set of a zone by the lines of a zone file."""
    text = ask.body.decode("utf-8", "replace") if isinstance(ask.body, bytes) else str(ask.body or "")
    rows: dict[tuple[str, str], Json] = {}
    for line in (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith((";", "$"))):
        words = line.split(maxsplit=FIELDS - 1)
        if len(words) < FIELDS or not words[1].isdigit():
            refuse(HTTPStatus.BAD_REQUEST, f"A line is no record with name, time to live, class, type and data: {line[:80]}")
        name, ttl, _, kind, data = words
        row = rows.setdefault(
            (name.rstrip(".").lower(), kind.upper()), _row({"name": name.rstrip("."), "type": kind, "ttl": int(ttl)})
        )
        row["rdata"].append(data)
    _save(account, ask, lambda before: {**_kept(before, rows), **rows})


def _key(ask: Ask) -> tuple[str, str]:
    return ask.match.values["name"].lower(), ask.match.values["type"].upper()


def _row(body: Json) -> Json:
    return {
        "name": str(body.get("name", "")).lower(),
        "type": str(body.get("type", "")).upper(),
        "ttl": body.get("ttl", 300),
        "rdata": list(body.get("rdata", [])),
    }


def _keyed(bodies: Iterable[Json]) -> dict[tuple[str, str], Json]:
    rows = [_row(body) for body in bodies]
    return {(row["name"], row["type"]): row for row in rows}


def _kept(before: Records, rows: Records) -> dict[tuple[str, str], Json]:
    """SOA and NS of a zone stay unless the new record sets have others."""
    return {key: row for key, row in before.items() if key[1] in {"SOA", "NS"} and key not in rows}


def _save(account: Account, ask: Ask, change: Callable[[Records], Records]) -> None:
    zone = zone_at(account, ask)
    zone.save(change(zone.current.records), date=account.now, user=CALLER)


def _listed(records: Records, ask: Ask) -> Json:
    text, kinds = ask.one("search").lower(), [kind for kind in ask.one("types").upper().split(",") if kind]
    rows = [row for key, row in sorted(records.items()) if _has(row, text) and (not kinds or key[1] in kinds)]
    if ask.one("sortBy") in {"type", "-type"}:
        rows.sort(key=lambda row: (row["type"], row["name"]), reverse=ask.one("sortBy").startswith("-"))
    page = numbered_page(rows, ask, size=max(len(rows), 1) if ask.one("showAll") == "true" else PAGE)
    facts = {
        "zone": ask.match.values["zone"],
        "page": page.start // page.size + 1,
        "pageSize": page.size,
        "totalElements": page.total,
        "types": kinds or sorted({row["type"] for row in rows}),
    }
    return {"metadata": facts, "recordsets": page.items}


def _has(row: Json, text: str) -> bool:
    return text in row["name"] or any(text in data.lower() for data in row["rdata"])


def _lines(records: Records) -> str:
    ordered = sorted(records.values(), key=lambda row: (row["type"] != "SOA", row["name"], row["type"]))
    return "".join(f"{row['name']}. {row['ttl']} IN {row['type']} {data}\n" for row in ordered for data in row["rdata"])
