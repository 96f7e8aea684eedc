"""What the inventory holds: records of things that an account owns, and parts, which are the records that one call brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

Key = tuple[str, str]  # kind and bare id


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing: its kind, its bare id, its names, the addresses in it, what is shown of it and what it belongs to by kind."""

    kind: str
    id: str
    name: str = ""
    also: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    belongs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What names it among all records."""
        return self.kind, self.id

    @property
    def title(self) -> str:
        """Its name, or its id where it has none."""
        return self.name or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one call brought, and when it was sent; `failure` says why it brought nothing."""

    operation: str
    arguments: Mapping[str, Any]
    read_at: float
    path: str = ""
    records: tuple[Record, ...] = ()
    failure: str = ""

    @property
    def name(self) -> str:
        """The operation and its arguments: the same call has the same name."""
        return part_name(self.operation, self.arguments)


def part_name(operation: str, arguments: Mapping[str, Any]) -> str:
    """The name of the part that a call brings."""
    return f"{operation} {orjson.dumps(dict(arguments), option=orjson.OPT_SORT_KEYS).decode()}" if arguments else operation


def merge(records: Sequence[Record]) -> Record:
    """What several lists say of one thing, the later ones winning; what it belongs to is that of all of them."""
    first = records[0]
    if len(records) == 1:
        return first
    facts: dict[str, Any] = {}
    belongs: dict[str, tuple[str, ...]] = {}
    for record in records:
        facts |= record.facts
        for kind, ids in record.belongs.items():
            belongs[kind] = unique((*belongs[kind], *ids)) if belongs.get(kind, ids) != ids else ids
    return Record(
        kind=first.kind,
        id=first.id,
        name=next((record.name for record in reversed(records) if record.name), ""),
        also=unique(name for record in records for name in record.also),
        holds=unique(one for record in records for one in record.holds),
        facts=facts,
        belongs=belongs,
    )


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts without repeats, in their order."""
    return tuple(dict.fromkeys(texts))


def write_part(part: Part) -> bytes:
    """The part as JSON."""
    return orjson.dumps(part)


def read_part(content: bytes) -> Part:
    """The part of JSON that `write_part` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    facts = orjson.loads(content)
    same: dict[Any, Any] = {}  # many records have the same texts, which are then one in memory
    return Part(**{**facts, "records": tuple(_read_record(one, same) for one in facts["records"])})


def _read_record(facts: dict[str, Any], same: dict[Any, Any]) -> Record:
    belongs = {kind: same.setdefault(found := tuple(ids), found) for kind, ids in facts["belongs"].items()}
    facts["facts"] = {
        name: same.setdefault(fact, fact) if isinstance(fact, str) else fact for name, fact in facts["facts"].items()
    }
    return Record(**{**facts, "also": tuple(facts["also"]), "holds": tuple(facts["holds"]), "belongs": belongs})
