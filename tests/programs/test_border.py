"""What crosses the border of a program: calls send JSON within the limits of every call, results become JSON of a bounded size."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_stage import OpenStage, Stage
from programs.programs import DELETE, LISTS

from akamai_mcp.programs.events import Asks, WrongUse
from akamai_mcp.programs.interpreter import Printed
from akamai_mcp.programs.requests import MAX_TEXT, read_call, read_texts
from akamai_mcp.programs.values import LEFT_OUT, MAX_DEPTH, MAX_RESULT, to_arguments, to_json
from akamai_mcp.request.lengths import MAX_ARGUMENT_BYTES, MAX_VALUES

PUT = "network-lists/v2#put-network-list"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def nested(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    return value


UNSENDABLE = {
    "a set": {1, 2},
    "bytes": b"x",
    "a date": date(2026, 1, 2),
    "infinity": math.inf,
    "not a number": math.nan,
    "a long integer": 10**5000,
    "half a character": "\ud800",
    "a number as a key": {1: 2},
    "a tuple as a key": {(1, 2): 3},
    "an exception": ValueError("x"),
    "a type": int,
    "an ellipsis": ...,
    "what is nested too deeply": nested(100_000),
    "too many values": [[0] * 1000] * (MAX_VALUES // 1000 + 1),
    "too much text": "x" * (MAX_ARGUMENT_BYTES + 1),
}


@given(JSON)
def test_json_is_sent_as_it_is(value: Any) -> None:
    assert to_arguments({"value": value}) == {"value": value}


@pytest.mark.parametrize("kind", UNSENDABLE)
@pytest.mark.parametrize("place", ["argument", "member", "item"])
def test_what_is_not_json_is_refused_in_the_program_wherever_it_stands(kind: str, place: str) -> None:
    value = UNSENDABLE[kind]
    arguments = {"argument": {"a": value}, "member": {"body": {"a": {"b": value}}}, "item": {"body": [1, (value,)]}}[place]
    with pytest.raises(WrongUse):
        read_call(Asks(number=1, name="call", args=(LISTS, arguments)))


def test_a_tuple_is_sent_as_a_list() -> None:
    assert to_arguments({"body": (1, ("a",))}) == {"body": [1, ["a"]]}


@pytest.mark.parametrize("name", ["name", "select", "customer"])
def test_a_text_of_a_call_has_a_limit(name: str) -> None:
    read_call(Asks(number=1, name="call", kwargs={"name": "n", name: "x" * MAX_TEXT}))
    with pytest.raises(WrongUse):
        read_call(Asks(number=1, name="call", kwargs={"name": "n", name: "x" * (MAX_TEXT + 1)}))


@pytest.mark.parametrize("name", ["search", "describe"])
def test_a_question_has_a_limit(name: str) -> None:
    with pytest.raises(WrongUse):
        read_texts(Asks(number=1, name=name, args=("x" * (MAX_TEXT + 1),)))


@pytest.mark.parametrize("asked", [{"args": ()}, {"args": (None,)}, {"kwargs": {"text": None}}], ids=str)
def test_a_question_is_needed(asked: dict[str, Any]) -> None:
    with pytest.raises(WrongUse, match="search needs text"):
        read_texts(Asks(number=1, name="search", **asked))


def test_texts_that_are_named_are_read_by_their_names() -> None:
    assert read_texts(Asks(number=1, name="describe", kwargs={"at": "200", "name": "n"})) == ["n", "200"]


def test_a_refusal_of_an_unknown_name_does_not_repeat_what_is_long() -> None:
    with pytest.raises(WrongUse) as caught:
        read_call(Asks(number=1, name="call", args=("n",), kwargs={"x" * 10_000: 1}))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (10**5000, hex(10**5000)),
        ({1: {2}}, {"1": [2]}),
        (nested(MAX_DEPTH + 5), nested(MAX_DEPTH)),
        (["x"] * (MAX_RESULT + 1), LEFT_OUT),
        (["x" * 32 * MAX_RESULT, 1], [LEFT_OUT, 1]),
    ],
    ids=["long integer", "set", "deep", "many", "much text"],
)
def test_a_result_of_any_size_becomes_json_of_a_bounded_one(value: Any, shown: Any) -> None:
    got = to_json(value)
    assert got == shown or str(got) == str(shown).replace("deep", LEFT_OUT)


def test_what_is_printed_after_its_bound_is_dropped() -> None:
    printed = Printed(10)
    for _ in range(1000):
        printed("stdout", "abcd")
    assert printed.text == "abcdabcdab"


@pytest.mark.parametrize(
    "value",
    [
        "{1, 2}",
        "b'x'",
        "datetime.date(2026, 1, 2)",
        "int",
        "...",
        "ValueError('x')",
        "{(1, 2): 3}",
        "float('nan')",
        "[0] * 10 ** 6",
    ],
)
async def test_a_program_is_told_which_value_cannot_be_sent_and_its_line(stage: Stage, value: str) -> None:
    program = f"import datetime\nawait call('{PUT}', {{'networkListId': '1_A', 'body': {{'name': {value}}}}})"
    reply = await stage.refused("akamai_run", program=program)
    assert (reply.content["problem"]["line"], "TypeError" in reply.problem) == (2, True)


async def test_an_error_is_told_in_few_words_however_long_it_is(stage: Stage) -> None:
    reply = await stage.refused("akamai_query", program="raise ValueError('x' * 10 ** 6)")
    assert len(reply.text) < 3000


async def test_a_program_has_so_many_sleeps_under_way_and_no_more(open_stage: OpenStage) -> None:
    async with open_stage(program_calls=20) as stage:
        program = "import asyncio\nawait asyncio.gather(*[asyncio.sleep(0.01) for i in range(inputs['n'])])\n1"
        assert (await stage.ask("akamai_query", program=program, inputs={"n": 20})).content["body"] == 1
        assert "under way" in (await stage.refused("akamai_query", program=program, inputs={"n": 21})).problem


async def test_a_program_that_holds_too_much_before_its_changes_is_not_kept(stage: Stage) -> None:
    program = f"kept = 'x' * (20 * 1024 * 1024)\n{DELETE}\nlen(kept)"
    assert "can be kept" in (await stage.refused("akamai_run", program=program)).problem


async def test_a_call_that_was_not_awaited_is_not_sent_as_its_text(stage: Stage) -> None:
    program = "import asyncio\nawait call('network-lists/v2#post-network-lists', {'body': {'name': [asyncio.sleep(0)]}})"
    assert "write await before it" in (await stage.refused("akamai_run", program=program)).text


async def test_a_result_that_was_not_awaited_says_what_is_missing(stage: Stage) -> None:
    reply = await stage.refused("akamai_query", program="search('list zones')")
    assert "await" in reply.problem
