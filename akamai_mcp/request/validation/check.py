"""Report where arguments differ from the published schema, as advice or strictly.

The schemas are stricter than Akamai's API, so a mismatch is advice: it is shown beside a 4xx response, and only
strict mode refuses the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from akamai_mcp.openapi.model import Operation, Schema
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.validation.advice import advised_mismatches, schema_mismatches

MAX_MISMATCHES: Final = 10
TOO_LONG: Final = "the arguments take too long to compare with the schema: send less in one call"


def find_mismatches(operation: Operation, placed: Placed, *, strict: bool = False) -> tuple[str, ...]:
    """The differences between arguments and schema, at most MAX_MISMATCHES, each as `path: message`."""
    compare = _comparison(strict=strict)  # before the time begins, because the first call imports it
    return _within_bounds(compare(operation, placed))


def value_mismatches(schema: Schema, value: object) -> tuple[str, ...]:
    """The differences between a value and a schema of OpenAPI 3.1, at most MAX_MISMATCHES, each as `path: message`."""
    return _within_bounds(fault.lstrip(".:").strip() for fault in schema_mismatches(schema, value, "3.1"))


def _within_bounds(mismatches: Iterator[str]) -> tuple[str, ...]:
    from akamai_mcp.request.validation.bounded import ComparisonTooLong, time_limit  # 100 ms: jsonschema and RE2

    found: list[str] = []
    try:
        with time_limit():
            found.extend(islice(mismatches, MAX_MISMATCHES))
    except ComparisonTooLong:
        found.append(TOO_LONG)
    return tuple(found)


def _comparison(*, strict: bool) -> Callable[[Operation, Placed], Iterator[str]]:
    if not strict:
        return advised_mismatches
    from akamai_mcp.request.validation.strict import strict_mismatches  # 300 ms: openapi-core, for those who want it

    return strict_mismatches
