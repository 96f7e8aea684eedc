"""The meter of a selection counts each step and byte once, and ends it just beyond a limit."""

from __future__ import annotations

from functools import reduce
from typing import Any

import jmespath
import pytest

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.selection_limits import ADVICE, CHUNK_STEPS, MAX_LEVELS, BoundedInterpreter, Meter, SelectionPolicy

SMALLER = f"Select a smaller part, and no part twice. {ADVICE}"


def meter(clock: Any = lambda: 0.0, **limits: Any) -> Meter:
    return Meter(SelectionPolicy(**limits), clock=clock)


def refused(what: str, work: Any) -> bool:
    """Whether the work is refused, in these words."""
    try:
        work()
    except ArgumentError as error:
        assert (error.message, error.advice) == (f"select {what}.", SMALLER)
        return True
    return False


@pytest.mark.parametrize("most", [CHUNK_STEPS, CHUNK_STEPS + 1])
def test_steps_are_compared_with_their_limit_once_in_as_many_as_the_clock_is_read(most: int) -> None:
    counted = meter(steps=most)
    taken = next((n for n in range(1, 3 * CHUNK_STEPS) if refused("takes too long", counted.spend)), None)
    # Read at the first step, and then each time that many are over.
    assert taken == (CHUNK_STEPS + 1 if most == CHUNK_STEPS else 2 * CHUNK_STEPS + 1)


def test_the_clock_is_read_once_in_many_steps() -> None:
    readings: list[float] = []
    counted = meter(clock=lambda: readings.append(0.0) or 0.0)
    for _ in range(5 * CHUNK_STEPS):
        counted.spend()
    assert len(readings) == 1 + 5  # one to begin with


@pytest.mark.parametrize(("now", "over"), [(13.0, False), (13.1, True)])
def test_time_is_over_after_its_limit(now: float, over: bool) -> None:
    times = iter([10.0, now])
    assert refused("takes too long", meter(clock=lambda: next(times), seconds=3.0).spend) is over


MANY = 5000


@pytest.mark.parametrize(
    ("steps", "argument"),
    [
        (MANY, [0] * MANY),
        (MANY, {str(n): 0 for n in range(MANY)}),
        (MANY // 16, "x" * MANY),
        (0, 5),
        (0, None),
    ],
)
def test_a_function_takes_a_step_for_each_value_and_each_sixteen_characters(steps: int, argument: Any) -> None:
    meter(steps=steps).before_function("length", [argument])
    assert refused("takes too long", lambda: meter(steps=steps - 1).before_function("length", [argument])) is (steps > 0)


@pytest.mark.parametrize("made", [[0] * MANY, {str(n): 0 for n in range(MANY)}])
def test_a_result_takes_a_step_for_each_value_and_counts_them_once(made: Any) -> None:
    counted = meter(steps=MANY, values=MANY + 1)
    counted.made(made)
    counted.made(made)
    assert refused("takes too long", lambda: meter(steps=MANY - 1).made(made))
    assert refused("returns too much", lambda: meter(values=MANY).made(made))


def test_results_are_counted_though_nothing_else_refers_to_them_any_more() -> None:
    counted = meter(memory_bytes=100 * (64 + 8) - 1)
    assert [refused("returns too much", lambda: counted.made([0])) for _ in range(100)] == [False] * 99 + [True]


@pytest.mark.parametrize(
    ("value", "size"),
    [(1, 16), ("abc", 19), ([], 16), (["ab", 1], 50), ({"a": 1}, 49), ({"a": {"b": []}}, 82), ([[1, 2], [3]], 96)],
)
def test_a_value_is_written_with_sixteen_bytes_for_each_part_and_its_texts(value: Any, size: int) -> None:
    counted = meter()
    list(counted.parts(value, size))
    assert refused("returns too much", lambda: list(counted.parts(value, size - 1)))


def test_the_parts_of_a_value_are_its_members_with_their_names_level_by_level() -> None:
    value = {"a": [1, {"b": 2}], "c": "x"}
    assert list(meter().parts(value, 1000)) == [value, "a", "c", [1, {"b": 2}], "x", 1, {"b": 2}, "b", 2]


def test_each_part_is_a_step() -> None:
    value = [0] * (2 * CHUNK_STEPS)
    assert refused("takes too long", lambda: list(meter(steps=CHUNK_STEPS).parts(value, 10**6)))
    list(meter(steps=len(value) + 1).parts(value, 10**6))


@pytest.mark.parametrize(("levels", "too_many"), [(MAX_LEVELS, False), (MAX_LEVELS + 1, True)])
def test_a_value_has_so_many_levels_and_no_more(levels: int, too_many: bool) -> None:
    value: Any = reduce(lambda inner, _: [inner], range(levels), 1)
    assert refused("returns too many levels", lambda: list(meter().parts(value, 10**6))) is too_many


TEXTS = ["x" * 50] * 4


@pytest.mark.parametrize(
    ("left", "right", "counts"),
    [
        (TEXTS, [*TEXTS], True),
        ({"a": TEXTS}, {"b": TEXTS}, True),
        (TEXTS, [*TEXTS, ""], False),
        (TEXTS, dict.fromkeys("abcd"), False),
        ("x" * 200, "x" * 200, False),
        (1, 1, False),
    ],
)
def test_only_a_comparison_that_looks_into_both_sides_is_counted(left: Any, right: Any, counts: bool) -> None:
    compare = lambda: meter(text_bytes=200).before_comparison(left, right)  # noqa: E731
    assert refused("returns too much", compare) is counts


def evaluated(expression: str, value: Any, **limits: Any) -> Any:
    return BoundedInterpreter(meter(**limits)).visit(jmespath.compile(expression).parsed, value)


@pytest.mark.parametrize("operator", ["==", "!="])
def test_a_comparison_of_an_expression_is_counted_before_it_is_made(operator: str) -> None:
    value = {"a": TEXTS, "b": [*TEXTS]}
    assert evaluated(f"a {operator} b", value) is (operator == "==")
    assert refused("returns too much", lambda: evaluated(f"a {operator} b", value, text_bytes=200))


def test_each_side_of_a_comparison_is_evaluated_once() -> None:
    nested = reduce(lambda inner, _: f"({inner}) == `true`", range(30), "a == a")
    assert evaluated(nested, {"a": 1}, steps=10_000) is True


@pytest.mark.parametrize(("text_bytes", "too_much"), [(50 * 4 + 4 * 3, False), (50 * 4 + 4 * 3 - 1, True)])
def test_joined_texts_count_with_what_is_between_them(text_bytes: int, too_much: bool) -> None:
    join = lambda: meter(text_bytes=text_bytes).before_function("join", ["abc", TEXTS])  # noqa: E731
    assert refused("returns too much", join) is too_much
