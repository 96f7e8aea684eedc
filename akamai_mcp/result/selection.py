"""Take a part of an answer with a JMESPath expression (jmespath.org's grammar), within bounds of work and of size."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from akamai_mcp.errors import ArgumentError

MAX_EXPRESSION: Final = 2_000
MAX_WORK: Final = 5_000_000
MAX_SIZE: Final = 64 * 1024 * 1024
NODE_SIZE: Final = 16
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

    compiled = compile_selection(expression)
    try:
        part = _interpreter().visit(compiled.parsed, value)
    except jmespath.exceptions.JMESPathError as error:
        raise ArgumentError(f"select cannot be applied: {' '.join(str(error).split())[:200]}", advice=_ADVICE) from error
    except (AttributeError, TypeError, ValueError, OverflowError, RecursionError) as error:
        # What jmespath lets through: a step of 0, merge of something else than objects, a value nested too deeply.
        raise ArgumentError(f"select cannot be applied ({type(error).__name__}).", advice=_ADVICE) from error
    _check_part(part)
    return part


def _interpreter() -> Any:
    """The interpreter of jmespath with a bound on its work: `[@, @]` a few dozen times over doubles a list for ever."""
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
    """Refuse a part that is larger than any answer, counted as it would be written, and what is no JSON."""
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
                raise ArgumentError("select holds text that is not valid Unicode.", advice="Remove the broken characters.")
        elif isinstance(node, int) and not -(2**63) <= node < 2**64:
            raise ArgumentError("select holds an integer of more than 64 bits.", advice=_ADVICE)
        elif not (node is None or isinstance(node, (int, float))):
            raise ArgumentError("select gives an expression, not a value.", advice=_ADVICE)
        if size > MAX_SIZE:
            raise _too_large()


def _is_broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _too_large() -> ArgumentError:
    return ArgumentError("select makes more of the answer than can be given.", advice=f"Select less, and once. {_ADVICE}")
