"""Turn OpenAPI schemas into schemas that every MCP client accepts, bounded in depth and size.

The union of what clients refuse (docs/decisions/0044-tool-schemas-obey-every-clients-limits.md): no `$ref`, no type arrays, no
const, no oneOf, anyOf or allOf, enums of strings only, `format` only date-time, arrays with `items`, objects with one property
at least or with `additionalProperties: true`, property keys of `[a-zA-Z0-9_.-]{1,64}`. The description carries what these limits
exclude; akamai_describe_operation shows the full schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from akamai_mcp.openapi.model import Schema

Json = dict[str, Any]
Note = Callable[[str], str]

LIMITS: Final[Mapping[str, tuple[str, ...]]] = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "array": ("minItems", "maxItems"),
}
_SHAPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "type": (str, list),
    "properties": Mapping,
    "items": Mapping,
    "enum": list,
}
TYPES: Final = frozenset({"string", "integer", "number", "boolean", "object", "array"})
KEY: Final = re.compile(r"[a-zA-Z0-9_.-]{1,64}\Z")
MAX_PATTERN: Final = 80
MAX_DESCRIPTION: Final = 300
MAX_LISTED_VALUES: Final = 20
# What an object may hold is not said by `properties: {}`: converters that build a class from it drop every value.
FREE_FORM: Final[Json] = {"additionalProperties": True}
POINTER: Final = "More inside: see akamai_describe_operation."


def no_note(_: str) -> str:
    """The note of a field that has none: an empty text."""
    return ""


def simplify(schema: Schema, depth: int, note: Note = no_note) -> Json:
    """The schema for a tool: `depth` levels of objects and arrays, then a pointer to akamai_describe_operation."""
    merged = merge_alternatives(schema)
    kind = type_of(merged)
    simple: Json = {"type": kind}
    if text := _description(merged, kind):
        simple["description"] = text
    if kind == "object":
        return simple | _object(merged, depth, note)
    if kind == "array":
        return simple | _array(merged, depth, note)
    return simple | _primitive(merged, kind)


def _object(schema: Schema, depth: int, note: Note) -> Json:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        return dict(FREE_FORM)
    if depth <= 0:
        return FREE_FORM | {"description": POINTER}
    shown = {
        name: _with_note(simplify(part, depth - 1, note), note(name))
        for name, part in properties.items()
        if isinstance(part, Mapping) and KEY.match(name) and part.get("readOnly") is not True
    }
    if not shown:
        return dict(FREE_FORM)
    simple: Json = {"properties": shown}
    if required := [name for name in _strings(schema.get("required")) if name in shown]:
        simple["required"] = required
    return simple


def _with_note(simple: Json, note: str) -> Json:
    if not note:
        return simple
    text = f"{note} {simple.get('description', '')}".strip()
    return simple | {"description": text[:MAX_DESCRIPTION]}


def _array(schema: Schema, depth: int, note: Note) -> Json:
    items = schema.get("items")
    inner = simplify(items, depth - 1, note) if isinstance(items, Mapping) else {"type": "string"}
    return {"items": inner, **_limits(schema, "array")}


def _limits(schema: Schema, kind: str) -> Json:
    """The bounds that apply to a type; some documents add bounds of other types, which some clients reject."""
    return {key: schema[key] for key in LIMITS.get(kind, ()) if _is_number(schema.get(key))}


def _primitive(schema: Schema, kind: str) -> Json:
    simple = _limits(schema, kind)
    values = schema.get("enum")
    if kind == "string" and isinstance(values, list) and (texts := [v for v in values if isinstance(v, str) and v]):
        # Only string enums: some clients reject any other, and duplicates as well.
        simple["enum"] = list(dict.fromkeys(texts))
    pattern = schema.get("pattern")
    if kind == "string" and isinstance(pattern, str) and len(pattern) <= MAX_PATTERN and _compiles(pattern):
        simple["pattern"] = pattern
    if kind == "string" and schema.get("format") == "date-time":
        simple["format"] = "date-time"
    default = schema.get("default")
    # A default of another type or outside the enum makes some clients reject the whole tool.
    if _is_of(default, kind) and len(str(default)) <= MAX_PATTERN and default in simple.get("enum", [default]):
        simple["default"] = default
    return simple


def _description(schema: Schema, kind: str) -> str:
    parts = [str(schema["description"])] if isinstance(schema.get("description"), str) else []
    values = schema.get("enum")
    if kind != "string" and isinstance(values, list) and values:
        parts.append("One of " + ", ".join(json.dumps(v) for v in values[:MAX_LISTED_VALUES]) + ".")
    odd = [name for name in schema.get("properties") or () if not KEY.match(str(name))]
    if odd:
        parts.append("Also takes " + ", ".join(repr(name) for name in odd[:MAX_LISTED_VALUES]) + ".")
    form = schema.get("format")
    if isinstance(form, str) and kind == "string" and form not in {"date-time", "binary", "byte"}:
        parts.append(f"Format {form}.")
    return " ".join(parts)[:MAX_DESCRIPTION]


def type_of(schema: Schema) -> str:
    """One JSON type for a schema: the first declared type other than null, else the type that its keywords imply."""
    declared = schema.get("type")
    kinds = [kind for kind in (declared if isinstance(declared, list) else [declared]) if isinstance(kind, str) and kind in TYPES]
    if kinds:
        return str(kinds[0])
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    values = schema.get("enum") or [schema.get("const", "")]
    kinds = {bool: "boolean", int: "integer", float: "number"}.get(type(values[0]), "string")  # type: ignore[assignment]
    return str(kinds)


def merge_alternatives(schema: Schema) -> Json:
    """One schema that accepts every alternative: allOf is joined, oneOf and anyOf are widened to their union."""
    # A document may give a keyword a value of the wrong type; drop it, so that nothing below needs to check.
    merged: Json = {key: value for key, value in schema.items() if isinstance(value, _SHAPES.get(key, object))}
    if "const" in merged:
        merged.setdefault("enum", [merged.pop("const")])
    for part in _schemas(merged.pop("allOf", ())):
        merged = _join(merged, merge_alternatives(part))
    for keyword in ("oneOf", "anyOf"):
        parts = [merge_alternatives(part) for part in _schemas(merged.pop(keyword, ())) if part.get("type") != "null"]
        if parts:
            merged = _join(merged, _widen(parts))
    return merged


def _join(left: Json, right: Json) -> Json:
    properties = {**(left.get("properties") or {}), **(right.get("properties") or {})}
    required = list(dict.fromkeys([*_strings(left.get("required")), *_strings(right.get("required"))]))
    joined = {**right, **left}
    return joined | ({"properties": properties} if properties else {}) | ({"required": required} if required else {})


def _widen(parts: list[Json]) -> Json:
    """The union of alternatives: all properties, required only where all require it; of mixed types, object or array wins."""
    kinds = [type_of(part) for part in parts]
    kind = next((k for k in ("object", "array") if k in kinds), kinds[0])
    # Alternatives of other types are dropped, because clients accept one type per schema.
    same = [part for part, other in zip(parts, kinds, strict=True) if other == kind]
    wide: Json = {"type": kind}
    if kind == "object":
        wide["properties"] = {name: part for one in reversed(same) for name, part in (one.get("properties") or {}).items()}
        wide["required"] = [
            name for name in _strings(same[0].get("required")) if all(name in _strings(p.get("required")) for p in same)
        ]
    elif kind == "array":
        wide["items"] = _widen([p["items"] for p in same if isinstance(p.get("items"), dict)] or [{"type": "string"}])
    elif all(isinstance(part.get("enum"), list) for part in same):
        wide["enum"] = list(dict.fromkeys(v for part in same for v in part["enum"] if isinstance(v, (str, int, float))))
    return wide


def _schemas(parts: Any) -> list[Schema]:
    return [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, (list, tuple)) else []


def _strings(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_of(value: Any, kind: str) -> bool:
    if kind == "boolean" or isinstance(value, bool):
        return kind == "boolean" and isinstance(value, bool)
    return isinstance(value, {"integer": (int,), "number": (int, float)}.get(kind, (str,)))


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def size(value: Any) -> int:
    """The size of a value as compact ASCII JSON, in bytes."""
    return len(json.dumps(value, separators=(",", ":")).encode())


def cut_depth(node: Any, depth: int) -> Any:
    """The schema cut after `depth` levels of properties, items and alternatives; `x-cut` lists the properties removed."""
    if isinstance(node, list):
        return [cut_depth(member, depth) for member in node]
    if not isinstance(node, Mapping):
        return node
    if depth <= 0 and _is_nested(node):
        kept = {key: node[key] for key in ("type", "required") if key in node}
        return kept | {"x-cut": sorted(_strings(list(node.get("properties") or ())))[:40] or True}
    return {
        key: {name: cut_depth(part, depth - 1) for name, part in value.items()}
        if key in {"properties", "patternProperties"} and isinstance(value, Mapping)
        else cut_depth(value, depth - 1)
        if key in {"items", "oneOf", "anyOf", "allOf", "additionalProperties", "not"}
        else value
        for key, value in node.items()
    }


def _is_nested(node: Mapping[str, Any]) -> bool:
    return any(key in node for key in ("properties", "items", "oneOf", "anyOf", "allOf"))


def fit_depth(node: Any, budget: int, depths: Iterable[int] = range(12, 0, -1)) -> Any:
    """The deepest cut of a schema whose JSON is at most `budget` bytes; the shallowest cut if none fits."""
    if size(node) <= budget:
        return node
    cut = node
    for depth in depths:
        cut = cut_depth(node, depth)
        if size(cut) <= budget:
            break
    return cut


def step_into(schema: Any, path: str) -> Any:
    """The part of a schema at a dotted path of property names, through arrays and alternatives; None if there is none."""
    for name in filter(None, path.replace("[]", "").split(".")):
        schema = _step(schema, name)
        if schema is None:
            return None
    return schema


def _step(schema: Any, name: str) -> Any:
    if not isinstance(schema, Mapping):
        return None
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and name in properties:
        return properties[name]
    inner = [schema.get("items"), *(part for key in ("oneOf", "anyOf", "allOf") for part in _schemas(schema.get(key)))]
    # Alternatives may define the property differently, so all their definitions are kept.
    found = [part for candidate in inner if (part := _step(candidate, name)) is not None]
    return found[0] if len(found) == 1 else {"anyOf": found} if found else None
