"""Compare arguments with the schemas of their parameters and of the body, by OpenAPI's dialects of JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from akamai_mcp.media_types import is_json
from akamai_mcp.openapi.media_choice import media_type_of
from akamai_mcp.openapi.model import Operation, Parameter, Schema
from akamai_mcp.request.arguments import ABSENT, Placed
from akamai_mcp.request.validation.mismatches import describe_error, read_as_type, undeclared_mismatches, value_of


def advised_mismatches(operation: Operation, placed: Placed) -> Iterator[str]:
    """The differences between arguments and schemas, each as `path: message`."""
    for parameter in operation.parameters:
        yield from _parameter_mismatches(operation, parameter, placed)
    yield from undeclared_mismatches(operation, placed)
    yield from _body_mismatches(operation, placed)


def _parameter_mismatches(operation: Operation, parameter: Parameter, placed: Placed) -> Iterator[str]:
    value = value_of(parameter, placed)
    if value is None:
        if parameter.must_be_given:
            yield f"{parameter.name}: required but missing"
        return
    for message in schema_mismatches(parameter.schema, read_as_type(value, parameter.schema), operation.dialect):
        yield f"{parameter.name}{message}"


def _body_mismatches(operation: Operation, placed: Placed) -> Iterator[str]:
    declared = operation.request_body
    if placed.body is ABSENT:
        if declared and declared.required:
            yield "body: required but missing"
        return
    media = media_type_of(operation, placed)
    if is_json(media.name) and not isinstance(placed.body, str):
        for message in schema_mismatches(media.schema, placed.body, operation.dialect):
            yield f"body{message}"


def schema_mismatches(schema: Schema, value: Any, dialect: str) -> Iterator[str]:
    """The mismatches as `.path: message`, each message at most MAX_LENGTH characters."""
    # Imported here because it is slow to load and only mismatches need it.
    from akamai_mcp.request.validation.bounded import BoundedOAS30, BoundedOAS31

    validator = (BoundedOAS31 if dialect == "3.1" else BoundedOAS30)(schema)
    yield from map(describe_error, validator.iter_errors(value))
