"""Take a part of an answer with a JMESPath expression (jmespath.org's grammar)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from akamai_mcp.errors import ArgumentError

MAX_EXPRESSION: Final = 2_000
_ADVICE: Final = "A JMESPath expression: items[0:5], properties.items[].{id: propertyId, name: propertyName}."


@lru_cache(maxsize=256)
def compile_selection(expression: str) -> Any:
    """The compiled expression. Raises ArgumentError where it is not JMESPath."""
    import jmespath  # 25 ms: only calls that select pay for it

    if len(expression) > MAX_EXPRESSION:
        raise ArgumentError(f"select is longer than {MAX_EXPRESSION} characters.", advice=_ADVICE)
    try:
        return jmespath.compile(expression)
    except (jmespath.exceptions.JMESPathError, RecursionError) as error:
        raise ArgumentError(f"select is not JMESPath: {' '.join(str(error).split())[:200]}", advice=_ADVICE) from error


def select_part(expression: str, value: Any) -> Any:
    """The part of a value that the expression names, null where it names nothing. Raises ArgumentError."""
    import jmespath

    try:
        return compile_selection(expression).search(value)
    except jmespath.exceptions.JMESPathError as error:
        raise ArgumentError(f"select cannot be applied: {' '.join(str(error).split())[:200]}", advice=_ADVICE) from error
