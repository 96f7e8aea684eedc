"""What the inventory holds: records of things that an account owns, and parts, which are the records that one call brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import orjson

Key = tuple[str, str]  # kind and bare id
# Why a read brought nothing: Akamai refuses it to these credentials, another answer that is none, no answer, or the quota;
# or why it brought only the beginning of a list: it was cut.
Trouble = Literal["", "refused", "failed", "unreachable", "quota", "cut"]


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
    """What one call brought, and when it was sent; `failure` says why it brought nothing or not all, `trouble` of what sort."""

    operation: str
    arguments: Mapping[str, Any]
    read_at: float
    path: str = ""
    records: tuple[Record, ...] = ()
    failure: str = ""
    trouble: Trouble = ""

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
    facts = _checked(orjson.loads(content), _PART)
    if facts.get("trouble", "") not in get_args(Trouble):
        raise ValueError("trouble")
    if facts["read_at"] < 0:
        raise ValueError("read_at")
    same: dict[Any, Any] = {}  # many records have the same texts, which are then one in memory
    return Part(**{**facts, "records": tuple(_read_record(one, same) for one in facts["records"])})


_PART: Mapping[str, type | tuple[type, ...]] = {
    "operation": str,
    "arguments": dict,
    "read_at": (int, float),
    "path": str,
    "records": list,
    "failure": str,
    "trouble": str,
}
_RECORD: Mapping[str, type | tuple[type, ...]] = {
    "kind": str,
    "id": str,
    "name": str,
    "also": list,
    "holds": list,
    "facts": dict,
    "belongs": dict,
}


def _checked(facts: Any, forms: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """What an earlier code or a stranger wrote may be JSON and yet no part. Raises TypeError."""
    if not isinstance(facts, dict) or not all(isinstance(value, forms.get(name, object)) for name, value in facts.items()):
        raise TypeError("another form")
    return facts


def _texts(listed: Any) -> tuple[str, ...]:
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise TypeError("no list of texts")
    return tuple(listed)


def _read_record(facts: Any, same: dict[Any, Any]) -> Record:
    _checked(facts, _RECORD)
    belongs = {kind: same.setdefault(found := _texts(ids), found) for kind, ids in facts["belongs"].items()}
    facts["facts"] = {
        name: same.setdefault(fact, fact) if isinstance(fact, str) else fact for name, fact in facts["facts"].items()
    }
    return Record(**{**facts, "also": _texts(facts["also"]), "holds": _texts(facts["holds"]), "belongs": belongs})
