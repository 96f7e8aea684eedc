"""Arguments are measured before anything is done with them."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pytest
from processor_time import works_at_most

from akamai_mcp.errors import ArgumentError
from akamai_mcp.request.lengths import MAX_ARGUMENT_BYTES, MAX_LEVELS, MAX_VALUES, check_lengths


def nested(levels: int, kind: str) -> Any:
    return reduce(lambda inner, _: [inner] if kind == "list" else {"a": inner}, range(levels), "x")


FITTING = {
    "nothing": {},
    "the deepest list": {"body": nested(MAX_LEVELS - 1, "list")},
    "the deepest object": {"body": nested(MAX_LEVELS - 1, "object")},
    "the most values": {"a": [0] * (MAX_VALUES - 1)},
    "the longest text": {"a": "x" * (MAX_ARGUMENT_BYTES - len('{"a":""}'))},
}
TOO_MUCH = {
    "a list of 900,000": ({"queryParams": {"a": ["b"] * 900_000}}, "values"),
    "one value too many": ({"a": [0] * MAX_VALUES}, "values"),
    "many small lists": ({"a": [[] for _ in range(MAX_VALUES)]}, "values"),
    "many small objects": ({"a": [{"a": 1} for _ in range(MAX_VALUES)]}, "values"),
    "one list many times": ({"a": [[0] * 10_000] * 10_000}, "values"),
    "one level too many": ({"body": nested(MAX_LEVELS, "list")}, "levels"),
    "240 levels": ({"body": nested(240, "object")}, "levels"),
    "5,000 levels": ({"body": nested(5000, "list")}, "levels"),
    "a long text": ({"a": "x" * (MAX_ARGUMENT_BYTES + 1)}, "bytes"),
    "a long name": ({"x" * (MAX_ARGUMENT_BYTES + 1): 1}, "bytes"),
    "a long text that is no Unicode": ({"a": "\ud83e" + "x" * MAX_ARGUMENT_BYTES}, "bytes"),
    "many texts that are no Unicode": ({"a": ["x", "\ud83e" + "x" * 5000] * 1000}, "bytes"),
    "many texts": ({"a": ["x" * 5000] * 1000}, "bytes"),
    "text of four bytes a character": ({"a": "\U0001f600" * (MAX_ARGUMENT_BYTES // 4)}, "bytes"),
    "many numbers of many digits": ({"a": [2**63 - 1] * (MAX_VALUES - 1) + ["x" * (MAX_ARGUMENT_BYTES - 1000)]}, ""),
    "a lone surrogate": ({"a": "\ud83e"}, "not valid JSON"),
    "an integer of 65 bits": ({"a": 2**64}, "not valid JSON"),
}  # fmt: skip


@pytest.mark.parametrize("arguments", FITTING.values(), ids=FITTING)
def test_arguments_up_to_each_limit_are_accepted(arguments: dict[str, Any]) -> None:
    check_lengths(arguments)


@pytest.mark.parametrize(("arguments", "reason"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_arguments_beyond_a_limit_are_refused_in_milliseconds_with_the_limit(arguments: dict[str, Any], reason: str) -> None:
    with works_at_most(0.2), pytest.raises(ArgumentError) as refusal:
        check_lengths(arguments)
    assert reason in refusal.value.message
    assert refusal.value.advice
    assert len(refusal.value.message) < 200


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_a_number_that_json_cannot_write_is_refused_and_never_sent_as_null(number: float) -> None:
    for arguments in ({"a": number}, {"a": [None, {"b": [number]}]}):
        with pytest.raises(ArgumentError, match="beyond the range"):
            check_lengths(arguments)
    check_lengths({"a": [None, {"b": 1.7976931348623157e308}]})
