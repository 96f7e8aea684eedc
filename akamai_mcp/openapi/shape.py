"""A schema in one line, like a type of TypeScript: `{network: STAGING|PRODUCTION, note?: string, emails: [string]}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from akamai_mcp.openapi.model import Schema
from akamai_mcp.openapi.schema import merge_alternatives, type_of

DEEPEST: Final = 6
VALUES_SHOWN: Final = 8  # of an enumeration
LONGEST_VALUE: Final = 30  # characters
CUT: Final = "..."


def to_shape(schema: Schema, longest: int, *, marks: bool = True) -> str:
    """The deepest form of a schema that has at most `longest` characters; `...` stands for what is left out.

    `marks` puts a `?` behind the names of optional members, and leaves out those that only an answer has.
    """
    for depth in range(DEEPEST, 0, -1):
        if len(text := _shape(schema, depth, marks=marks)) <= longest:
            return text
    return _names(schema, longest, marks=marks)


def _shape(schema: Schema, depth: int, *, marks: bool) -> str:
    merged = merge_alternatives(schema)
    kind = type_of(merged)
    if kind == "array":
        items = merged.get("items")
        return f"[{_shape(items, depth, marks=marks)}]" if isinstance(items, Mapping) and items else "[...]"
    if kind != "object":
        return _values(merged) or _kinds(schema) or kind
    if depth <= 0:
        return f"{{{CUT}}}"
    members = [f"{name}: {_shape(part, depth - 1, marks=marks)}" for name, part in _members(merged, marks=marks)]
    return f"{{{', '.join(members) or CUT}}}" if members or "type" in merged else "any"


def _kinds(schema: Schema) -> str:
    """The types of a schema or of its alternatives, without null: `integer|string`."""
    parts = [schema, *(part for name in ("oneOf", "anyOf") for part in schema.get(name) or () if isinstance(part, Mapping))]
    named = (part.get("type") for part in parts)
    kinds = (kind for one in named for kind in (one if isinstance(one, list) else [one]))
    return "|".join(dict.fromkeys(kind for kind in kinds if isinstance(kind, str) and kind != "null"))


def _members(merged: Mapping[str, Any], *, marks: bool) -> list[tuple[str, Schema]]:
    """The members with their marks, the required ones first."""
    properties = merged.get("properties") or {}
    required = set(merged.get("required") or ())
    shown = [name for name, part in properties.items() if isinstance(part, Mapping) and not (marks and part.get("readOnly"))]
    shown.sort(key=lambda name: name not in required)
    return [(f"{name}?" if marks and name not in required else str(name), properties[name]) for name in shown]


def _values(merged: Mapping[str, Any]) -> str:
    values = merged.get("enum")
    if not isinstance(values, list) or not values:
        return ""
    more = [CUT] if len(values) > VALUES_SHOWN else []
    return "|".join([*(str(value)[:LONGEST_VALUE] for value in values[:VALUES_SHOWN] if value is not None), *more])


def _names(schema: Schema, longest: int, *, marks: bool) -> str:
    """The names of the members alone, as many as fit."""
    merged = merge_alternatives(schema)
    inner = merged.get("items") if type_of(merged) == "array" else None
    if isinstance(inner, Mapping):
        return f"[{_names(inner, longest - 2, marks=marks)}]"
    text = ""
    for name, _ in _members(merged, marks=marks):
        if len(text) + len(name) + len(CUT) + 4 > longest:
            return f"{{{text}{CUT}}}"
        text += f"{name}, "
    return f"{{{text.removesuffix(', ') or CUT}}}"
