"""What the guide says of taking a call back: read where it means something, else told and ignored whole."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.catalogue.outcomes.undo import (
    UndoCall,
    UndoNote,
    UndoWay,
    mentions,
    parse_undo,
    read_undo,
    undo_keys,
    undo_problems,
)

CALL = {"call": "zoo/v1#put-thing"}
READ = {"call": "zoo/v1#get-thing", "with": {"thingId": "=arg.thingId"}}
FULL: dict[str, Any] = {
    "read": READ,
    "ways": [
        {
            **CALL,
            "with": {"body": "=before"},
            "when": {"network": "STAGING"},
            "within_hours": 1.5,
            "last": True,
            "absent": True,
            "content": "status",
            "becomes": ["OFF"],
        },
        CALL,
    ],
    "about": "Only soon.",
}
NEEDS, NO_CALL = "undo: needs ways, a list, or never, a text alone", "undo: each way and read need call, the key of an operation"
MAPPINGS, NUMBERS = "undo: with and when are mappings", "undo: within_hours is a number, last and absent are true or false"
FORMS, NO_READ = "undo: content is JMESPath, becomes a list", "undo: uses the resource, and has no read"


def test_a_note_is_read_with_all_that_it_says() -> None:
    first = UndoWay(
        undo=UndoCall(call="zoo/v1#put-thing", arguments={"body": "=before"}),
        when={"network": "STAGING"},
        within_hours=1.5,
        last=True,
        absent=True,
        content="status",
        becomes=("OFF",),
    )
    second = UndoWay(undo=UndoCall(call="zoo/v1#put-thing"))
    read = UndoCall(call="zoo/v1#get-thing", arguments={"thingId": "=arg.thingId"})
    assert read_undo(FULL) == UndoNote(ways=(first, second), read=read, about="Only soon.")
    assert read_undo({"never": "It is sent."}) == UndoNote(ways=(), never="It is sent.")
    assert (first.needs_before, second.needs_before) == (True, False)
    assert (second.within_hours, second.last, second.absent, second.content) == (None, False, False, "")


@pytest.mark.parametrize("note", [FULL, {"ways": [CALL]}, {"never": "It is sent."}])
def test_a_note_without_a_problem_is_kept_as_it_is(note: dict[str, Any]) -> None:
    assert list(undo_problems(note)) == []
    assert parse_undo(note) is note


@pytest.mark.parametrize(
    ("note", "problems"),
    [
        *((note, [NEEDS]) for note in ("text", [], {}, {"ways": []}, {"ways": "x"}, {"never": ""}, {"never": 3}, {"never": "a", "about": "b"},
          {"never": "a", "ways": [CALL]})),
        ({"ways": [CALL], "more": 1}, ["undo: unknown keys ['more']"]),
        *(({"ways": [way]}, [NO_CALL]) for way in ("x", 3, None, [CALL])),
        ({"ways": [{}]}, [NO_CALL]),
        ({"ways": [CALL], "read": "x"}, [NO_CALL]),
        ({"ways": [CALL], "read": {**CALL, "when": {}}}, ["undo: unknown keys ['when']"]),
        ({"ways": [{**CALL, "then": 1}]}, ["undo: unknown keys ['then']"]),
        ({"ways": [{**CALL, "with": []}]}, [MAPPINGS]),
        ({"ways": [{**CALL, "when": []}]}, [MAPPINGS]),
        ({"ways": [{**CALL, "within_hours": "1"}]}, [NUMBERS]),
        ({"ways": [{**CALL, "last": 1}]}, [NUMBERS]),
        ({"ways": [{**CALL, "absent": "no"}], "read": READ}, [NUMBERS]),
        ({"ways": [{**CALL, "content": 1}], "read": READ}, [FORMS]),
        ({"ways": [{**CALL, "becomes": "x"}]}, [FORMS]),
        ({"ways": [{**CALL, "content": "a"}]}, [NO_READ]),
        ({"ways": [{**CALL, "absent": True}]}, [NO_READ]),
        ({"ways": [{**CALL, "with": {"body": "=before.a"}}]}, [NO_READ]),
        ({"ways": [{**CALL, "with": {"a": ["=now.tag"]}}]}, [NO_READ]),
    ],
)  # fmt: skip
def test_what_means_nothing_is_told_and_the_note_ignored(note: Any, problems: list[str]) -> None:
    assert list(undo_problems(note)) == problems
    assert parse_undo(note) is None
    assert list(undo_keys(note)) == []


def test_the_operations_that_a_note_names_are_those_of_its_ways_and_its_read() -> None:
    assert list(undo_keys(FULL)) == ["zoo/v1#put-thing", "zoo/v1#put-thing", "zoo/v1#get-thing"]
    assert list(undo_keys({"ways": [CALL]})) == ["zoo/v1#put-thing"]
    assert list(undo_keys(None)) == list(undo_problems(None)) == []
    assert parse_undo(None) is None


def test_an_expression_is_found_wherever_it_stands() -> None:
    assert all(mentions(value, ("=before",)) for value in ("=before", ["a", "=before.x"], {"a": {"b": ["=before"]}}))
    assert not any(mentions(value, ("=before",)) for value in ("before", "x=before", [], {"=before": 1}, 3, None))
