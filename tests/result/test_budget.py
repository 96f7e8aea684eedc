"""Large answers are cut by structure and say what was cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.budget import DEFAULT_BYTES, SHORTEST_STRING, Cut, Fitted, fit, json_size, name_cuts
from akamai_mcp.result.selection import select_part

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=8), inner, max_size=8),
    max_leaves=200,
)


def test_an_answer_within_its_budget_is_unchanged() -> None:
    value = {"items": [1, 2, 3]}
    for budget in (json_size(value), 1000):
        fitted = fit(value, budget)
        assert (fitted.size, fitted.cuts) == (json_size(value), ())
        assert fitted.value is value  # a copy of the largest answers would count


def test_people_are_told_the_size_beyond_which_an_answer_is_cut() -> None:
    told = (Path(__file__).parents[2] / "docs/tools.md").read_text(encoding="utf-8")
    assert f"**Large answers** (over {DEFAULT_BYTES:,} bytes) are cut" in told


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
def test_at_least_half_of_the_characters_that_would_fit_are_kept(budget: int, more: int) -> None:
    kept = len(fit({"text": "y" * (budget + more)}, budget).value["text"])
    assert kept >= budget // 2


@given(size=st.integers(1, 60), budget=st.integers(1_000, 40_000))
def test_at_least_half_of_the_members_that_would_fit_are_kept(size: int, budget: int) -> None:
    value = {f"{number:0{size + 4}}": 0 for number in range(budget // 4)}
    assert len(fit(value, budget).value) >= budget // (size + 4 + len('"":0,')) // 2


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


def test_one_member_that_fits_is_kept_whole() -> None:
    fitted = fit({"a" * 100: 0, "b" * 100: 0}, 128)
    assert fitted == Fitted(value={"a" * 100: 0}, size=211, cuts=(Cut(path="", kept=1, of=2, unit="members"),))


def test_texts_are_cut_beside_the_first_item_of_each_list() -> None:
    fitted = fit(["x" * 1000, "y" * 1000], 500)
    assert fitted.value == [f"{'x' * 250}…"]
    assert [cut.as_json() for cut in fitted.cuts] == [
        {"path": ".", "kept": 1, "of": 2, "unit": "items"},
        {"path": "[0]", "kept": 250, "of": 1000, "unit": "characters"},
    ]


def test_members_are_left_out_beside_the_first_item_of_each_list_and_the_shortest_text() -> None:
    shown = {f"{number:02}": [f"{'x' * SHORTEST_STRING}…"] for number in range(40)}
    fitted = fit({name: ["x" * 100, "y" * 100] for name in shown}, 1000)
    # 12 members of 78 bytes would fit; of the caps 15 and 7, which come from halving the budget, 7 is the first within it.
    assert fitted.value == dict([*shown.items()][:7])


def test_what_cannot_be_cut_to_its_budget_is_left_out_and_its_size_is_told() -> None:
    value = {"k" * 100: 1}
    assert fit(value, 20) == Fitted(value=None, size=106, cuts=(Cut(path="", kept=0, of=106, unit="bytes"),))
    assert [fit("x" * 10, budget).value for budget in (-1, 0, 1, 11, 12)] == [None, None, None, None, "x" * 10]


def test_a_cut_is_named_by_where_it_is() -> None:
    value = {"a": {"b": list(range(1000))}, "rows": [{"name": "x", "tags": list(range(1000))}]}
    assert [cut.path for cut in fit(value, 1000).cuts] == ["a.b", "rows[0].tags"]


@pytest.mark.parametrize("value", [{"a": "x" * 100, "b": 1}, {"a": {"c": "x" * 100, "d": 1}, "b": [1]}, ["x" * 100, 1, 2]])
def test_nothing_is_left_out_untold_however_little_is_missing(value: object) -> None:
    for budget in range(json_size(value)):
        fitted = fit(value, budget)
        assert fitted.cuts
        if fitted.value is not None and not any(cut.unit in {"items", "members"} for cut in fitted.cuts):
            assert json_size(fitted.value) == json_size(value) - sum(cut.of - cut.kept - len("…".encode()) for cut in fitted.cuts)


class Counted(dict[str, Any]):
    """An object that counts how often its members are read."""

    reads = 0

    def __getitem__(self, name: str) -> Any:
        Counted.reads += 1
        return super().__getitem__(name)


@pytest.mark.parametrize("row", [{"a": "x" * 50}, {"n" * 50: 0}, {"a": [[]] * 30}])
def test_a_copy_ends_where_its_budget_does_however_large_the_answer_is(row: dict[str, Any]) -> None:
    """Otherwise each cap that is too wide would cost a copy of the whole."""
    Counted.reads = 0
    fit([Counted(row)] * 700, 1000)
    attempts = 30  # three quarters each time: 1000 items are one after 24
    assert Counted.reads <= attempts * (1000 // json_size(row) + 1)


def test_objects_whose_names_are_no_texts_have_the_size_that_they_are_written_with() -> None:
    assert json_size({1: 2, None: 3}) == len('{"1":2,"null":3}')
    assert fit({1: "a"}, 20).value == {1: "a"}


@pytest.mark.parametrize(("number", "more"), [(20, []), (21, [{"moreCuts": 1}]), (25, [{"moreCuts": 5}])])
def test_the_largest_cuts_are_named_first_and_the_others_are_counted(number: int, more: list[Any]) -> None:
    cuts = tuple(Cut(path=f"a[{lost}]", kept=1, of=1 + lost, unit="items") for lost in range(1, number + 1))
    named = [{"path": f"a[{lost}]", "kept": 1, "of": 1 + lost, "unit": "items"} for lost in range(number, number - 20, -1)]
    assert name_cuts(cuts) == [*named, *more]


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
