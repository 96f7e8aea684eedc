"""Generate a value that an OpenAPI 3.0 or 3.1 schema accepts, always the same one for the same schema.

A schema that no value can satisfy still gets a value with all required properties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from typing import Any, Final

from akamai_mcp.sandbox.examples.matching import bounds_of, matches, types_of
from akamai_mcp.sandbox.examples.texts import example_text

MAX_VARIANTS: Final = 64  # nested branches multiply, and it is possible that none fits
_BRANCHES: Final = ("oneOf", "anyOf")
_KNOWN: Final = "x-known-properties"  # the properties of closed parts of a merged schema, because merging opens them
_LOWEST: Final = frozenset({"maximum", "maxLength", "maxItems", "maxProperties"})
_HIGHEST: Final = frozenset({"minimum", "minLength", "minItems", "minProperties"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The size of an example, beyond which it has required properties only; `depth` in levels, `nodes` in values."""

    depth: int = 6
    nodes: int = 1_500
    optional: bool = True


@dataclass(slots=True, kw_only=True)
class _Draft:
    """An example in progress: its bounds, the values to repeat, and the number of nodes left."""

    bounds: Bounds
    echo: Mapping[str, str]
    nodes_left: int = field(init=False)

    def __post_init__(self) -> None:
        self.nodes_left = self.bounds.nodes

    def is_full(self, depth: int) -> bool:
        return depth >= self.bounds.depth or self.nodes_left <= 0 or not self.bounds.optional


def example(schema: Mapping[str, Any], *, echo: Mapping[str, str] | None = None, bounds: Bounds | None = None) -> Any:
    """A value for a schema without references; `echo` holds values for properties by name."""
    draft = _Draft(bounds=bounds or Bounds(), echo=echo or {})
    return _value(schema, draft, 0, 0)


