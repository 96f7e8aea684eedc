"""Every entry of the guide on undo fits the documents: its operations, arguments, conditions, times, and what it compares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from every_row import failures
from mcp_stage import own_guide

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.outcomes.undo import UndoCall, UndoNote, UndoWay, mentions, read_undo, undo_problems
from akamai_mcp.catalogue.outcomes.undo_rows import read_undo_guide
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.schema import merge_alternatives
from akamai_mcp.programs.durable.expressions import with_arguments
from akamai_mcp.programs.durable.states import Known
from akamai_mcp.request.arguments import argument_keys
from akamai_mcp.result.selection import compile_selection
from akamai_mcp.sandbox.examples.values import example


@cache
def notes() -> Mapping[str, UndoNote]:
    return {key: read_undo(note) for key, note in own_guide().undo.items()}


@cache
def ways() -> Mapping[str, tuple[str, UndoWay]]:
    """Each way to take a call back, with its call."""
    return {f"{key} {number}": (key, way) for key in sorted(notes()) for number, way in enumerate(notes()[key].ways)}


def operation(catalogue: Catalogue, key: str) -> Operation:
    return catalogue.operation(catalogue.get(key))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for one in inner:
        yield from texts(one)


def body_schema(one: Operation) -> Mapping[str, Any]:
    return one.request_body.content[0].schema if one.request_body and one.request_body.content else {}


def answer_schema(one: Operation) -> Mapping[str, Any]:
    return next((found.content[0].schema for found in one.responses if found.is_success and found.content), {})


def missing(catalogue: Catalogue, key: str, call: UndoCall) -> set[str]:
    """The arguments that a call needs and would not get."""
    given = argument_keys(operation(catalogue, key)).keys() | {
        name for name, value in call.arguments.items() if value is not None
    }
    target = operation(catalogue, call.call)
    needed = {name for name, one in argument_keys(target).items() if one.must_be_given}
    has_body = target.request_body is not None and target.request_body.required
    return (needed | ({"body"} if has_body else set())) - given


def test_many_writes_say_how_they_are_taken_back() -> None:
    products = {key.partition("/")[0] for key in notes()}
    assert len(notes()) > 250
    assert products >= {"appsec", "client-lists", "edgeworkers", "edgekv", "cloudlets", "config-gtm", "hapi", "cprg", "imaging"}
    assert products >= {"api-definitions", "alerts", "papi", "identity-management", "config-dns", "network-lists", "ccu"}


def test_a_call_that_is_taken_back_changes_something_and_is_read_by_a_read(catalogue: Catalogue) -> None:
    def check(key: str) -> None:
        note = notes()[key]
        assert catalogue.get(key).method in {"POST", "PUT", "PATCH", "DELETE"}
        assert bool(note.ways) is not bool(note.never)
        if note.read:
            assert catalogue.get(note.read.call).method == "GET"
            assert missing(catalogue, key, note.read) == set()
        for way in note.ways:
            assert catalogue.get(way.undo.call).method in {"POST", "PUT", "PATCH", "DELETE"}

    assert failures(check, list(notes())) == {}


def test_the_call_that_takes_back_gets_all_that_it_needs(catalogue: Catalogue) -> None:
    def check(key: str, way: UndoWay) -> None:
        assert missing(catalogue, key, way.undo) == set()
        target = operation(catalogue, way.undo.call)
        unknown = set(way.undo.arguments) - argument_keys(target).keys() - {"body"}
        assert unknown == set()
        assert way.within_hours is None or way.within_hours > 0

    assert failures(check, ways()) == {}


def test_conditions_and_expressions_name_arguments_of_the_call(catalogue: Catalogue) -> None:
    def check(key: str, way: UndoWay) -> None:
        call = operation(catalogue, key)
        known, body = argument_keys(call), body_schema(call)
        told = list(texts([way.undo.arguments, way.content, *way.becomes]))
        read = {one for text in told for one in re.findall(r"\barg\.([\w.]+)", text)}
        needed = {*way.when, *(one for text in told for one in re.findall(r"\$([\w.]+)", text))}
        for place in read | needed:
            head, _, rest = place.partition(".")
            assert head in known or head == "body", place
            if place in needed and rest and merge_alternatives(body).get("properties"):
                name = rest.partition(".")[0]
                assert name in merge_alternatives(body)["properties"], f"{place} is no member of the body"
        for text in texts([way.undo.arguments, *way.becomes]):
            if text.startswith("="):
                compile_selection(with_arguments(text[1:], {"arg": Anything()}))

    assert failures(check, ways()) == {}


class Anything(dict[str, Any]):
    """Arguments of which each has a value."""

    def get(self, _: str, __: Any = None) -> Any:
        return Anything()

    def __str__(self) -> str:
        return "word"


def test_what_is_compared_is_there_in_what_the_read_shows(catalogue: Catalogue) -> None:
    def check(key: str, way: UndoWay) -> None:
        read = notes()[key].read
        assert read is not None
        schema = answer_schema(operation(catalogue, read.call))
        shown = merge_alternatives(schema).get("properties") or {}
        if way.content and shown:
            expression = with_arguments(way.content, {"arg": Anything()})
            names = set(re.findall(r"\w+", expression.partition("|")[0]))
            assert names & shown.keys(), f"{way.content} is about none of {sorted(shown)}"
            assert compile_selection(expression).search(example(schema)) != {}
        elif not way.content and shown:
            members = Known(catalogue).members(way.undo.call if way.needs_before else key)
            assert members is None or set(members) & shown.keys(), f"{sorted(members or ())} against {sorted(shown)}"

    assert failures(check, {name: (key, way) for name, (key, way) in ways().items() if notes()[key].read}) == {}


def test_ways_that_differ_by_time_come_with_the_shorter_one_first() -> None:
    for key in notes():
        by_case: dict[str, list[float]] = {}
        for way in notes()[key].ways:
            by_case.setdefault(str(way.when), []).append(way.within_hours or float("inf"))
        assert all(hours == sorted(hours) for hours in by_case.values()), key


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"resource": {}}, "unknown sections"),
        ({"resources": {"a/v1": [{"get": "b", "putt": "c"}]}}, "unknown keys"),
        ({"resources": {"a/v1": [{"put": "c"}]}}, "without"),
        ({"resources": {"a/v1": [{"get": "b", "post": "c"}]}}, "without"),
        ({"resources": {"a/v1": [{"get": "b", "put": "c", "upsert": True}]}}, "without"),
    ],
)
def test_a_row_that_means_nothing_is_refused_by_name(content: dict[str, Any], fault: str) -> None:
    with pytest.raises(DocumentError, match=fault):
        read_undo_guide(content)


@pytest.mark.parametrize(
    ("note", "fault"),
    [
        ({"never": ""}, "needs ways"),
        ({"never": "why", "ways": [{"call": "a"}]}, "needs ways"),
        ({"ways": [{"call": "a", "content": 1}]}, "content is JMESPath"),
        ({"ways": [{"call": "a", "becomes": 1}]}, "becomes a list"),
        ({"ways": [{"call": "a", "absent": "x"}]}, "true or false"),
        ({"ways": [{"call": "a", "absent": True}]}, "has no read"),
        ({"ways": [{"call": "a", "with": {"body": "=before.x"}}]}, "has no read"),
        ({"ways": [{"call": "a", "with": []}]}, "mappings"),
        ({"ways": [{"call": "a", "more": 1}]}, "unknown keys"),
        ({"ways": [1]}, "need call"),
    ],
)
def test_an_entry_that_means_nothing_is_told(note: dict[str, Any], fault: str) -> None:
    assert any(fault in problem for problem in undo_problems(note))


def test_mentions_looks_everywhere() -> None:
    assert mentions({"a": [{"b": "=before.c"}]}, ("=before",))
    assert not mentions({"a": [{"b": "before"}]}, ("=before",))
