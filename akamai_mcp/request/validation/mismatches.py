"""How a mismatch between arguments and schema is found and said, whoever judges the value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from akamai_mcp.openapi.model import Operation, Parameter, Schema
from akamai_mcp.request.arguments import ABSENT, Placed

MAX_LENGTH: Final = 200


def describe_error(error: Any) -> str:
    """A ValidationError of jsonschema as `.path: message`, the message at most MAX_LENGTH characters."""
    location = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return f"{location}: {shorten(error.message)}"


def shorten(message: str) -> str:
    """A message of at most MAX_LENGTH characters."""
    return message if len(message) <= MAX_LENGTH else message[: MAX_LENGTH - 1] + "…"


def value_of(parameter: Parameter, placed: Placed) -> Any:
    """The value that a call gives a parameter, which for a header may be one that every call takes; None without one."""
    values: Mapping[str, Any] = getattr(placed, parameter.location)
    value = values.get(parameter.name)
    return placed.standard_headers.get(parameter.name.lower()) if value is None and parameter.location == "header" else value


def read_as_type(value: Any, schema: Schema) -> Any:
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


def undeclared_mismatches(operation: Operation, placed: Placed) -> Iterator[str]:
    """What a call sends and the document does not declare."""
    yield from (f"{name}: undeclared query parameter" for name in placed.extra_query)
    if operation.request_body is None and placed.body is not ABSENT:
        yield "body: the operation declares no body"
