"""A selection ends: however it multiplies the answer, its steps, its time and its written size have limits."""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from processor_time import works_at_most

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.selection import LONGEST_REASON, select_part
from akamai_mcp.result.selection_limits import ADVICE, CHUNK_STEPS, BoundedInterpreter, Meter, SelectionPolicy

ROWS = {"i": [{"a": number, "b": "x", "c": [number]} for number in range(20_000)]}
DOUBLE = "[@,@]"


def piped(step: str, times: int, last: str = "@") -> str:
    return "|".join([step] * times + [last])


TOO_MUCH = {
    "a list doubled": (piped(DOUBLE, 26), ROWS),
    "a list doubled and written": (piped(DOUBLE, 26, "to_string(@)"), ROWS),
    "a list doubled less often and written": (piped(DOUBLE, 12, "to_string(@)"), ROWS),
    "an object doubled": (piped("{a: @, b: @}", 40), ROWS),
    "a list doubled and compared": (f"({piped(DOUBLE, 12)}) == ({piped(DOUBLE, 12)})", ROWS),
    "a list doubled and searched": (f"contains({piped(DOUBLE, 14).replace('|', ' | ')}, @)", ROWS),
    "large parts compared": (f"[{','.join(['i'] * 200)}] == [{','.join(['i[:]'] * 200)}]", ROWS),
    "a text joined with itself": (piped("join('',[@,@])", 30), "x" * 1000),
    "a text joined with long separators": ("join(@,['a','b','c','d','e','f'])", "x" * 1_000_000),
    "many lists of many": (f"i[].[{','.join(['a'] * 400)}]", ROWS),
    "many objects of many": (f"i[].{{{','.join(f'k{n}: a' for n in range(100))}}}", ROWS),
    "many alternatives for each": (f"i[?{' || '.join(['a==`-1`'] * 150)}]", ROWS),
    "many levels": (piped("[@]", 300), 1),
    "many texts": ("[i,i,i,i,i,i,i,i,i,i,i,i][].to_string(@)", {"i": ["x" * 3_000_000]}),
}  # fmt: skip


