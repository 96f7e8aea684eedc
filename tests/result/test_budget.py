"""Large answers are cut by structure and say what was cut."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.budget import SHORTEST_STRING, fit, json_size, name_cuts
from akamai_mcp.result.selection import select_part

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=8), inner, max_size=8),
    max_leaves=200,
)


def test_an_answer_within_its_budget_is_unchanged() -> None:
    fitted = fit({"items": [1, 2, 3]}, 1000)
    assert (fitted.value, fitted.cuts) == ({"items": [1, 2, 3]}, ())


def test_a_long_array_is_cut_before_anything_else() -> None:
    value = {"name": "x" * 500, "items": [{"id": n} for n in range(1000)]}
    fitted = fit(value, 2000)
    assert fitted.value["name"] == "x" * 500
    assert fitted.value["items"] == value["items"][: len(fitted.value["items"])]
    assert [c.as_json() for c in fitted.cuts] == [
        {"path": "items", "kept": len(fitted.value["items"]), "of": 1000, "unit": "items"}
    ]


def test_long_strings_are_cut_when_arrays_are_not_enough() -> None:
    fitted = fit({"text": "y" * 10_000}, 1000)
    assert fitted.value["text"].endswith("…")
    assert (fitted.cuts[0].of, fitted.cuts[0].unit) == (10_000, "characters")


def test_wide_objects_are_cut_last() -> None:
    fitted = fit({str(n): n for n in range(5000)}, 1000)
    assert 0 < len(fitted.value) < 5000
    assert fitted.cuts[0].unit == "members"


@pytest.mark.parametrize(
    ("value", "cut"),
    [([1] * 20, [1] * 4), ({"a": [1] * 20}, {"a": [1] * 3}), (["abcd"] * 20, ["abcd"] * 2)],
)
def test_a_cut_that_takes_its_budget_to_the_last_byte_is_within_it(value: object, cut: object) -> None:
    assert fit(value, json_size(cut)).value == cut


def test_a_text_as_long_as_those_that_are_cut_become_stays_as_it_is() -> None:
    short, long = "x" * SHORTEST_STRING, "y" * 1_000
    assert fit({"a": short, "b": long}, 150).value == {"a": short, "b": f"{long[:SHORTEST_STRING]}…"}


def test_one_item_that_fits_is_kept_whole() -> None:
    assert fit(["y" * 600] * 5, 1000).value == ["y" * 600]


@given(size=st.integers(1, 300), budget=st.integers(1_000, 40_000))
def test_at_least_two_thirds_of_the_items_that_would_fit_are_kept(size: int, budget: int) -> None:
    item = "x" * size
    kept = len(fit([item] * budget, budget).value)
    assert kept >= budget // (size + len('"",')) * 2 // 3


@given(budget=st.integers(400, 40_000), more=st.integers(1, 100_000))
def test_at_least_a_third_of_the_characters_that_would_fit_are_kept(budget: int, more: int) -> None:
    kept = len(fit({"text": "y" * (budget + more)}, budget).value["text"])
    assert kept >= budget // 3


@given(size=st.integers(1, 60), budget=st.integers(1_000, 40_000))
def test_at_least_a_third_of_the_members_that_would_fit_are_kept(size: int, budget: int) -> None:
    value = {f"{number:0{size + 4}}": 0 for number in range(budget // 4)}
    assert len(fit(value, budget).value) >= budget // (size + 4 + len('"":0,')) // 3


def test_texts_are_cut_to_the_shortest_length_before_members_are_left_out() -> None:
    value = {name: name * SHORTEST_STRING * 2 for name in "abcdefgh"}
    fitted = fit(value, 8 * (SHORTEST_STRING + 20))
    assert list(fitted.value) == list(value)
    assert {cut.kept for cut in fitted.cuts} == {SHORTEST_STRING}


@given(value=JSON, budget=st.integers(20, 2000))
def test_the_cut_value_is_json_within_the_budget_and_every_cut_is_listed(value: object, budget: int) -> None:
    fitted = fit(value, budget)
    assert json_size(fitted.value) <= budget
    assert orjson.loads(orjson.dumps(fitted.value)) == fitted.value
    assert (fitted.value == value) or fitted.cuts


def test_many_cuts_are_named_by_the_largest_and_counted() -> None:
    value = [{"rows": list(range(50 + n))} for n in range(200)]
    named = name_cuts(fit(value, 20_000).cuts)
    assert len(named) <= 21


def test_a_selection_takes_a_part_and_says_what_is_wrong_with_itself() -> None:
    value = {"items": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}
    assert select_part("items[?id > `1`].name", value) == ["b"]
    assert select_part("nothing.here", value) is None
    for wrong in ("items[", "length(items", "unknown(items)", "x" * 3000):
        with pytest.raises(ArgumentError):
            select_part(wrong, value)
