"""Records as an answer shows them: ids as operations take them, where they stand, and what to call next. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from akamai_mcp.documents.ids.prefixes import with_prefix
from akamai_mcp.inventory.links import PLACES
from akamai_mcp.inventory.matching.index import Hit, Index
from akamai_mcp.inventory.records import Record
from akamai_mcp.inventory.sources import Source

Json = dict[str, Any]
Named = Callable[[str], str | None]  # the tool name of an operation that the caller may call

MOST_NEXT: Final = 4
MOST_BELOW: Final = 8  # records of one kind in a chain
MOST_VALUES: Final = 12  # of a list among facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """What the marks say of each kind: the argument that takes its ids, and the operations to call next."""

    takes: Mapping[str, str]
    next: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, sources: Iterable[Source]) -> Kinds:
        """The first mark of a kind that says it counts."""
        takes: dict[str, str] = {}
        further: dict[str, tuple[str, ...]] = {}
        for source in sources:
            note = source.note
            if note.takes:
                takes.setdefault(note.kind, note.takes)
            if note.next:
                further.setdefault(note.kind, note.next)
        return cls(takes=takes, next=further)


def to_row(hit: Hit, index: Index, kinds: Kinds, named: Named) -> Json:
    """A hit with everything to go on with."""
    record = hit.record
    further = [name for key in kinds.next.get(record.kind, ()) if (name := named(key))]
    row: Json = {"kind": record.kind, **_identity(record, kinds), "match": hit.how, **_shown(record)}
    if where := _where(record, index):
        row["where"] = where
    return row | ({"next": further[:MOST_NEXT]} if further else {})


def to_chain(found: Mapping[str, list[Record]], start: Record, kinds: Kinds) -> Json:
    """What a record leads to, by kind, without the record itself."""
    rows = {kind: [_brief(one, kinds) for one in _newest(records, found)] for kind, records in found.items()}
    hidden = {start.kind, *PLACES}  # where a thing stands, its row says
    return {kind: listed[0] if len(listed) == 1 else listed for kind, listed in rows.items() if kind not in hidden and listed}


def to_flat(record: Record, index: Index) -> Json:
    """A record as one row of a table."""
    above = {kind: ", ".join(_titles(kind, ids, index)) for kind, ids in record.belongs.items()}
    return {"kind": record.kind, "id": record.id, "name": record.name, "also": ", ".join(record.also), **above, **record.facts}


def _identity(record: Record, kinds: Kinds) -> Json:
    *_, last = record.id.split("/") if record.kind in kinds.takes and "/" in record.id else [record.id]
    ids = {kinds.takes[record.kind]: with_prefix(kinds.takes[record.kind], last)} if record.kind in kinds.takes else {}
    for kind, above in record.belongs.items():
        if kind in kinds.takes and len(above) == 1:
            ids.setdefault(kinds.takes[kind], with_prefix(kinds.takes[kind], above[0]))
    name = {"name": record.name} if record.name else {}
    return {**name, "id": record.id, **({"ids": ids} if ids else {})}


def _brief(record: Record, kinds: Kinds) -> Json:
    return {**_identity(record, kinds), **_shown(record)}


def _shown(record: Record) -> Json:
    return {
        name: fact[:MOST_VALUES] if isinstance(fact, list) else fact for name, fact in record.facts.items() if fact != record.name
    }


def _where(record: Record, index: Index) -> Json:
    """The names of what a record belongs to, with their ids where these differ."""
    return {kind: ", ".join(_titles(kind, ids, index)) for kind, ids in record.belongs.items() if len(ids) <= MOST_BELOW}


def _titles(kind: str, ids: Iterable[str], index: Index) -> list[str]:
    kind = "group" if kind in PLACES and kind != "contract" else kind
    found = ((one, index.get((kind, one))) for one in ids)
    return [f"{record.name} ({one})" if record is not None and record.name else one for one, record in found]


def _newest(records: list[Record], found: Mapping[str, list[Record]]) -> list[Record]:
    """Of the history of a property only what is live or under way: the last activation of each network, and its versions."""
    kind = records[0].kind
    if kind == "activation":
        last: dict[str, Record] = {}
        for one in sorted(records, key=lambda one: str(one.facts.get("submitted", ""))):
            last[str(one.facts.get("network"))] = one
        return [*last.values()]
    if kind == "version":
        live = {one.facts.get(network) for one in found.get("property", ()) for network in ("production", "staging")}
        return [one for one in records if one.facts.get("version") in live]
    return records[:MOST_BELOW]
