"""Arguments of a call as `name=value`: text, or JSON where the operation's schema says that the value is something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.media_choice import media_type_of
from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.schema import step_into
from akamai_mcp.request.arguments import BODY, argument_keys

RAW: Final = ":"
FORM: Final = "Write --arg name=value, --arg body.member=value, or --arg name:=JSON."


def read_pairs(pairs: Iterable[str], operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call with those of the pairs; a list takes a value from each pair of its name. Raises ArgumentError."""
    arguments: dict[str, Any] = dict(given)
    keys = argument_keys(operation)
    for pair in pairs:
        written, sign, text = pair.partition("=")
        name = written.removesuffix(RAW)
        if not sign or not name:
            raise ArgumentError(f"--arg {pair[:80]!r} has no name and value.", advice=FORM)
        is_member = name not in keys and name.startswith(f"{BODY}.")
        path = name.split(".") if is_member else [name]
        schema = keys[name].schema if name in keys else _body_schema(operation, name)
        _put(arguments, path, _parse(written, text) if written.endswith(RAW) else read_value(text, schema))
    return arguments


def read_value(text: str, schema: Any) -> Any:
    """A value as its schema has it: a text stays as it is, and so does what is no JSON."""
    kinds = set(kinds_of(schema))
    if not kinds or "string" in kinds:
        return text
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = text
    if "array" in kinds and not isinstance(value, list):
        return [read_value(text, schema.get("items"))]
    return value


def kinds_of(schema: Any) -> Iterator[str]:
    """The types that a schema names, in its alternatives too."""
    if not isinstance(schema, Mapping):
        return
    kind = schema.get("type", ())
    yield from [kind] if isinstance(kind, str) else kind
    for word in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(word, ()):
            yield from kinds_of(part)


def _body_schema(operation: Operation, name: str) -> Any:
    if operation.request_body is None:
        return None
    schema = media_type_of(operation).schema
    if name == BODY:
        return {"type": "object"} if "string" not in set(kinds_of(schema)) else schema
    return step_into(schema, name.removeprefix(f"{BODY}."))


def _parse(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ArgumentError(f"--arg {name}= is not followed by JSON ({error}).", advice="Quote it for the shell.") from error


def _put(arguments: dict[str, Any], path: list[str], value: Any) -> None:
    *outer, last = path
    place = arguments
    for name in outer:
        inner = place.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ArgumentError(f"{name} in --arg {'.'.join(path)} has a value already.", advice="Write it whole: --json.")
        place = inner
    present = place.get(last)
    place[last] = [*present, *value] if isinstance(present, list) and isinstance(value, list) else value
