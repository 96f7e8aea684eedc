"""Check whether a value matches an OpenAPI 3.0 or 3.1 schema, as far as generating examples needs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def matches(value: Any, schema: Mapping[str, Any]) -> bool:
    """True if the value has the schema's type and satisfies its bounds and branches (allOf, anyOf, oneOf, not)."""
    if value is None and schema.get("nullable") is True:
        return True
    checks = (_has_type, _is_listed, _keeps_bounds, _has_members, _has_items, _takes_branches)
    return all(check(value, schema) for check in checks)


def types_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The schema's types; empty if it declares none."""
    types = schema.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _has_type(value: Any, schema: Mapping[str, Any]) -> bool:
    types = types_of(schema)
    return not types or any(_is_a(value, name) for name in types)


def _is_a(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES.get(name, ())) or (name == "integer" and isinstance(value, float) and value.is_integer())


def _is_listed(value: Any, schema: Mapping[str, Any]) -> bool:
    return value in schema.get("enum", [value]) and value == schema.get("const", value)


def _keeps_bounds(value: Any, schema: Mapping[str, Any]) -> bool:
    if isinstance(value, str):
        return _keeps_length(value, schema)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _keeps_range(value, schema)
    return True


def _keeps_length(text: str, schema: Mapping[str, Any]) -> bool:
    fits = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
    return fits and has_pattern(text, schema.get("pattern"))


def has_pattern(text: str, pattern: str | None) -> bool:
    """True if the pattern matches the text, or if it is not a valid Python pattern."""
    try:
        return pattern is None or re.search(pattern, text) is not None
    except re.error:
        return True


def _keeps_range(value: float, schema: Mapping[str, Any]) -> bool:
    low, high = bounds_of(schema)
    above = low is None or value > low[0] or (value == low[0] and not low[1])
    below = high is None or value < high[0] or (value == high[0] and not high[1])
    step = schema.get("multipleOf")
    return above and below and (not step or value % step == 0)


Bound = tuple[float, bool] | None


def bounds_of(schema: Mapping[str, Any]) -> tuple[Bound, Bound]:
    """((lowest, exclusive), (highest, exclusive)); None for a missing bound."""
    return _bound(schema, "minimum", "exclusiveMinimum"), _bound(schema, "maximum", "exclusiveMaximum")


def _bound(schema: Mapping[str, Any], name: str, exclusive: str) -> Bound:
    # OpenAPI 3.0 has `exclusiveMinimum: true` beside minimum; in 3.1 exclusiveMinimum is the number.
    limit, other = schema.get(name), schema.get(exclusive)
    if isinstance(other, bool) or other is None:
        return None if limit is None else (limit, other is True)
    return other, True


def _has_members(value: Any, schema: Mapping[str, Any]) -> bool:
    if not isinstance(value, dict):
        return True
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    if not all(name in value for name in schema.get("required", ())):
        return False
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
        return False
    return all(_has_member(member, properties.get(name, rest)) for name, member in value.items())


def _has_member(member: Any, schema: Any) -> bool:
    return schema if isinstance(schema, bool) else matches(member, schema)


def _has_items(value: Any, schema: Mapping[str, Any]) -> bool:
    if not isinstance(value, list):
        return True
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return False
    if schema.get("uniqueItems") is True and any(item in value[:index] for index, item in enumerate(value)):
        return False
    items = schema.get("items")
    return not isinstance(items, Mapping) or all(matches(item, items) for item in value)


def _takes_branches(value: Any, schema: Mapping[str, Any]) -> bool:
    if not all(matches(value, branch) for branch in schema.get("allOf", ())):
        return False
    if schema.get("anyOf") and not any(matches(value, branch) for branch in schema["anyOf"]):
        return False
    if schema.get("oneOf") and sum(matches(value, branch) for branch in schema["oneOf"]) != 1:
        return False
    return "not" not in schema or not matches(value, schema["not"])
