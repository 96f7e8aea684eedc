"""Select part of an answer with a JMESPath expression (grammar: jmespath.org), with limits on work and size."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.json_text import WRITABLE

MAX_EXPRESSION: Final = 2_000
LONGEST_REASON: Final = 200  # characters of what jmespath says


@lru_cache(maxsize=256)
def compile_selection(expression: str) -> Any:
    """Compile an expression. Raises ArgumentError if it is not JMESPath."""
    import jmespath  # 25 ms, so only for calls with select

    from akamai_mcp.result.selection_limits import ADVICE

    if len(expression) > MAX_EXPRESSION:
        raise ArgumentError(f"select is longer than {MAX_EXPRESSION} characters.", advice=ADVICE)
    try:
        return jmespath.compile(expression)
    except (jmespath.exceptions.JMESPathError, RecursionError) as error:
        raise ArgumentError(f"select is not JMESPath: {' '.join(str(error).split())[:LONGEST_REASON]}", advice=ADVICE) from error


def select_part(expression: str, value: Any) -> Any:
    """The part of a value that the expression selects, None if it selects nothing. Raises ArgumentError."""
    import jmespath  # 9 ms: only `select` needs it

    from akamai_mcp.result.selection_limits import ADVICE, BoundedInterpreter, Meter, SelectionPolicy

    policy = SelectionPolicy()
    meter = Meter(policy)
    compiled, interpreter = compile_selection(expression), BoundedInterpreter(meter)
    try:
        part = interpreter.visit(compiled.parsed, value)
    except jmespath.exceptions.JMESPathError as error:
        raise ArgumentError(f"select cannot be applied: {_reason(error)}", advice=ADVICE) from error
    except (AttributeError, TypeError, ValueError, OverflowError, RecursionError) as error:
        # jmespath does not catch these itself: a slice step of 0, merge of values that are not objects, deep nesting.
        raise ArgumentError(f"select cannot be applied ({type(error).__name__}).", advice=ADVICE) from error
    finally:
        interpreter.end()
    for node in meter.parts(part, policy.result_bytes):
        _check_value(node, ADVICE)
    return part


def _reason(error: Exception) -> str:
    """What is wrong; jmespath's own text of a type error contains the whole value."""
    import jmespath  # 9 ms: only `select` needs it

    if isinstance(error, jmespath.exceptions.JMESPathTypeError):
        expected = ", ".join(map(str, error.expected_types))
        return f"{error.function_name}() takes {expected}, not {error.actual_type}"
    return " ".join(str(error).split())[:LONGEST_REASON]


def _check_value(node: Any, advice: str) -> None:
    """Refuse a value that is not JSON. Raises ArgumentError."""
    if isinstance(node, str):
        if not node.isascii() and _is_broken(node):
            raise ArgumentError("select contains text that is not valid Unicode.", advice="Remove the lone surrogates.")
    elif isinstance(node, int) and node not in WRITABLE:
        raise ArgumentError("select contains an integer of more than 64 bits.", advice=advice)
    elif not (node is None or isinstance(node, (int, float, list, dict))):
        raise ArgumentError("select returns an expression reference, not a value.", advice=advice)


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
