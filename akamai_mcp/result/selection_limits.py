"""Limits on the evaluation of a JMESPath expression: steps, processor time, memory, and the written size of results.

An intermediate result may contain the same part many times. It is small in memory and exponentially large when it is
written or compared, so its size counts every part as often as it appears: `[@,@]` piped 26 times is refused at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from jmespath.functions import Functions, signature
from jmespath.visitor import Options, TreeInterpreter

from akamai_mcp.errors import ArgumentError

ADVICE: Final = (
    "Use JMESPath, from inside body: items[0:5], properties.items[].{id: propertyId, name: propertyName}, "
    "or at any depth descend(@)[?name=='caching']."
)
NODE_BYTES: Final = 16  # assumed for a value as JSON, so that many tiny values count too
MAX_LEVELS: Final = 128
CHUNK_STEPS: Final = 2048  # the clock is read once in as many steps
# Estimates of CPython's memory for what an expression makes.
_LIST_BYTES: Final = 64
_ITEM_BYTES: Final = 8
_MEMBER_BYTES: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionPolicy:
    """Limits of one selection: steps, seconds of processor time, bytes in memory and as JSON, values of one result."""

    steps: int = 5_000_000
    seconds: float = 3.0
    memory_bytes: int = 64 * 1024 * 1024
    result_bytes: int = 32 * 1024 * 1024
    text_bytes: int = 4 * 1024 * 1024
    values: int = 2_000_000


class Meter:
    """Counts the work of one selection, and ends it with ArgumentError at its limits."""

    def __init__(self, policy: SelectionPolicy, clock: Callable[[], float] = time.thread_time) -> None:
        self._policy = policy
        self._clock = clock
        self._deadline = clock() + policy.seconds
        self._steps = self._until_clock = 0
        self._memory = 0
        # The values in each result by its id. The results are kept, because an id is reused once its object is gone.
        self._values: dict[int, int] = {}
        self._kept: list[Any] = []

    def spend(self, steps: int = 1) -> None:
        """Count steps of work. Raises ArgumentError."""
        self._steps += steps
        if self._steps < self._until_clock:
            return
        self._until_clock = self._steps + CHUNK_STEPS
        if self._steps > self._policy.steps or self._clock() > self._deadline:
            raise too_large("takes too long")

    def made(self, result: Any) -> None:
        """Count a result that the expression made. Raises ArgumentError."""
        if isinstance(result, str):
            self._remember(len(result))
        elif isinstance(result, list | dict) and id(result) not in self._values:
            self.spend(len(result))
            parts = result if isinstance(result, list) else result.values()
            values = 1 + sum(self._values.get(id(part), 1) for part in parts)
            if values > self._policy.values:
                raise too_large()
            self._values[id(result)] = values
            self._kept.append(result)
            self._remember(_LIST_BYTES + len(result) * (_ITEM_BYTES if isinstance(result, list) else _MEMBER_BYTES))

    def before_function(self, name: str, arguments: list[Any]) -> None:
        """Count the work of a JMESPath function before it is called. Raises ArgumentError."""
        for argument in arguments:
            if isinstance(argument, str | list | dict):
                self.spend(len(argument) // NODE_BYTES if isinstance(argument, str) else len(argument))
        if name == "to_string":
            self._exhaust(arguments)
        elif name == "contains":
            self._exhaust(argument for argument in arguments if not isinstance(argument, str))
        elif name == "join":
            self._check_joined(arguments)

    def before_comparison(self, left: Any, right: Any) -> None:
        """Count the work of an equality test of two containers. Raises ArgumentError."""
        if isinstance(left, list | dict) and type(left) is type(right) and len(left) == len(right):
            self._exhaust((left, right))

    def parts(self, value: Any, most: int) -> Iterator[Any]:
        """Yield every part of a value as often as it is written. Raises ArgumentError beyond `most` bytes or MAX_LEVELS."""
        level, size = [value], 0
        for _ in range(MAX_LEVELS + 1):
            inner: list[Any] = []
            for part in level:
                size += NODE_BYTES + (len(part) if isinstance(part, str) else 0)
                if size + NODE_BYTES * len(inner) > most:
                    raise too_large()
                self.spend()
                yield part
                if isinstance(part, list):
                    inner += part
                elif isinstance(part, dict):
                    inner += [*part, *part.values()]
            level = inner
            if not level:
                return
        raise too_large("returns too many levels")

    def objects(self, value: Any) -> list[Any]:
        """Every object within a value, at any depth. Raises ArgumentError."""
        return [part for part in self.parts(value, self._policy.text_bytes) if isinstance(part, dict)]

    def _exhaust(self, values: Any) -> None:
        for value in values:
            for _ in self.parts(value, self._policy.text_bytes):
                pass

    def _check_joined(self, arguments: list[Any]) -> None:
        texts = [text for argument in arguments if isinstance(argument, list) for text in argument if isinstance(text, str)]
        between = sum(len(argument) for argument in arguments if isinstance(argument, str)) * len(texts)
        if sum(map(len, texts)) + between > self._policy.text_bytes:
            raise too_large()

    def _remember(self, size: int) -> None:
        self._memory += size
        if self._memory > self._policy.memory_bytes:
            raise too_large()


class _CountedFunctions(Functions):
    """JMESPath's functions; the work of each call is counted before it is done."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def call_function(self, function_name: str, resolved_args: Iterable[Any]) -> Any:
        arguments = list(resolved_args)
        self._meter.before_function(function_name, arguments)
        return super().call_function(function_name, arguments)

    @signature({"types": []})
    def _func_descend(self, value: Any) -> list[Any]:
        """Every object within a value, the outer ones first: JMESPath itself cannot look at any depth."""
        return self._meter.objects(value)


class BoundedInterpreter(TreeInterpreter):
    """Evaluates a parsed expression as jmespath does, and counts its work."""

    def __init__(self, meter: Meter) -> None:
        super().__init__(Options(custom_functions=_CountedFunctions(meter)))
        self._meter = meter

    def end(self) -> None:
        """Let go of all results, which would stay until the next garbage collection: the interpreter refers to itself."""
        self._method_cache.clear()  # type: ignore[attr-defined] # jmespath's own

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        """Evaluate a node of the expression."""
        self._meter.spend()
        result = super().visit(node, *args, **kwargs)
        if node["type"] in _MAKERS:
            self._meter.made(result)
        return result

    def visit_comparator(self, node: Any, value: Any) -> Any:
        """Evaluate both sides of a comparison, and compare them if the work fits."""
        left, right = (self.visit(child, value) for child in node["children"])
        self._meter.before_comparison(left, right)
        # The sides are evaluated; as literals, jmespath compares them by its own rules.
        sides: list[Any] = [{"type": "literal", "value": side} for side in (left, right)]
        compared: Any = {**node, "children": sides}
        return super().visit_comparator(compared, value)


# The nodes whose results are new values; the others return a part of the answer or of another result.
_MAKERS: Final = frozenset({
    "filter_projection", "flatten", "function_expression", "multi_select_dict", "multi_select_list", "projection", "slice",
    "value_projection",
})  # fmt: skip


def too_large(what: str = "returns too much") -> ArgumentError:
    """The refusal of a selection that exceeds a limit."""
    return ArgumentError(f"select {what}.", advice=f"Select a smaller part, and no part twice. {ADVICE}")
