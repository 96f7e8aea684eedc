"""What every MCP client accepts of a tool's input schema: the intersection of what clients are known to reject.

No `$ref`, no combination of schemas, one type as a word, enumerations of strings, arrays with items, objects with
properties or open to any, property keys of `[a-zA-Z0-9_.-]{1,64}`, `format` only date-time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

KEYWORDS: Mapping[str, frozenset[str]] = {
    "string": frozenset({"enum", "pattern", "format", "minLength", "maxLength", "default"}),
    "integer": frozenset({"minimum", "maximum", "default"}),
    "number": frozenset({"minimum", "maximum", "default"}),
    "boolean": frozenset({"default"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "object": frozenset({"properties", "required", "additionalProperties"}),
}
ALWAYS = frozenset({"type", "description"})
PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
KEY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")


def lint(schema: Any, place: str = "root") -> list[str]:
    """Every complaint about a schema, as `place: what is wrong`; an empty list for a clean one."""
    return list(_complaints(schema, place))


def lint_tool(schema: Any) -> list[str]:
    """Every complaint about a tool's whole input schema."""
    is_object = isinstance(schema, Mapping) and schema.get("type") == "object" and isinstance(schema.get("properties"), Mapping)
    return lint(schema) if is_object else ["root: not an object with properties"]


def _complaints(schema: Any, place: str) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        yield f"{place}: not a schema but {schema!r}"
        return
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in KEYWORDS:
        yield f"{place}: type {kind!r}"
        return
    for keyword in sorted(schema.keys() - ALWAYS - KEYWORDS[kind]):
        yield f"{place}: {keyword} on {kind}"
    if not isinstance(schema.get("description", ""), str):
        yield f"{place}: the description is no text"
    yield from _values(schema, kind, place)
    if kind == "array":
        yield from _complaints(schema.get("items"), f"{place}[]")
    if kind == "object":
        yield from _members(schema, place)


def _values(schema: Mapping[str, Any], kind: str, place: str) -> Iterator[str]:
    values = schema.get("enum")
    if values is not None and not (values and all(isinstance(v, str) and v for v in values) and len(set(values)) == len(values)):
        yield f"{place}: enum {values!r}"
    default = schema.get("default")
    is_typed = isinstance(default, PYTHON_TYPES.get(kind, ())) and isinstance(default, bool) == (kind == "boolean")
    if "default" in schema and not is_typed:
        yield f"{place}: default {default!r} of {kind}"
    if "default" in schema and values and default not in values:
        yield f"{place}: default {default!r} is none of the enum"
    if schema.get("format", "date-time") != "date-time":
        yield f"{place}: format {schema['format']!r}"
    if "pattern" in schema:
        yield from _pattern(schema["pattern"], place)
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        if schema.get(low, float("-inf")) > schema.get(high, float("inf")):
            yield f"{place}: {low} over {high}"


def _pattern(pattern: str, place: str) -> Iterator[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"{place}: pattern {pattern!r} ({error})"


def _members(schema: Mapping[str, Any], place: str) -> Iterator[str]:
    properties = schema.get("properties")
    if "properties" not in schema and schema.get("additionalProperties") is True:
        return
    if not isinstance(properties, Mapping) or "additionalProperties" in schema or (not properties and place != "root"):
        yield f"{place}: an object without properties that does not say it is open"
        return
    for key, part in properties.items():
        if not KEY.fullmatch(key):
            yield f"{place}: key {key!r}"
        yield from _complaints(part, f"{place}.{key}")
    for name in schema.get("required", ()):
        if name not in properties:
            yield f"{place}: {name!r} is required and no property"