def flatten(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with allOf merged and the first branch of oneOf or anyOf chosen."""
    return next(variants(schema), schema)


def coerce(text: str, schema: Mapping[str, Any]) -> Any:
    """A path value in the schema's type (number or string), or None if it does not match."""
    schema = flatten(schema)
    readings = [text]
    if set(types_of(schema)) & {"integer", "number"} and text.isascii() and text.isdigit():
        readings.insert(0, int(text))  # type: ignore[arg-type]
    return next((reading for reading in readings if types_of(schema) and matches(reading, schema)), None)


def _value(schema: Mapping[str, Any], draft: _Draft, depth: int, turn: int) -> Any:
    """An example; each `turn` gives a different one if the schema allows it."""
    # A wide schema is bounded by its nodes, a deep one by its depth.
    draft.nodes_left -= 1
    if not any(schema.get(key) for key in (*_BRANCHES, "allOf")):
        return _plain_value(schema, draft, depth, turn)
    values = (_plain_value(choice, draft, depth, turn) for choice in _choices(schema))
    fitting = next((value for value in values if matches(value, schema)), None)
    return fitting if fitting is not None else _plain_value(flatten(schema), draft, depth, turn)


def _choices(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The variants to try: first with all their properties, then with the required ones only."""
    yield from map(_without_strangers, islice(variants(schema), MAX_VARIANTS))
    yield from map(_required_only, islice(variants(schema), MAX_VARIANTS))


def _without_strangers(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without the optional properties that one of its closed parts does not allow."""
    known = schema.get(_KNOWN)
    return schema if known is None else _with_properties(schema, {*known, *schema.get("required", ())})


def _required_only(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return _with_properties(schema, set(schema.get("required", ())))


def _with_properties(schema: Mapping[str, Any], names: set[str]) -> Mapping[str, Any]:
    kept = {name: inner for name, inner in schema.get("properties", {}).items() if name in names}
    return {**schema, "properties": kept}


def variants(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every combination of branches, with allOf merged, in the document's order."""
    merged = reduce(merge, schema.get("allOf", ()), _without(schema, "allOf"))
    if merged.get("allOf"):
        yield from variants(merged)
        return
    choice = next((name for name in _BRANCHES if merged.get(name)), None)
    if choice is None:
        yield merged
        return
    for branch in merged[choice]:
        yield from variants(merge(_without(merged, choice), branch))


def _without(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {key: value for key, value in schema.items() if key != name}


def merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema that requires what both require, as far as one schema can express it."""
    result = dict(one)
    for key, value in other.items():
        result[key] = _merge_keyword(key, result[key], value) if key in result else value
    known = [names for names in (_known(one), _known(other)) if names is not None]
    return {**result, _KNOWN: frozenset.intersection(*known)} if known else result


def _known(schema: Mapping[str, Any]) -> frozenset[str] | None:
    """The properties that a closed schema allows, or None for an open one."""
    is_closed = schema.get("additionalProperties") is False
    known: frozenset[str] | None = schema.get(_KNOWN, frozenset(schema.get("properties", ())) if is_closed else None)
    return known


def _merge_keyword(key: str, one: Any, other: Any) -> Any:
    if key == "properties":
        return {**one, **{name: merge(one[name], schema) if name in one else schema for name, schema in other.items()}}
    if key == "items" and isinstance(one, Mapping) and isinstance(other, Mapping):
        return merge(one, other)
    if key == "required":
        return [*one, *(name for name in other if name not in one)]
    if key == "enum":
        return [value for value in one if value in other] or other
    if key in ("allOf", *_BRANCHES):
        return [*one, *other] if key == "allOf" else other
    # The narrower bound: both schemas must accept the value.
    if key in _LOWEST | _HIGHEST:
        return min(one, other) if key in _LOWEST else max(one, other)
    return one if key == "additionalProperties" and one is False else other


def _plain_value(schema: Mapping[str, Any], draft: _Draft, depth: int, turn: int) -> Any:
    listed = _listed_value(schema, turn)
    if listed is not None:
        return listed
    match _type(schema):
        case "object":
            return _object(schema, draft, depth, turn)
        case "array":
            return _array(schema, draft, depth)
        case "string":
            return example_text(schema, turn)
        case "integer" | "number" as name:
            return _number(schema, turn, whole=name == "integer")
        case "boolean":
            return turn % 2 == 0
        case _:
            return None


def _listed_value(schema: Mapping[str, Any], turn: int) -> Any:
    if "const" in schema:
        return schema["const"]
    listed = [value for value in schema.get("enum", ()) if value is not None and matches(value, schema)]
    if listed:
        return listed[turn % len(listed)]
    default = schema.get("default")
    usable = turn == 0 and default is not None and matches(default, schema)
    return default if usable else None


def _type(schema: Mapping[str, Any]) -> str:
    named = next((name for name in types_of(schema) if name != "null"), None)
    if named or types_of(schema):
        return named or "null"
    if "items" in schema:
        return "array"
    if schema.keys() & {"minLength", "maxLength", "pattern", "format"}:
        return "string"
    return "number" if schema.keys() & {"minimum", "maximum", "multipleOf"} else "object"


def _object(schema: Mapping[str, Any], draft: _Draft, depth: int, turn: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    result: dict[str, Any] = {}
    for name in _names(schema, draft, depth):
        result[name] = _member(name, properties.get(name, {}), draft, depth + 1, turn)
    wanted = max(schema.get("minProperties", 0), 0 if properties or draft.is_full(depth) else 1)
    return result | _additional(schema, draft, depth, wanted - len(result))


def _names(schema: Mapping[str, Any], draft: _Draft, depth: int) -> list[str]:
    """The properties to write, in the schema's order, then those that it requires but does not describe."""
    properties, required = schema.get("properties", {}), schema.get("required", ())
    optional = [name for name in properties if name not in required and properties[name].get("writeOnly") is not True]
    wanted = schema.get("minProperties", 0) if draft.is_full(depth) else schema.get("maxProperties", len(properties))
    chosen = {*required, *optional[: max(wanted - len(required), 0)]}
    return [name for name in properties if name in chosen] + [name for name in required if name not in properties]


def _member(name: str, schema: Mapping[str, Any], draft: _Draft, depth: int, turn: int) -> Any:
    echoed = coerce(draft.echo[name], schema) if name in draft.echo else None
    return _value(schema, draft, depth, turn) if echoed is None else echoed


def _additional(schema: Mapping[str, Any], draft: _Draft, depth: int, count: int) -> dict[str, Any]:
    rest = schema.get("additionalProperties")
    if rest is False or (not isinstance(rest, Mapping) and not schema.get("minProperties")):
        return {}
    inner = rest if isinstance(rest, Mapping) else {"type": "string"}
    names = ("example" if turn == 0 else f"example{turn + 1}" for turn in range(count))
    return {name: _value(inner, draft, depth + 1, turn) for turn, name in enumerate(names)}


def _array(schema: Mapping[str, Any], draft: _Draft, depth: int) -> list[Any]:
    items = schema.get("items")
    count = max(schema.get("minItems", 0), 0 if draft.is_full(depth) else 1)
    count = min(count, schema.get("maxItems", count))
    inner = items if isinstance(items, Mapping) else {"type": "string"}
    return [_value(inner, draft, depth + 1, turn) for turn in range(count)]


def _number(schema: Mapping[str, Any], turn: int, *, whole: bool) -> float:
    low, high = bounds_of(schema)
    step = schema.get("multipleOf") or 1
    for candidate in _numbers(low, high, step, turn):
        number = int(candidate) if whole or float(candidate).is_integer() else candidate
        if matches(number, schema):
            return number
    return low[0] if low else 1


def _numbers(low: tuple[float, bool] | None, high: tuple[float, bool] | None, step: float, turn: int) -> Iterator[float]:
    yield from (step * (1 + turn), step)
    if low is not None:
        start = -(-low[0] // step) * step
        yield from (start + step * turn, start + step, start)
    if high is not None:
        end = high[0] // step * step
        yield from (end - step * turn, end - step, end)
    if low is not None and high is not None:
        yield (low[0] + high[0]) / 2
