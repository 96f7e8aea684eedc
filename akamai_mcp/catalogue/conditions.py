"""Whether the conditions of an effect fit the operation that a document describes.

A condition that does not fit could never fail, or never hold: the guide's check refuses it, and a call has the worst effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from akamai_mcp.catalogue.effects import Condition, Effect, Value
from akamai_mcp.openapi.model import Operation, Schema
from akamai_mcp.openapi.schema import merge_alternatives, type_of

_KINDS: Final[Mapping[type, frozenset[str]]] = {
    bool: frozenset({"boolean"}),
    int: frozenset({"integer", "number"}),
    str: frozenset({"string"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An argument as the document describes it."""

    schema: Schema
    required: bool


def find_misfits(effect: Effect, operation: Operation) -> Iterator[str]:
    """Why the conditions of an effect cannot be relied on for this operation; nothing where they can."""
    for condition in effect.conditions:
        fields = list(_fields(condition, operation))
        if not fields or None in fields:
            yield f"effect: the operation has no {condition.name}"
        for known in filter(None, fields):
            yield from (f"effect: {condition.name} {fault}" for fault in _field_faults(condition, known))


def _fields(condition: Condition, operation: Operation) -> Iterator[Field | None]:
    """The argument in each form of the body, or among the parameters; None where a form does not have it."""
    if condition.location == "body":
        for media in operation.request_body.content if operation.request_body else ():
            yield _member(media.schema, condition.steps)
        return
    for parameter in operation.parameters:
        if (parameter.location, parameter.name) == (condition.location, *condition.steps):
            yield Field(schema=merge_alternatives(parameter.schema), required=parameter.required)


def _member(schema: Schema, steps: tuple[str, ...]) -> Field | None:
    """The member at a path of names; a list of objects is looked through."""
    known = Field(schema=merge_alternatives(schema), required=True)
    for name in steps:
        node = _items(known.schema) or known.schema
        part = (node.get("properties") or {}).get(name)
        if not isinstance(part, Mapping):
            return None
        required = known.required and name in (node.get("required") or ())
        known = Field(schema=merge_alternatives(part), required=required)
    return known


def _items(schema: Schema) -> Schema | None:
    items = schema.get("items")
    return merge_alternatives(items) if isinstance(items, Mapping) else None


def _field_faults(condition: Condition, known: Field) -> Iterator[str]:
    items = _items(known.schema)
    if condition.values and condition.is_list != (items is not None):
        yield "is no list" if condition.is_list else "is a list; write [] behind it, and each member is looked at"
        return
    schema = items or known.schema
    yield from _value_faults(condition.values, schema)
    if condition.optional and known.required:
        yield "is required, and so is not optional"
    default = known.schema.get("default", schema.get("default"))
    if condition.optional and default is not None and not _is_among(default, condition.values):
        yield f"is {default!r} where it is absent, which is not among the harmless values"


def _value_faults(values: tuple[Value, ...], schema: Schema) -> Iterator[str]:
    allowed = schema.get("enum") or ([False, True] if schema.get("type") == "boolean" else [])
    for value in values:
        if allowed and not _is_among(value, allowed):
            yield f"cannot be {value!r}, only one of {allowed}"
        elif "type" in schema and type_of(schema) not in _KINDS[type(value)]:
            yield f"cannot be {value!r}, which is no {type_of(schema)}"
    if allowed and all(_is_among(value, values) for value in allowed):
        yield "is harmless with every value"


def _is_among(value: Any, known: Iterable[Any]) -> bool:
    return any(type(value) is type(one) and value == one for one in known)
