"""What the operator declared for a customer takes the place of arguments that a call leaves out and has to have. Pure.

Only query parameters and members of a body that the document requires: an optional one would narrow what a call reads without
anybody having asked for it, and a path names what a call acts on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from akamai_mcp.media_types import is_json
from akamai_mcp.openapi.model import Operation
from akamai_mcp.request.arguments import BODY, argument_keys

Values = Mapping[str, Any]


def applicable(operation: Operation, defaults: Values) -> dict[str, Any]:
    """The defaults that an operation may use, by argument: `contractId`, `body.notifyEmails`."""
    return dict(_applicable(operation, defaults))


def _applicable(operation: Operation, defaults: Values) -> Iterator[tuple[str, Any]]:
    for key, parameter in argument_keys(operation).items():
        if parameter.location == "query" and parameter.must_be_given and parameter.name in defaults:
            yield key, defaults[parameter.name]
    for media in operation.request_body.content if operation.request_body else ():
        declared, required = media.schema.get("properties", {}), media.schema.get("required", ())
        if is_json(media.name):
            yield from ((f"{BODY}.{name}", value) for name, value in defaults.items() if name in declared and name in required)


def fill(operation: Operation, values: Values, defaults: Values) -> tuple[Values, dict[str, Any]]:
    """The arguments with the defaults for those that are absent, and which these are."""
    if not defaults:
        return values, {}
    absent = {key: value for key, value in applicable(operation, defaults).items() if _is_absent(key, values)}
    body = {key.removeprefix(f"{BODY}."): value for key, value in absent.items() if key.startswith(f"{BODY}.")}
    filled = {**values, **{key: value for key, value in absent.items() if not key.startswith(f"{BODY}.")}}
    return filled | ({BODY: {**values[BODY], **body}} if body else {}), absent


def _is_absent(key: str, values: Values) -> bool:
    """Whether a call leaves an argument out; a body that is absent as a whole, or is a text, is not made or opened."""
    place, _, name = key.partition(".")
    if not name:
        return values.get(key) is None
    body = values.get(place)
    return isinstance(body, Mapping) and body.get(name) is None
