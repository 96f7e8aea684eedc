"""Infer schemas from recorded values.

Every object stays open and no property is required: an exchange shows what may be there, never what must be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, Final

from akamai_mcp.documents.facts import Facts

# Placeholder names of the test suite that made the recordings; the API has no such properties.
STAND_INS: Final = frozenset({"testKey"})
_TYPES: Final[Mapping[type, str]] = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


def infer(values: Iterable[Any]) -> Facts:
    """The schema that all values match; empty if nothing is known."""
    return dict(_without_null(_infer(values)))


def _infer(values: Iterable[Any]) -> Facts:
    schemas = [schema_of(value) for value in values]
    return reduce(merge, schemas) if schemas else {}


def _without_null(schema: Any) -> Any:
    """The schema without a type for what was always null."""
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "null":
        return {}
    opened = schema | {key: _without_null(schema[key]) for key in ("items", "additionalProperties") if key in schema}
    if "properties" in schema:
        opened["properties"] = {name: _without_null(member) for name, member in schema["properties"].items()}
    return opened


def schema_of(value: Any) -> Facts:
    """The schema of one value."""
    if isinstance(value, Mapping):
        known = {name: member for name, member in value.items() if name not in STAND_INS}
        if is_keyed(known):
            return {"type": "object", "additionalProperties": _infer(known.values())}
        properties = {name: schema_of(member) for name, member in known.items()}
        return {"type": "object", **({"properties": properties} if properties else {}), "additionalProperties": True}
    if isinstance(value, list):
        return {"type": "array", "items": _infer(value)}
    return {"type": _TYPES[type(value)]}


def is_keyed(members: Mapping[str, Any]) -> bool:
    """True for a map whose keys are data: each member is an object whose `id` equals its key."""
    return bool(members) and all(isinstance(member, Mapping) and str(member.get("id")) == key for key, member in members.items())


def merge(left: Facts, right: Facts) -> Facts:
    """A schema that the values of both schemas match."""
    # An empty schema matches everything, so what it is merged with adds nothing.
    if not left or not right:
        return {}
    merged: Facts = {"type": _either(left["type"], right["type"])}
    if properties := _merge_members(left.get("properties"), right.get("properties")):
        merged["properties"] = properties
    if "items" in left or "items" in right:
        merged["items"] = _merge_items(left, right)
    if "additionalProperties" in left or "additionalProperties" in right:
        merged["additionalProperties"] = _merge_rest(left.get("additionalProperties"), right.get("additionalProperties"))
    return merged


def _either(left: Any, right: Any) -> Any:
    """The types of both, as a string or as a list; `number` includes `integer`."""
    names = {*_names(left), *_names(right)}
    if "number" in names:
        names.discard("integer")
    return next(iter(names)) if len(names) == 1 else sorted(names, key=lambda name: (name == "null", name))


def _names(kind: Any) -> list[str]:
    return kind if isinstance(kind, list) else [kind]


def _merge_members(left: Facts | None, right: Facts | None) -> Facts:
    left, right = left or {}, right or {}
    shared = left.keys() & right.keys()
    return {name: merge(left[name], right[name]) if name in shared else node for name, node in (left | right).items()}


def _merge_items(left: Facts, right: Facts) -> Facts:
    """The items schema of both lists; an empty list says nothing, so the other one counts."""
    known = [node["items"] for node in (left, right) if node.get("items")]
    return reduce(merge, known) if known else {}


def _merge_rest(left: Any, right: Any) -> Any:
    known = [node for node in (left, right) if node is not None]
    # A map of data stays one only if both sides are: True allows any member.
    return known[0] if len(known) == 1 else merge(*known) if all(isinstance(node, dict) for node in known) else True
