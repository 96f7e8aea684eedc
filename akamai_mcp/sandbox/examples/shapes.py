"""Find where a response schema holds the resource, which field identifies it, and put a resource there.

Some responses are the resource itself, others wrap it (`properties.items[0]`). The resource belongs where the
schema has most of its fields.
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
class ResourceNode:
    """A part of a response that can hold a resource: its path and schema; `listed` if it is a list of resources."""

    path: Trail
    schema: Schema
    listed: bool

    @property
    def fields(self) -> Mapping[str, Schema]:
        """The properties of the resource's schema."""
        properties: Mapping[str, Schema] = self.schema.get("properties", {})
        return properties


def resource_nodes(schema: Schema) -> Iterator[ResourceNode]:
    """The parts of a response that can hold a resource: the top, or a list at the top or one or two levels below."""
    top = flatten(schema)
    if _is_list(top):
        yield ResourceNode(path=(), schema=flatten(top.get("items", {})), listed=True)
        return
    yield ResourceNode(path=(), schema=top, listed=False)
    for name, inner in top.get("properties", {}).items():
        yield from _lists(flatten(inner), (name,))


def _lists(schema: Schema, path: Trail) -> Iterator[ResourceNode]:
    if _is_list(schema):
        yield ResourceNode(path=path, schema=flatten(schema.get("items", {})), listed=True)
    elif len(path) == 1:
        for name, inner in schema.get("properties", {}).items():
            yield from _lists(flatten(inner), (*path, name))


def _is_list(schema: Schema) -> bool:
    return "array" in types_of(schema)


def find_resource(schema: Schema, names: Collection[str]) -> ResourceNode | None:
    """The first part of a response whose schema has most of these fields, or None if no part has any."""
    known = [(sum(name in node.fields for name in names), node) for node in resource_nodes(schema)]
    best = max(known, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] else None


def find_list(schema: Schema) -> ResourceNode | None:
    """The first list of objects in a response, else its first list, else None."""
    lists = [node for node in resource_nodes(schema) if node.listed]
    return next((node for node in lists if node.fields), lists[0] if lists else None)


def id_field(fields: Mapping[str, Schema], parameter: str) -> str | None:
    """The field that a path parameter identifies: `uniqueId` for `networkListId`, `namespace` for `namespaceId`."""
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
    """The resource with missing required fields added, and unknown fields removed if the schema is closed."""
    required = example(schema, echo=echo, bounds=REQUIRED)
    properties = schema.get("properties", {})
    merged = {**(required if isinstance(required, dict) else {}), **resource}
    if schema.get("additionalProperties") is False:
        known = {*properties, *schema.get("required", ())}
        merged = {name: value for name, value in merged.items() if name in known}
    return {name: _completed(value, properties.get(name, {}), echo) for name, value in merged.items()}


def _completed(value: Any, schema: Schema, echo: Mapping[str, str]) -> Any:
    # A client often sends less than the response contains, at every level.
    if not isinstance(value, dict | list) or matches(value, schema):
        return value
    if isinstance(value, dict):
        completions = (complete(value, variant, echo) for variant in variants(schema))
        return next((completion for completion in completions if matches(completion, schema)), value)
    items = flatten(schema).get("items", {})
    return [_completed(item, items, echo) for item in value]


def is_open(schema: Schema) -> bool:
    """True for a schema that declares no fields."""
    return not any(node.fields for node in resource_nodes(schema))


def show(resource: Mapping[str, Any], schema: Schema, echo: Mapping[str, str]) -> Any:
    """A response of this schema with the resource in it, or a plain example if the resource does not fit anywhere."""
    node = find_resource(schema, resource.keys())
    if node is None:
        return example(schema, echo=echo)
    shown = complete(resource, node.schema, echo)
    return put_at(example(schema, echo=echo), node.path, [shown] if node.listed else shown)


def identify(answer: Any, schema: Schema, identity: Mapping[str, Any]) -> Any:
    """An example response whose resource has the requested identifier."""
    node = next((node for node in resource_nodes(schema) if identity.keys() <= node.fields.keys()), None)
    held = get_at(answer, node.path) if node is not None else None
    if node is None or not held:
        return answer
    return put_at(answer, node.path, [{**held[0], **identity}] if node.listed else {**held, **identity})


def put_at(answer: Any, path: Trail, value: Any) -> Any:
    """A copy of a response with this value at a path."""
    if not path:
        return value
    members = answer if isinstance(answer, dict) else {}
    return {**members, path[0]: put_at(members.get(path[0]), path[1:], value)}


def get_at(answer: Any, path: Trail) -> Any:
    """The value at a path, or None."""
    for name in path:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def count_again(answer: Any, total: int) -> Any:
    """The response with its totals, at the top or in its metadata, set to a number."""
    if not isinstance(answer, dict):
        return answer
    counted = {name: total if _is_total(name, value) else value for name, value in answer.items()}
    inner = {name: count_again(value, total) for name, value in counted.items() if name in {"metadata", "page", "paging"}}
    return {**counted, **inner}


def _is_total(name: str, value: Any) -> bool:
    return name in TOTALS and isinstance(value, int) and not isinstance(value, bool)
