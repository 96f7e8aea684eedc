"""Every conditional operation, with every harmless value spelled in many ways: what is not exactly harmless is the worse effect.

The effect is decided on the request as it is built, so that a spelling counts as harmless only where the same bytes go out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from samples import files, no_file, whole

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.conditions import find_misfits
from akamai_mcp.catalogue.effects import Condition
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.errors import ArgumentError, BodyError
from akamai_mcp.media_types import is_json
from akamai_mcp.openapi.model import Operation
from akamai_mcp.request.arguments import ABSENT, Placed
from akamai_mcp.request.builder import build_request
from akamai_mcp.request.inspection.sent import read_sent

CONDITIONAL = 63
LEAST_SPELLINGS = 30
ELSEWHERE = "PRODUCTION"
SENT_NOWHERE = "not sent"


@dataclass(frozen=True, slots=True)
class Case:
    """A conditional operation and a call of it that is harmless."""

    entry: Entry
    operation: Operation
    harmless: Placed

    def effect(self, placed: Placed) -> str:
        """The effect of what these arguments come to; they may also make no request at all."""
        try:
            request = build_request(self.operation, placed, files({"a.json": b"{}"}))
        except (ArgumentError, BodyError):
            return SENT_NOWHERE
        return self.entry.effect.of(read_sent(request, placed.path))

    def sends(self, placed: Placed) -> tuple[str, bytes]:
        """The bytes that go out."""
        request = build_request(self.operation, placed, no_file)
        return request.target, whole(request.content)


def with_value(placed: Placed, condition: Condition, value: Any) -> Placed:
    """The call with another value of one argument; ABSENT takes it away."""
    if condition.location == "body":
        return replace(placed, body=put(placed.body, condition.steps, value))
    values = {**getattr(placed, condition.location), condition.steps[0]: value}
    return replace(placed, **{condition.location: {name: one for name, one in values.items() if one is not ABSENT}})


def put(node: Any, steps: tuple[str, ...], value: Any) -> Any:
    node = dict(node) if isinstance(node, Mapping) else {}
    if len(steps) > 1:
        return {**node, steps[0]: put(node.get(steps[0]), steps[1:], value)}
    kept = {name: one for name, one in node.items() if name != steps[0]}
    return kept if value is ABSENT else {**kept, steps[0]: value}


def plain_body(operation: Operation) -> Any:
    """A body that decides nothing, in the operation's own media type."""
    if operation.request_body is None:
        return ABSENT
    return {"note": "a"} if any(is_json(media.name) for media in operation.request_body.content) else "a"


def harmless_call(entry: Entry, operation: Operation) -> Placed:
    """The placeholders filled, and every argument that decides with its first harmless value, or left out where none has one."""
    path = {parameter.name: "1" for parameter in operation.parameters_in("path")}
    placed = Placed(path=path, body=plain_body(operation))
    for condition in entry.effect.conditions:
        first = condition.values[0] if condition.values else ABSENT
        placed = with_value(placed, condition, [first] if condition.is_list else first)
    return placed


@pytest.fixture(scope="module")
def cases(catalogue: Catalogue) -> list[Case]:
    conditional = [entry for entry in catalogue.entries() if entry.effect.conditions]
    operations = [(entry, catalogue.operation(entry)) for entry in conditional]
    return [Case(entry, operation, harmless_call(entry, operation)) for entry, operation in operations]


def each(cases: list[Case]) -> Iterator[tuple[Case, Condition]]:
    return ((case, condition) for case in cases for condition in case.entry.effect.conditions)


