"""Compare the inventory mark of an operation with what its document says of its arguments and its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from akamai_mcp.catalogue.inventory.note import InventoryNote
from akamai_mcp.openapi.model import Operation, Schema
from akamai_mcp.openapi.schema import merge_alternatives

Types = frozenset[str]


def mark_misfits(note: InventoryNote, operation: Operation) -> Iterator[str]:
    """Arguments that the operation lacks or that the mark leaves out, and places that its answer does not have."""
    takes = {parameter.name for parameter in operation.parameters}
    given = {*note.over, *(name for one in note.each for name in one)}
    yield from (f"{operation.key}: inventory: the operation takes no {name}" for name in sorted(given - takes))
    needs = {one.name for one in operation.parameters if one.must_be_given and one.location != "header"}
    yield from (f"{operation.key}: inventory: the operation needs {name}" for name in sorted(needs - given))
    schema = _answer(operation)
    # What only clients show has no schema, and a selection gives the answer another form.
    places = () if schema is None or note.select or note.undeclared else _places(note)
    yield from (
        f"{operation.key}: inventory: its answer has no {place}"
        for place in sorted({*places})
        if schema is not None and not _has(schema, place.replace("[]", "").split("."))
    )
    known = {place[1:] for place in _written(note) if place.startswith("@")}
    yield from (f"{operation.key}: inventory: @{name} is no argument of its calls" for name in sorted(known - given))


def _written(note: InventoryNote) -> Iterator[str]:
    yield from (*note.id, *note.name, *note.also, *note.holds)
    for table in (note.facts, note.belongs):
        for places in table.values():
            yield from places


def _places(note: InventoryNote) -> Iterator[str]:
    before = f"{note.items}." if note.items else ""
    yield from (before + place for place in _written(note) if place and not place.startswith("@"))


def _answer(operation: Operation) -> Schema | None:
    success = next((one for one in operation.responses if one.is_success), None)
    schema = next((media.schema for media in success.content), None) if success else None
    return schema or None


def _has(schema: Schema, names: list[str]) -> bool:
    """True if a schema has a member at a path; a schema that says nothing of its members may have any."""
    if not names:
        return True
    merged: Mapping[str, Any] = merge_alternatives(schema)
    if isinstance(items := merged.get("items"), Mapping):
        return _has(items, names)
    found = _members(merged, names[0])
    return not merged.get("properties") or any(_has(one, names[1:]) for one in found)


def _members(merged: Mapping[str, Any], name: str) -> Iterable[Schema]:
    one = (merged.get("properties") or {}).get(name)
    return (one,) if isinstance(one, Mapping) else ()
