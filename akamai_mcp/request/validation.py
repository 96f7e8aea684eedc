"""Report where arguments differ from the published schema.

The schemas are stricter than Akamai's API, so a mismatch is advice: it is shown beside a 4xx response, and only
strict mode refuses the call. openapi-schema-validator provides OpenAPI's JSON Schema dialects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from akamai_mcp.media_types import is_json
from akamai_mcp.openapi.model import Operation, Parameter, Schema
from akamai_mcp.request.arguments import ABSENT, Placed
from akamai_mcp.request.bodies import choose_media_type

MAX_MISMATCHES: Final = 10
MAX_LENGTH: Final = 200


def find_mismatches(operation: Operation, placed: Placed) -> tuple[str, ...]:
    """The differences between arguments and schema, at most MAX_MISMATCHES, each as `path: message`."""
    found: list[str] = []
    for mismatch in _mismatches(operation, placed):
        found.append(mismatch)
        if len(found) == MAX_MISMATCHES:
            break
    return tuple(found)


def _mismatches(operation: Operation, placed: Placed) -> Iterator[str]:
    for parameter in operation.parameters:
        yield from _parameter_mismatches(operation, parameter, placed)
    yield from (f"{name}: undeclared query parameter" for name in placed.extra_query)
    yield from _body_mismatches(operation, placed)


def _parameter_mismatches(operation: Operation, parameter: Parameter, placed: Placed) -> Iterator[str]:
    values: Mapping[str, Any] = getattr(placed, parameter.location)
    value = values.get(parameter.name)
    if value is None:
        if parameter.required and parameter.name.lower() not in placed.standard_headers:
            yield f"{parameter.name}: required but missing"
        return
    for message in schema_mismatches(parameter.schema, _typed(value, parameter.schema), operation.dialect):
        yield f"{parameter.name}{message}"


def _typed(value: Any, schema: Schema) -> Any:
    """A parameter's text converted to its schema's type, because both are serialized alike."""
    kinds = schema.get("type")
    if not isinstance(value, str) or not isinstance(kinds, str):
        return value
    if kinds == "boolean" and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    try:
        return {"integer": int, "number": float}.get(kinds, str)(value)
    except ValueError:
        return value


def _body_mismatches(operation: Operation, placed: Placed) -> Iterator[str]:
    declared = operation.request_body
    if placed.body is ABSENT:
        if declared and declared.required:
            yield "body: required but missing"
        return
    if declared is None:
        yield "body: the operation declares no body"
        return
    media = choose_media_type(declared, placed.content_type)
    if is_json(media.name) and not isinstance(placed.body, str):
        for message in schema_mismatches(media.schema, placed.body, operation.dialect):
            yield f"body{message}"


def schema_mismatches(schema: Schema, value: Any, dialect: str) -> Iterator[str]:
    """The mismatches as `.path: message`, each message at most MAX_LENGTH characters."""
    # Imported here because it is slow to load and only mismatches need it.
    from openapi_schema_validator import OAS30WriteValidator, OAS31Validator

    validator = (OAS31Validator if dialect == "3.1" else OAS30WriteValidator)(schema)
    for error in validator.iter_errors(value):
        location = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        message = error.message if len(error.message) <= MAX_LENGTH else error.message[: MAX_LENGTH - 1] + "…"
        yield f"{location}: {message}"
