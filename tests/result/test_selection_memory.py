"""What an expression makes counts by the memory that it takes, all of it together, to the last byte."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.selection_limits import BoundedInterpreter, Meter, SelectionPolicy

PAIR = {"a": 1, "b": 2}


def within(memory: int, expression: str, value: Any) -> Any:
    meter = Meter(SelectionPolicy(memory_bytes=memory), clock=lambda: 0.0)
    return BoundedInterpreter(meter).visit(jmespath.compile(expression).parsed, value)


@pytest.mark.parametrize(
    ("expression", "value", "memory"),
    [
        ("[a,b]", PAIR, 64 + 2 * 8),
        ("{x: a, y: b}", PAIR, 64 + 2 * 48),
        ("[[a,b],[a,b]]", PAIR, 3 * (64 + 2 * 8)),
        ("join('', @)", ["x" * 10] * 10, 100),
        ("a", PAIR, 0),
    ],
)
def test_what_is_made_is_within_the_memory_that_it_takes_and_refused_in_less(expression: str, value: Any, memory: int) -> None:
    assert within(memory, expression, value) == jmespath.search(expression, value)
    if memory:
        with pytest.raises(ArgumentError, match="returns too much"):
            within(memory - 1, expression, value)