@pytest.mark.parametrize(("expression", "value"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_selection_that_multiplies_the_answer_is_refused_within_its_time(expression: str, value: Any) -> None:
    # A busy machine takes longer for each step.
    with works_at_most(SelectionPolicy().seconds * 4), pytest.raises(ArgumentError, match=r"^select (returns|takes) too"):
        select_part(expression, value)


@pytest.mark.parametrize("times", [26, 60, 200])
def test_doubling_is_refused_for_its_size_before_it_costs_steps_or_time(times: int) -> None:
    meter = Meter(SelectionPolicy(steps=CHUNK_STEPS), clock=lambda: 0.0)
    with pytest.raises(ArgumentError, match=r"^select returns too"):
        BoundedInterpreter(meter).visit(jmespath.compile(piped(DOUBLE, times, "to_string(@)")).parsed, ROWS)


def test_the_time_is_processor_time_and_ends_a_selection_of_few_steps() -> None:
    times = iter(range(100))
    meter = Meter(SelectionPolicy(seconds=3), clock=lambda: float(next(times)))
    with pytest.raises(ArgumentError, match="takes too long"):
        BoundedInterpreter(meter).visit(jmespath.compile("i[*].a").parsed, ROWS)


def within(expression: str, value: Any, **limits: int) -> Any:
    """What an expression makes of a value within these limits alone."""
    return BoundedInterpreter(Meter(SelectionPolicy(**limits), clock=lambda: 0.0)).visit(
        jmespath.compile(expression).parsed, value
    )


MAKING = {
    "a filter": "[?a]",
    "a list without its levels": "[].none",
    "a function": "map(&a, @)",
    "an object": f"{{{','.join(f'k{n}: [0]' for n in range(20))}}}",
    "a list": f"[{','.join(['[0]'] * 20)}]",
    "a part of each": "[*].a",
    "a slice": "[0:19].none",
    "the values of an object": "[0].*",
}


@pytest.mark.parametrize("expression", MAKING.values(), ids=MAKING)
def test_every_step_that_makes_values_counts_them(expression: str) -> None:
    rows = [{f"k{n}": n for n in range(20)} | {"a": 1} for _ in range(20)]
    within(expression, rows)
    with pytest.raises(ArgumentError, match="returns too much"):
        within(expression, rows, values=18)


@pytest.mark.parametrize("expression", ["to_string(@)", "contains(@, 'x')", "join('', @)", "join('12345678', @)", "descend(@)"])
def test_the_text_that_a_function_goes_through_is_counted_before_it_is_called(expression: str) -> None:
    texts = ["y" * 100] * 50
    within(expression, texts)
    with pytest.raises(ArgumentError, match="returns too much"):
        within(expression, texts, text_bytes=4900)


def test_a_search_in_one_text_makes_no_text() -> None:
    assert within("contains(@, 'yx')", "y" * 5000 + "x", text_bytes=1000)


@pytest.mark.parametrize("function", ["abs", "join", "sum", "keys", "starts_with"])
def test_a_wrong_argument_is_named_by_its_type_and_not_repeated(function: str) -> None:
    more = ", 'a'" if function == "starts_with" else ", 'a'" if function == "join" else ""
    with pytest.raises(ArgumentError) as refusal:
        select_part(f"{piped(DOUBLE, 8)} | {function}(@{more})", ROWS)
    assert len(refusal.value.message) < 200
    assert "{" not in refusal.value.message


EXPRESSIONS = [
    "@", "a", "a.b", "b[0]", "b[*].a", "b[?a == `1`].b", "b[]", "*.a", "[a, b]", "{x: a, y: b}", "b[::2]", "a == b", "a != `null`",
    "length(to_array(@))", "to_string(@)", "not_null(a, b)", "contains(to_array(b), a)", "a || b", "a && b", "!a", "type(@)",
    "map(&a, to_array(b))", "sort(keys(to_array(@)[0]))", "b | [0]", "`1` < a", "b[?contains(to_string(@), 'a')]",
    "reverse(to_array(@))", "merge(@, {a: `2`})", "values(@)", "max_by(b, &a)", "join(', ', keys(@))",
]  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "é"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=12
)


@given(value=VALUES, expression=st.sampled_from(EXPRESSIONS))
def test_a_selection_within_its_limits_is_what_jmespath_returns(value: Any, expression: str) -> None:
    try:
        wanted = jmespath.search(expression, value)
    except (jmespath.exceptions.JMESPathError, AttributeError, TypeError, ValueError):
        with pytest.raises(ArgumentError):
            select_part(expression, value)
        return
    assert select_part(expression, value) == wanted


@pytest.mark.parametrize("expression", ["i[].{a: a}", piped(DOUBLE, 26), "i[", "to_number(i)", "i[::0]"])
def test_nothing_of_a_selection_waits_for_the_garbage_collection(expression: str) -> None:
    gc.collect()
    gc.disable()
    try:
        with suppress(ArgumentError):
            select_part(expression, ROWS)
        assert [one for one in gc.get_objects() if isinstance(one, Meter | BoundedInterpreter)] == []
    finally:
        gc.enable()


@pytest.mark.parametrize("expression", ["items[", "a" * 5000, "[?a = `1`]"])
def test_what_is_no_expression_is_refused_with_examples_of_some(expression: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        select_part(expression, {})
    assert "items[0:5]" in refusal.value.advice


@pytest.mark.parametrize(
    ("expression", "value", "message"),
    [
        ("abs(a)", {"a": "x"}, "select cannot be applied: abs() takes number, not string"),
        ("a[::0]", {"a": [1]}, "select cannot be applied (ValueError)."),
        ("unknown(a)", {}, "select cannot be applied: Unknown function: unknown()"),
        ("merge(`1`, `2`)", {}, "select cannot be applied: merge() takes object, not number"),
        ("&a", {}, "select returns an expression reference, not a value."),
        ("[&a]", {}, "select returns an expression reference, not a value."),
        ("a", {"a": 2**64}, "select contains an integer of more than 64 bits."),
        ("@", {"a": [-(2**63) - 1]}, "select contains an integer of more than 64 bits."),
    ],
)
def test_a_selection_that_has_no_value_says_why_and_shows_some_that_have(expression: str, value: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        select_part(expression, value)
    assert (refusal.value.message, refusal.value.advice) == (message, ADVICE)


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\udbff!"])
def test_text_that_is_no_unicode_is_refused_wherever_it_is(text: str) -> None:
    for value in (text, [text], {"a": [{"b": text}]}, {text: 1}):
        with pytest.raises(ArgumentError) as refusal:
            select_part("@", value)
        assert refusal.value.message == "select contains text that is not valid Unicode."
        assert refusal.value.advice == "Remove the lone surrogates."


@pytest.mark.parametrize("value", ["é", "\ud7ff\ue000", "\U0001f600", 2**64 - 1, -(2**63), 1.5, True, None, [], {}])
def test_every_value_that_json_can_hold_may_be_selected(value: Any) -> None:
    assert select_part("@", [value]) == [value]


def test_a_long_reason_is_cut() -> None:
    for expression in (f"{'a' * 1000}(@)", "a" * 1000 + "["):
        with pytest.raises(ArgumentError) as refusal:
            select_part(expression, {})
        assert len(refusal.value.message) < LONGEST_REASON + 50
