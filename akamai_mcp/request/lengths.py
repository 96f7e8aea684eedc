"""Limits on a call's arguments, checked before anything else is done with them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import orjson

from akamai_mcp.errors import ArgumentError

MAX_ARGUMENT_BYTES: Final = 4 * 1024 * 1024  # arguments are parsed in the event loop, where more would delay other calls
MAX_VALUES: Final = 150_000  # at most a tenth of a second of work; the longest list that Akamai takes has 50,000 items
MAX_LEVELS: Final = (
    180  # the JSON readers between a client and this server end at about 200, the message around the arguments included
)


def check_lengths(arguments: Mapping[str, Any]) -> None:
    """Check that arguments are JSON of at most 150,000 values, 180 levels and 4 MiB. Raises ArgumentError.

    Containers are counted before they are entered, so a refusal takes milliseconds whatever the arguments hold.
    """
    level: list[Any] = [arguments]
    values = size = 0
    for _ in range(MAX_LEVELS):
        values += sum(map(len, level))
        if values > MAX_VALUES:
            raise _refused(f"more than {MAX_VALUES} values", "Send fewer items in one call.")
        inner: list[Any] = []
        for container in level:
            parts = container if isinstance(container, list) else [*container, *container.values()]
            size += sum(len(part) for part in parts if isinstance(part, str))
            inner += [part for part in parts if isinstance(part, (dict, list))]
        if size > MAX_ARGUMENT_BYTES:
            raise _too_large()
        if not inner:
            return _check_json(arguments)
        level = inner
    raise _refused(f"more than {MAX_LEVELS} levels of nesting", "Nest less deeply.")


def _check_json(arguments: Mapping[str, Any]) -> None:
    try:
        written = orjson.dumps(arguments)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"The arguments are not valid JSON ({error}).", advice="Use valid Unicode and integers of at most 64 bits."
        ) from error
    if len(written) > MAX_ARGUMENT_BYTES:
        raise _too_large()
    # JSON has no infinity: a number such as 1e999 is read as one, and would be written as null.
    if b"null" in written and _has_infinity(arguments):
        raise _refused("a number beyond the range of 64-bit floating point", "Send a smaller number, or text.")


def _has_infinity(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_infinity, value.values()))
    if isinstance(value, list):
        return any(map(_has_infinity, value))
    return isinstance(value, float) and not math.isfinite(value)


def _too_large() -> ArgumentError:
    return _refused(
        f"more than {MAX_ARGUMENT_BYTES} bytes",
        'Send less at once, or pass text or binary content as {"file": "name below AKAMAI_MCP_FILES_DIR"}.',
    )


def _refused(what: str, advice: str) -> ArgumentError:
    return ArgumentError(f"The arguments have {what}.", advice=advice)
