"""Differences to plant: each a sound answer with one thing changed that its schema, read here by itself, does not allow.

Nothing here uses the code under test.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Step = str | int
Path = tuple[Step, ...]
Change = tuple[str, str, Callable[[Any], Any]]  # kind, detail, what changes a value

STRANGE = "a-value-that-nobody-declared"
# In the order of trial: the first that a schema has not.
OTHERS: tuple[tuple[str, Any], ...] = (
    ("string", STRANGE), ("object", {}), ("array", []), ("boolean", True), ("number", 1.5), ("integer", 7),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A value of an answer with the schema that holds there, and where both are.

    Where alternatives stand above it, another one may allow what this one does not.
    """

    path: Path
    at: str
    schema: Schema
    value: Any
    is_sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A changed answer: where and how it was changed, and the whole of it."""

    spot: Spot
    kind: str
    detail: str
    body: Any


def spots(schema: Any, value: Any, path: Path = (), at: str = "", *, is_sure: bool = True) -> Iterator[Spot]:
    """Every value of an answer that a schema says something about; of a list the first item stands for all."""
    if not isinstance(schema, Mapping):
        return
    yield Spot(path=path, at=at, schema=schema, value=value, is_sure=is_sure)
    for keyword in ("allOf", "oneOf", "anyOf"):
        for index, part in enumerate(schema.get(keyword, ())):
            yield from spots(part, value, path, f"{at}/{keyword}/{index}", is_sure=is_sure and keyword == "allOf")
    if isinstance(value, dict):
        for name, member in value.items():
            part = schema.get("properties", {}).get(name)
            yield from spots(part, member, (*path, name), f"{at}/properties/{escaped(name)}", is_sure=is_sure)
    if isinstance(value, list) and value:
        yield from spots(schema.get("items"), value[0], (*path, 0), f"{at}/items", is_sure=is_sure)


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def plants(schema: Any, body: Any) -> Iterator[Plant]:
    """Every difference that can be planted in a sound answer, one at a time."""
    for spot in spots(schema, body):
        for kind, detail, change in changes(spot.schema, spot.value):
            yield Plant(spot=spot, kind=kind, detail=detail, body=changed(body, spot.path, change))


def changes(schema: Schema, value: Any) -> Iterator[Change]:
    """The differences from one schema that can be planted in a value which fits it."""
    kinds = kinds_of(schema)
    for kind, other in OTHERS if kinds else ():
        if not kinds & readings(kind):
            yield "type", kind, lambda _, other=other: other
    if kinds and "null" not in kinds:
        yield "null", "", lambda _: None
    if isinstance(value, dict):
        yield from member_changes(schema, value)
    elif isinstance(value, str):
        yield from text_changes(schema)
    elif isinstance(value, int) and not isinstance(value, bool) and "maximum" in schema:
        yield "bound", "maximum", lambda _: int(schema["maximum"]) + 1


def text_changes(schema: Schema) -> Iterator[Change]:
    """The differences in the value of a text."""
    if "enum" in schema:
        yield "value", "", lambda _: STRANGE
    elif "maxLength" in schema:
        yield "bound", "maxLength", lambda text: text + "x" * schema["maxLength"]


def member_changes(schema: Schema, value: dict[str, Any]) -> Iterator[Change]:
    """The differences in the names of an object's members."""
    for name in schema.get("required", ()):
        if name in value and not schema.get("properties", {}).get(name, {}).get("writeOnly"):
            yield "missing", name, lambda members, name=name: {key: one for key, one in members.items() if key != name}
    if schema.get("additionalProperties") is False:
        yield "extra", "", lambda members: {**members, "nobodyDeclaredThis": 1}


def kinds_of(schema: Schema) -> set[str]:
    """The types that a schema names, null among them where it is allowed."""
    kind = schema.get("type")
    kinds = {kind} if isinstance(kind, str) else set(kind or ())
    return kinds | ({"null"} if kinds and schema.get("nullable") else set())


def readings(kind: str) -> set[str]:
    """The types of a schema that a value of this type fits."""
    return {"integer": {"integer", "number"}}.get(kind, {kind})


def changed(body: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """The answer with the value at a path changed."""
    if not path:
        return change(copy.deepcopy(body))
    body = copy.deepcopy(body)
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = change(holder[path[-1]])
    return body
