"""Validation ends: patterns and uniqueItems are linear, and alternatives have a time limit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fuzzing.second_caller import forget_peak, memory
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema._keywords import uniqueItems
from processor_time import works_at_most
from samples import body, operation

from akamai_mcp.openapi.model import MediaType, Operation
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.validation.bounded import BoundedOAS30, BoundedOAS31, matches
from akamai_mcp.request.validation.check import TOO_LONG, find_mismatches

SLOW_PATTERNS = [r"^(a+)+$", r"^(a|aa)+$", r"^(a|a?)+$", r"(a*)*b", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"(.*a){25}", r"(x+x+)+y"]


def alternatives(levels: int, word: str) -> Any:
    """Alternatives of alternatives, none of which fits."""
    schema: Any = {"type": "integer", "minimum": 9}
    for _ in range(levels):
        schema = {word: [{"allOf": [schema, {"type": "string"}]}, {"allOf": [schema]}, schema]}
    return schema


def an_operation(schema: Any, dialect: Any) -> Operation:
    declared = body(MediaType(name="application/json", schema=schema), required=True)
    return replace(operation(method="POST", request_body=declared), dialect=dialect)


SLOW = {
    **{pattern: ({"type": "string", "pattern": pattern}, "a" * 35 + "!") for pattern in SLOW_PATTERNS},
    "a long text": ({"type": "string", "pattern": "^(a+)+$"}, "a" * 1_000_000 + "!"),
    "names by pattern": ({"type": "object", "patternProperties": {"^(a+)+$": False}}, {"a" * 35 + "!": 1}),
    "names beyond patterns": ({"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False}, {"a" * 35 + "!": 1}),
    "many items and one number": ({"uniqueItems": True}, [*map(str, range(50_000)), 1]),
    "many objects": ({"uniqueItems": True}, [{"a": number} for number in range(50_000)]),
    **{f"{word} of {word}": (alternatives(25, word), 1) for word in ("oneOf", "anyOf")},
}
STOPPED = {"oneOf of oneOf", "anyOf of anyOf"}  # the others end by themselves


@pytest.mark.parametrize("dialect", ["3.0", "3.1"])
@pytest.mark.parametrize("strict", [False, True], ids=["advice", "strict"])
@pytest.mark.parametrize("name", SLOW)
def test_no_schema_and_value_take_longer_than_the_limit_and_a_stopped_comparison_says_so(
    name: str, strict: bool, dialect: str
) -> None:
    schema, value = SLOW[name]
    operation = an_operation(schema, dialect)
    find_mismatches(operation, Placed(body=0), strict=strict)  # what is loaded once does not count
    with works_at_most(1.5):
        found = find_mismatches(operation, Placed(body=value), strict=strict)
    assert (TOO_LONG in found) is (name in STOPPED)


JSON = st.recursive(
    st.sampled_from([None, False, True, 0, 1, 0.0, -0.0, 1.0, 1.5, 2**70, 2.0**70, "", "1", "1.0"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("kind", [BoundedOAS30, BoundedOAS31])
@given(items=st.lists(JSON, max_size=5))
@example(items=[[1], [1.0]])
@example(items=[{"a": 1, "b": 2**70}, {"b": 2**70, "a": 1}])
@example(items=[{"a": 1, "b": 2}, {"b": 2, "a": 1}])
@example(items=[{"a": 1}, {"a": True}])
def test_items_are_unique_as_jsonschema_has_it(kind: Any, items: list[Any]) -> None:
    validator = kind({"uniqueItems": True})
    assert bool(list(validator.iter_errors(items))) == bool(list(uniqueItems(validator, True, items, {})))


@pytest.mark.parametrize("wanted", [False, None, "true", 1])
def test_items_need_not_be_unique_where_the_schema_does_not_want_it(wanted: Any) -> None:
    assert list(BoundedOAS31({"uniqueItems": wanted}).iter_errors([1, 1])) == []
    assert [one.message for one in BoundedOAS31({"uniqueItems": True}).iter_errors([1, 2, 1])] == ["the 3 items are not unique"]
    assert list(BoundedOAS31({"uniqueItems": True}).iter_errors("aa")) == []


NAMED = {"properties": {"b": {}}, "patternProperties": {"^x": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("schema", "value", "mismatches"),
    [
        (NAMED, {"x1": "a", "y": "a", "x2": 1}, ["x1: 'a' is not of type 'integer'"]),
        (NAMED, ["x1"], []),
        (NAMED | {"additionalProperties": {"type": "integer"}}, {"b": "a", "x1": 1, "y": "a", "z": 1}, ["y: 'a' is not of type 'integer'"]),
        (NAMED | {"additionalProperties": True}, {"y": 1}, []),
        (NAMED | {"additionalProperties": False}, {"b": 1, "x1": 1}, []),
        (NAMED | {"additionalProperties": False}, "y", []),
        ({"additionalProperties": False}, {"y": 1}, ["Additional properties are not allowed ('y' was unexpected)"]),
        (
            {"additionalProperties": False},
            dict.fromkeys("abcdefg"),
            ["Additional properties are not allowed ('a', 'b', 'c', 'd', 'e' were unexpected)"],
        ),
        (
            {"additionalProperties": False},
            {"x" * 90: 1},
            [f"Additional properties are not allowed ('{'x' * 80}' was unexpected)"],
        ),
        ({"pattern": "^a+$"}, "aaab", ["'aaab' does not match '^a+$'"]),
        ({"pattern": "b"}, "aaab", []),
        ({"pattern": "^a+$"}, 5, []),
        ({"patternProperties": {"(?=a)a": False}}, {"a": 1}, []),
        ({"additionalProperties": False, "patternProperties": {"(?=a)a": {}}}, {"b": 1}, []),
        ({"unevaluatedProperties": False}, {"a": 1}, []),
        ({"unevaluatedItems": False}, [1], []),
        ({"not": False}, 1, []),
        ({"anyOf": [False, {"not": True}, {}]}, 1, []),
    ],
)  # fmt: skip
def test_names_and_patterns_are_judged_as_json_schema_has_them(schema: Any, value: Any, mismatches: list[str]) -> None:
    for kind in (BoundedOAS30, BoundedOAS31):
        found = list(kind(schema).iter_errors(value))
        assert ["".join(f"{name}: " for name in one.absolute_path) + one.message for one in found] == mismatches


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(?<!x)y"])
def test_a_pattern_that_linear_matching_does_not_have_is_not_judged(pattern: str) -> None:
    assert list(BoundedOAS30({"pattern": pattern}).iter_errors("zzz")) == []
    assert [matches(pattern, "zzz", unknown=unknown) for unknown in (True, False)] == [True, False]


def test_a_schema_of_another_dialect_inside_has_the_same_bounds() -> None:
    schema = {"properties": {"a": {"$schema": "https://json-schema.org/draft/2020-12/schema", "pattern": "^(a|aa)+$"}}}
    with works_at_most(0.5):
        assert len(list(BoundedOAS31(schema).iter_errors({"a": "a" * 40 + "!"}))) == 1


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of the process from Linux")
def test_the_patterns_that_are_kept_take_bounded_memory() -> None:
    random = Random(1)
    text = "".join(random.choice("01") for _ in range(20_000))
    before, _ = memory()
    for number in range(200):  # each text leads to a state of its own
        assert not matches(f"1[01]{{{20 + number % 8}}}[2-9]{{{number // 8 + 1}}}", text)
    assert memory()[0] - before < 60 * 1024


@pytest.mark.parametrize(("pattern", "text"), [(r"^[\p{L}]{1,64}$", "\u00e9"), (r"^.{1,1000}$", "a"), (r"^[\w.-]{1,255}$", "a")])
def test_a_pattern_that_needs_much_memory_is_judged_as_well(pattern: str, text: str) -> None:
    assert matches(pattern, text, unknown=False)
    assert not matches(pattern, "", unknown=True)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of the process from Linux")
def test_many_items_are_compared_in_bounded_memory() -> None:
    before, _ = memory()
    forget_peak()
    assert not list(BoundedOAS30({"uniqueItems": True}).iter_errors([*map(str, range(50_000)), 1]))
    assert memory()[1] - before < 60 * 1024


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("dialect", ["3.0", "3.1"])
@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("type", ["object", "string"]),  # which only OpenAPI 3.1 has
        ("type", "whole number"),
        ("type", 7),
        ("enum", 7),
        ("properties", []),
        ("minProperties", "1"),
        ("allOf", 3),
        ("additionalProperties", 7),
    ],
)
def test_a_keyword_whose_value_means_nothing_is_not_judged(keyword: str, value: Any, dialect: Any, strict: bool) -> None:
    assert find_mismatches(an_operation({keyword: value}, dialect), Placed(body={"b": 1}), strict=strict) == ()


@pytest.mark.parametrize("dialect", ["3.0", "3.1"])
def test_beside_a_keyword_that_means_nothing_the_others_are_judged(dialect: Any) -> None:
    for schema in ({"type": 7, "maxProperties": 0}, {"maxProperties": 0, "enum": 7}):
        assert len(find_mismatches(an_operation(schema, dialect), Placed(body={"b": 1}))) == 1
