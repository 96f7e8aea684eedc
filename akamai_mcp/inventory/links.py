"""What belongs together: what lists say of each other, and what follows from names. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from akamai_mcp.inventory.matching.index import Index
from akamai_mcp.inventory.matching.texts import covers, normal, parents
from akamai_mcp.inventory.records import Record

# What a hostname leads to, in the order in which a request meets it; what such a thing has below itself stands behind it.
HOSTNAME: Final = "hostname"
BY_NAME: Final = frozenset({"certificate", "zone"})  # what a hostname leads to by its name alone
PLACES: Final = frozenset({"contract", "group", "parent-group"})
_BELOW: Final = {
    HOSTNAME: ("record-set",),
    "property": ("activation", "version"),
    "security-config": ("security-policy",),
}


def chain(index: Index, start: Record) -> dict[str, list[Record]]:
    """Everything that a record leads to, by kind; of what it belongs to, contracts and groups lead no further."""
    found = {start.key: start}
    waiting = [start]
    while waiting:
        record = waiting.pop(0)
        for other in _next(index, record, start):
            if other.key not in found:
                found[other.key] = other
                if other.kind not in PLACES:
                    waiting.append(other)
    kinds: dict[str, list[Record]] = {}
    for record in found.values():
        kinds.setdefault(record.kind, []).append(record)
    return kinds


def _next(index: Index, record: Record, start: Record) -> Iterator[Record]:
    yield from above(index, record)
    for kind in _BELOW.get(record.kind, ()):
        yield from (one for one in index.below(record.key, kind) if _concerns(one, start))
    if record.kind == HOSTNAME and record is start:
        yield from (one for one in (zone_of(index, record), *certificates_of(index, record.id)) if one)
    if record.kind == "record-set":
        for value in record.facts.get("values", ()):
            yield from (one for kind in ("edge-hostname", "gtm-property") for one in index.named(str(value), kind))


def above(index: Index, record: Record) -> Iterator[Record]:
    """The known records that a record belongs to."""
    for kind, ids in record.belongs.items():
        known_as = "group" if kind == "parent-group" else kind
        if kind != HOSTNAME:
            yield from (found for one in ids if (found := index.get((known_as, one))))


def _concerns(record: Record, start: Record) -> bool:
    """A configuration has more policies than those of a hostname, if it says which these are."""
    named = start.facts.get("securityPolicies")
    return record.kind != "security-policy" or not named or record.name in named


def zone_of(index: Index, record: Record) -> Record | None:
    """The zone that a hostname is in: the nearest above it, or of its own name."""
    host = normal(record.id)
    return next((zone for name in (host, *parents(host)) for zone in index.named(name, "zone")), None)


def certificates_of(index: Index, host: str) -> list[Record]:
    """The certificates whose names cover a hostname: one that names it comes before one with a wildcard."""
    wanted = normal(host)
    wildcard = f"*.{wanted.partition('.')[2]}"
    named = [*index.named(wanted, "certificate"), *index.named(wildcard, "certificate")]
    return [one for one in _once(named) if any(covers(normal(name), wanted) for name in (one.name, *one.also))]


def _once(records: list[Record]) -> list[Record]:
    return list({record.key: record for record in records}.values())
