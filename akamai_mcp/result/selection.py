"""Select part of an answer with a JMESPath expression (grammar: jmespath.org), with limits on work and size."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from akamai_mcp.errors import ArgumentError

MAX_EXPRESSION: Final = 2_000
# Visits and returned items; bounds the time of a selection.
MAX_WORK: Final = 5_000_000
MAX_SIZE: Final = 64 * 1024 * 1024
# Bytes assumed per value, so that many tiny values count too.
NODE_SIZE: Final = 16
_ADVICE: Final = "Use a JMESPath expression: items[0:5], properties.items[].{id: propertyId, name: propertyName}."


@lru_cache(maxsize=256)
def compile_selection(expression: str) -> Any:
    """Compile an expression. Raises ArgumentError if it is not JMESPath."""
    import jmespath  # 25 ms, so only for calls with select

    if len(expression) > MAX_EXPRESSION:
        raise ArgumentError(f"select is longer than {MAX_EXPRESSION} characters.", advice=_ADVICE)
    try:
        return jmespath.compile(expression)
    except (jmespath.exceptions.JMESPathError, RecursionError) as error:
        raise ArgumentError(f"select is not JMESPath: {' '.join(str(error).split())[:200]}", advice=_ADVICE) from error


def select_part(expression: str, value: Any) -> Any:
    """The part of a value that the expression selects, None if it selects nothing. Raises ArgumentError."""
    import jmespath

    compiled = compile_selection(expression)
    try:
        part = _interpreter().visit(compiled.parsed, value)
    except jmespath.exceptions.JMESPathError as error:
        raise ArgumentError(f"select cannot be applied: {' '.join(str(error).split())[:200]}", advice=_ADVICE) from error
    except (AttributeError, TypeError, ValueError, OverflowError, RecursionError) as error:
        # jmespath does not catch these itself: a slice step of 0, merge of values that are not objects, deep nesting.
        raise ArgumentError(f"select cannot be applied ({type(error).__name__}).", advice=_ADVICE) from error
    _check_part(part)
    return part


def _interpreter() -> Any:
    """Jmespath's interpreter with a limit on its work: nesting `[@, @]` a few dozen times doubles a list without end."""
    from jmespath.visitor import TreeInterpreter

    class Bounded(TreeInterpreter):
        work = 0

        def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
            result = super().visit(node, *args, **kwargs)
            self.work += 1 + (len(result) if isinstance(result, (str, list, dict)) else 0)
            if self.work > MAX_WORK:
                raise _too_large()
            return result

    return Bounded()


def _check_part(part: Any) -> None:
    """Refuse a part that is larger than MAX_SIZE as JSON text, or is not JSON. Raises ArgumentError."""
    size = 0
    waiting = [part]
    while waiting:
        node = waiting.pop()
        size += NODE_SIZE
        if isinstance(node, dict):
            waiting += [*node.keys(), *node.values()]
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str):
            size += len(node)
            if not node.isascii() and _is_broken(node):
                raise ArgumentError("select contains text that is not valid Unicode.", advice="Remove the lone surrogates.")
        # The range that orjson can write.
        elif isinstance(node, int) and not -(2**63) <= node < 2**64:
            raise ArgumentError("select contains an integer of more than 64 bits.", advice=_ADVICE)
        elif not (node is None or isinstance(node, (int, float))):
            raise ArgumentError("select returns an expression reference, not a value.", advice=_ADVICE)
        if size > MAX_SIZE:
            raise _too_large()


def _is_broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _too_large() -> ArgumentError:
    return ArgumentError("select returns too much.", advice=f"Select a smaller part, and no part twice. {_ADVICE}")
