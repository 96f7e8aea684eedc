"""Where in a schema a resource stands, which of its fields is its identifier, and how to show one there.

Some answers are the resource itself, others wrap it (`properties.items[0]`). The place is found by asking
which part of the schema knows most of the resource's fields.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from akamai_mcp.sandbox.examples.matching import matches, types_of
from akamai_mcp.sandbox.examples.values import Bounds, example, flatten, variants

Schema = Mapping[str, Any]
Trail = tuple[str, ...]
REQUIRED: Final = Bounds(optional=False)
SHORTEST_PART: Final = 4
TOTALS: Final = frozenset({"totalElements", "totalItems", "totalCount", "totalSize", "total", "count", "itemCount"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The names that lead to a resource in an answer, and its schema; a list holds it where `listed`."""

    path: Trail
    schema: Schema
    listed: bool

    @property
    def fields(self) -> Mapping[str, Schema]:
        """The properties of the resource."""
        properties: Mapping[str, Schema] = self.schema.get("properties", {})
        return properties


def places(schema: Schema) -> Iterator[Place]:
    """Where a resource may stand: at the top, in a list, or in a list one or two names below."""
    top = flatten(schema)
    if _is_list(top):
        yield Place(path=(), schema=flatten(top.get("items", {})), listed=True)
        return
    yield Place(path=(), schema=top, listed=False)
    for name, inner in top.get("properties", {}).items():
        yield from _lists(flatten(inner), (name,))


def _lists(schema: Schema, path: Trail) -> Iterator[Place]:
    if _is_list(schema):
        yield Place(path=path, schema=flatten(schema.get("items", {})), listed=True)
    elif len(path) == 1:
        for name, inner in schema.get("properties", {}).items():
            yield from _lists(flatten(inner), (*path, name))


def _is_list(schema: Schema) -> bool:
    return "array" in types_of(schema)


def place_of(schema: Schema, names: Collection[str]) -> Place | None:
    """The place whose schema knows most of these fields; of equals the first, and none where no field is known."""
    known = [(sum(name in place.fields for name in names), place) for place in places(schema)]
    best = max(known, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] else None


def list_place(schema: Schema) -> Place | None:
    """The first list of objects in an answer, or else its first list."""
    lists = [place for place in places(schema) if place.listed]
    return next((place for place in lists if place.fields), lists[0] if lists else None)


def id_field(fields: Mapping[str, Schema], parameter: str) -> str | None:
    """The field that a path parameter names: `networkListId` is `uniqueId`, `namespaceId` is `namespace`."""
    small = parameter.lower()
    rules = (
        lambda name: name.lower() == small,
        lambda name: name in {"id", "uniqueId", "uuid_url"},
        lambda name: len(name) >= SHORTEST_PART and small.endswith(name.lower()),
        lambda name: len(name) >= SHORTEST_PART and small.startswith(name.lower()),
        lambda name: name.lower().endswith(small),
    )
    return next((name for rule in rules for name in fields if rule(name)), None)


def complete(resource: Mapping[str, Any], schema: Schema, echo: Mapping[str, str]) -> dict[str, Any]:
    """The resource with what its schema requires besides, less what a closed schema does not know."""
    required = example(schema, echo=echo, bounds=REQUIRED)
    properties = schema.get("properties", {})
    merged = {**(required if isinstance(required, dict) else {}), **resource}
    if schema.get("additionalProperties") is False:
        known = {*properties, *schema.get("required", ())}
        merged = {name: value for name, value in merged.items() if name in known}
    return {name: _completed(value, properties.get(name, {}), echo) for name, value in merged.items()}


def _completed(value: Any, schema: Schema, echo: Mapping[str, str]) -> Any:
    # What a client sends is often less than what it is answered, inside the resource too.
    if not isinstance(value, dict | list) or matches(value, schema):
        return value
    if isinstance(value, dict):
        completions = (complete(value, variant, echo) for variant in variants(schema))
        return next((completion for completion in completions if matches(completion, schema)), value)
    items = flatten(schema).get("items", {})
    return [_completed(item, items, echo) for item in value]


def is_open(schema: Schema) -> bool:
    """True for a schema that says nothing about what an answer holds."""
    return not any(place.fields for place in places(schema))


def show(resource: Mapping[str, Any], schema: Schema, echo: Mapping[str, str]) -> Any:
    """An answer of this schema that holds the resource, or an example where it has no place for it."""
    place = place_of(schema, resource.keys())
    if place is None:
        return example(schema, echo=echo)
    shown = complete(resource, place.schema, echo)
    return put_at(example(schema, echo=echo), place.path, [shown] if place.listed else shown)


def identify(answer: Any, schema: Schema, identity: Mapping[str, Any]) -> Any:
    """An example whose resource has the identifier that was asked for."""
    place = next((place for place in places(schema) if identity.keys() <= place.fields.keys()), None)
    held = get_at(answer, place.path) if place is not None else None
    if place is None or not held:
        return answer
    return put_at(answer, place.path, [{**held[0], **identity}] if place.listed else {**held, **identity})


def put_at(answer: Any, path: Trail, value: Any) -> Any:
    """A copy of an answer with another value where a path leads."""
    if not path:
        return value
    members = answer if isinstance(answer, dict) else {}
    return {**members, path[0]: put_at(members.get(path[0]), path[1:], value)}


def get_at(answer: Any, path: Trail) -> Any:
    """The value where a path leads, or None."""
    for name in path:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def count_again(answer: Any, total: int) -> Any:
    """The answer with its totals, at the top or one name below, set to a number."""
    if not isinstance(answer, dict):
        return answer
    counted = {name: total if _is_total(name, value) else value for name, value in answer.items()}
    inner = {name: count_again(value, total) for name, value in counted.items() if name in {"metadata", "page", "paging"}}
    return {**counted, **inner}


def _is_total(name: str, value: Any) -> bool:
    return name in TOTALS and isinstance(value, int) and not isinstance(value, bool)
