"""Read values as their declared types, in the forms in which lossy clients send them.

Some clients send an object as JSON text, a number or a boolean as text, an integer as `2.0`, and an empty text for what was
left out. A value is read so only where no string is declared and the result has a declared type; other text is never changed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from akamai_mcp.openapi.model import Schema
from akamai_mcp.request.lengths import check_lengths

ANY: Final[frozenset[str]] = frozenset()
LAST_EXACT: Final = 2**53  # a float above it may stand for another integer (IEEE 754)
SAFE_DIGITS: Final = 17  # characters of a number in text; a longer one could lose digits, so it stays text
_KINDS: Final[Mapping[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    dict: "object",
    list: "array",
}
_WORDS: Final[Mapping[str, bool]] = {"true": True, "false": False}
_COMBINED: Final = ("allOf", "oneOf", "anyOf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The JSON types that a value may have (none if that is not known), and the texts of an enumeration."""

    kinds: frozenset[str] = ANY
    values: tuple[str, ...] = ()


def declared_by(schema: Schema) -> Declared:
    """What a schema declares of its value."""
    values: Any = schema.get("enum")
    texts = isinstance(values, list) and all(isinstance(value, str) for value in values)
    return Declared(kinds=kinds_of(schema), values=tuple(values) if texts else ())


def kinds_of(schema: Schema) -> frozenset[str]:
    """The JSON types that a schema admits, without null; none if it does not say."""
    kinds = _own_kinds(schema)
    for part in _schemas(schema.get("allOf")):
        kinds = _both(kinds, kinds_of(part))
    for keyword in ("oneOf", "anyOf"):
        alternatives = [kinds_of(part) for part in _schemas(schema.get(keyword)) if part.get("type") != "null"]
        if alternatives and all(alternatives):
            kinds = _both(kinds, frozenset().union(*alternatives))
    return kinds


def _own_kinds(schema: Schema) -> frozenset[str]:
    declared = schema.get("type")
    if declared:
        return frozenset(kind for kind in (declared if isinstance(declared, list) else [declared]) if kind != "null")
    if "properties" in schema:
        return frozenset({"object"})
    if "items" in schema:
        return frozenset({"array"})
    values = schema.get("enum")
    return frozenset(_KINDS[type(value)] for value in values if value is not None) if isinstance(values, list) else ANY


def _both(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """The types that two schemas admit together; a schema that names none admits them all."""
    return one & other if one and other else one or other


def _schemas(parts: Any) -> list[Schema]:
    return [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []


def read_value(value: Any, declared: Declared) -> Any:
    """Read one value as its declared type; None for an empty placeholder, and the value itself where nothing applies.

    Raises ArgumentError if JSON text holds more than arguments may.
    """
    if isinstance(value, str):
        return _read_text(value, declared)
    if isinstance(value, float) and "integer" in declared.kinds and "number" not in declared.kinds:
        return int(value) if value.is_integer() and abs(value) <= LAST_EXACT else value
    # An empty object, as languages write it whose lists and objects are one type.
    return {} if value == [] and declared.kinds == {"object"} else value


def _read_text(text: str, declared: Declared) -> Any:
    if declared.values:
        return _read_enumerated(text, declared.values)
    if not declared.kinds or "string" in declared.kinds:
        return text
    if not text.strip():
        return None
    value = _parse(text.strip())
    if isinstance(value, float):
        value = read_value(value, declared)
    return value if value is None or _fits(value, declared.kinds) else text


def _fits(value: Any, kinds: frozenset[str]) -> bool:
    kind = _KINDS[type(value)]
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _read_enumerated(text: str, values: tuple[str, ...]) -> str | None:
    if text in values:
        return text
    if not text.strip():
        return None
    same = [value for value in values if value.casefold() == text.strip().casefold()]
    return same[0] if len(same) == 1 else text


def _parse(text: str) -> Any:
    """The JSON value of a text, or the text itself if it is none."""
    if (word := _WORDS.get(text.casefold())) is not None:
        return word
    try:
        value = json.loads(text, object_pairs_hook=unambiguous, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, (int, float)):
        return value if len(text) <= SAFE_DIGITS and math.isfinite(value) else text
    if isinstance(value, (dict, list)):
        check_lengths({"": value})
    return value


def unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON text; a ValueError if a name stands in it twice, of which readers differ (RFC 8259 section 4)."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("A name stands twice in an object")
    return value


def refuse_constant(word: str) -> Any:
    """NaN and Infinity are no JSON (RFC 8259 section 6)."""
    raise ValueError(f"{word} is no JSON")


class Shape:
    """What the alternatives of a schema declare at one place of a value; computed once for all items of a list."""

    def __init__(self, schemas: tuple[Schema, ...]) -> None:
        kinds = [kinds_of(schema) for schema in schemas]
        self.declared = Declared(kinds=frozenset().union(*kinds) if all(kinds) else ANY)
        self._parts = tuple(part for schema in schemas for part in _flatten(schema))
        self._members: dict[str, Shape | None] = {}

    def member(self, name: str) -> Shape | None:
        """The shape of a property, or None if none is declared."""
        if name not in self._members:
            self._members[name] = _shape(
                [part["properties"][name] for part in self._parts if name in (part.get("properties") or ())]
            )
        return self._members[name]

    @cached_property
    def items(self) -> Shape | None:
        """The shape of a list's items, or None if none is declared."""
        return _shape([part["items"] for part in self._parts if "items" in part])


def _shape(found: list[Any]) -> Shape | None:
    schemas = tuple(_schemas(found))
    return Shape(schemas) if schemas else None


def _flatten(schema: Schema) -> Iterator[Schema]:
    yield schema
    for keyword in _COMBINED:
        for part in _schemas(schema.get(keyword)):
            yield from _flatten(part)


def read_whole(value: Any, schema: Schema) -> Any:
    """Read a value and what is inside it as their declared types; None for an empty placeholder. Raises ArgumentError."""
    read = read_value(value, declared_by(schema))
    return _read_inside(read, Shape((schema,))) if isinstance(read, (dict, list)) else read


def _read_inside(value: Any, shape: Shape) -> Any:
    if isinstance(value, dict):
        return {name: _read_member(part, shape.member(name)) for name, part in value.items()}
    if isinstance(value, list) and (inner := shape.items):
        return [_read_member(part, inner) for part in value]
    return value


def _read_member(value: Any, shape: Shape | None) -> Any:
    if shape is None:
        return value
    read = read_value(value, shape.declared)
    # An empty text inside a body is content: only Akamai can say what it means.
    return _read_inside(value if read is None else read, shape)