def spellings(value: Any) -> list[Any]:
    """A value as careless callers and hostile ones spell it; some come to the same bytes."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    words = [
        *(text.lower(), text.upper(), text.title(), text.swapcase(), text[:3], text[:-1], text[::-1], text + "s", text + text),
        *(f" {text}", f"{text} ", f"{text}\n", f"\t{text}", f"{text}\0", f"{text}\u200b", f"\ufeff{text}", f"{text}\u00ad"),
        *(
            f'"{text}"',
            f"'{text}'",
            f"{text},{ELSEWHERE}",
            f"{ELSEWHERE},{text}",
            f"{text};{ELSEWHERE}",
            f"{text}&x=1",
            f"[{text}]",
        ),
        *(
            f"not {text}",
            f"!{text}",
            f"{text}#",
            f"{text}/",
            f"{text}%00",
            f"{text}\u0301",
            text.replace("a", "\u0430").replace("A", "\u0391"),
        ),
        "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text),
        *("", " ", "null", "none", "undefined", "*", "ALL", "both", "default", ELSEWHERE, "PROD", "prod", "production"),
        *(
            "true",
            "True",
            "TRUE",
            "t",
            "yes",
            "y",
            "on",
            "1",
            "false",
            "False",
            "FALSE",
            "f",
            "no",
            "n",
            "off",
            "0",
            "enabled",
            "disabled",
        ),
    ]
    things = [
        None,
        True,
        False,
        0,
        1,
        -1,
        1.0,
        0.0,
        10**18,
        [],
        {},
        [value],
        [value, value],
        [value, ELSEWHERE],
        [[value]],
        [None],
    ]
    return [*words, *things, {"name": value}, {text: True}, [{"name": value}]]


def test_there_are_so_many_conditional_operations_and_their_conditions_fit(cases: list[Case]) -> None:
    assert len(cases) == CONDITIONAL
    assert [fault for case in cases for fault in find_misfits(case.entry.effect, case.operation)] == []


def test_the_harmless_call_of_each_operation_is_a_write(cases: list[Case]) -> None:
    assert {case.entry.key: case.effect(case.harmless) for case in cases} == {case.entry.key: "write" for case in cases}


def test_every_harmless_value_of_each_argument_is_a_write(cases: list[Case]) -> None:
    for case, condition in each(cases):
        for value in condition.values:
            assert case.effect(with_value(case.harmless, condition, [value] if condition.is_list else value)) == "write"


def test_every_other_spelling_of_a_harmless_value_is_the_worse_effect(cases: list[Case]) -> None:
    for case, condition in each(cases):
        for value in condition.values or (ELSEWHERE,):
            tried = 0
            same = [case.sends(one) for one in (case.harmless, *absent(case, condition))]
            for spelling in spellings(value):
                given = [spelling] if condition.is_list else spelling
                placed = with_value(case.harmless, condition, given)
                effect = case.effect(placed)
                if condition.location == "query" and isinstance(spelling, dict):
                    continue  # its members go out as pairs of their own, and nothing under the argument's name
                if effect == SENT_NOWHERE or case.sends(placed) in same or is_harmless(condition, spelling):
                    continue
                tried += 1
                assert effect == "destroy", (case.entry.key, condition.name, spelling)
            assert tried >= LEAST_SPELLINGS, (case.entry.key, condition.name, tried)


def absent(case: Case, condition: Condition) -> list[Placed]:
    """The call without the argument, where that is harmless."""
    return [with_value(case.harmless, condition, ABSENT)] if condition.optional else []


def is_harmless(condition: Condition, value: Any) -> bool:
    """True for another of the harmless values."""
    if condition.location != "body":
        return value in [str(one).lower() if isinstance(one, bool) else one for one in condition.values]
    return any(type(value) is type(one) and value == one for one in condition.values)


def test_an_absent_argument_is_the_worse_effect_unless_the_guide_says_that_absence_is_harmless(cases: list[Case]) -> None:
    for case, condition in each(cases):
        expected = {"write"} if condition.optional else {"destroy", SENT_NOWHERE}
        assert case.effect(with_value(case.harmless, condition, ABSENT)) in expected, (case.entry.key, condition.name)


def test_a_call_without_a_body_has_no_harmless_body(cases: list[Case]) -> None:
    for case, condition in each(cases):
        if condition.location == "body" and not condition.optional:
            assert case.effect(replace(case.harmless, body=ABSENT)) == "destroy", case.entry.key


def test_an_argument_under_another_spelling_of_its_name_is_the_worse_effect(cases: list[Case]) -> None:
    for case, condition in each(cases):
        name, value = condition.steps[-1], next(iter(condition.values), ELSEWHERE)
        for other in (name.upper(), name.title(), f"{name}_", f"{name}[]", f"{name}\u200b", f"{name[0]}-{name[1:]}"):
            if condition.location == "body":
                steps, without = (*condition.steps[:-1], other), put(case.harmless.body, condition.steps, ABSENT)
                twice, alone = (replace(case.harmless, body=put(one, steps, value)) for one in (case.harmless.body, without))
                assert (case.effect(twice), case.effect(alone)) == ("destroy", "destroy"), (case.entry.key, other)
            in_query = replace(case.harmless, extra_query={other: value})
            assert case.effect(in_query) == "destroy", (case.entry.key, other)


def test_a_body_that_names_an_argument_twice_is_the_worse_effect(cases: list[Case]) -> None:
    for case in cases:
        if case.operation.request_body:
            text = json.dumps(case.harmless.body)
            assert case.effect(replace(case.harmless, body=text)) == "write", case.entry.key
            if any(condition.location == "path" for condition in case.entry.effect.conditions):
                continue
            assert case.effect(replace(case.harmless, body=text.replace("{", '{"note": "b", ', 1))) == "destroy", case.entry.key


@pytest.mark.parametrize(
    "body", ["", "network=STAGING", "null", "[]", "1", "STAGING", {"base64": "e30="}, {"file": "a.json"}, [], [[]]]
)
def test_a_body_of_another_kind_is_the_worse_effect(cases: list[Case], body: Any) -> None:
    for case, condition in each(cases):
        if condition.location == "body" and not condition.optional:
            assert case.effect(replace(case.harmless, body=body)) in {"destroy", SENT_NOWHERE}, (case.entry.key, body)


@pytest.mark.parametrize(
    "media_type", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/json; charset=utf-16"]
)
def test_a_body_of_another_media_type_is_the_worse_effect(cases: list[Case], media_type: str) -> None:
    for case in cases:
        by_path = all(condition.location == "path" for condition in case.entry.effect.conditions)
        if case.operation.request_body and not by_path:
            placed = replace(case.harmless, standard_headers={"content-type": media_type})
            text = replace(placed, body=json.dumps(case.harmless.body))
            assert {case.effect(placed), case.effect(text)} <= {"destroy", SENT_NOWHERE}, case.entry.key


def test_every_object_of_a_list_has_to_be_harmless(cases: list[Case]) -> None:
    for case, condition in each(cases):
        if condition.location == "body":
            other = with_value(case.harmless, condition, ELSEWHERE).body
            both = [replace(case.harmless, body=[case.harmless.body, one]) for one in (case.harmless.body, other)]
            assert [case.effect(one) for one in both] == ["write", "destroy"], case.entry.key
