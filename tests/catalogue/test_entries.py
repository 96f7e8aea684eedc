"""What a document and the guide say of an operation arrives in its entry, and comes back from the index as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.catalogue.effects import Condition, Effect, plain_effect
from akamai_mcp.catalogue.entry import Entry, is_example, is_paginatable, judged_with, read_entry, to_entry
from akamai_mcp.catalogue.outcomes.progress import ProgressNote
from akamai_mcp.openapi.parser import Outline

BARE = Outline(
    operation_id="put-thing",
    method="PUT",
    template="/things/{thingId}",
    path="/zoo/v1/things/{thingId}",
    refusal="",
    summary="",
    tags=(),
    deprecated=False,
    parameters=(("thingId", "path"), ("accountSwitchKey", "query")),
    has_body=True,
    guide={},
)
FULL = replace(BARE, refusal="no", summary="Replace a thing", tags=("Things",), deprecated=True, source="client")
UNDO = {"ways": [{"call": "zoo/v1#put-thing"}], "read": {"call": "zoo/v1#get-thing"}}
INVENTORY = {"kind": "thing", "id": "thingId"}
NOTE: dict[str, Any] = {
    "summary": "Change one",
    "ask": ["change a thing", "", "replace it"],
    "effect": {"write_when": {"body.network": "STAGING"}, "optional": ["body.network"]},
    "secret": True,
    "outcome": "zoo/v1#get-job",
    "outcome_else": "zoo/v1#get-task",
    "until": ["ACTIVE"],
    "watch": {"body.network": {"STAGING": ["staging"]}},
    "progress": {"at": ["status"], "done": ["ACTIVE"]},
    "cache": "hours",
    "touches": ["/zoo/v1/things"],
    "pages": {"page_size": 5},
    "replaces": False,
    "instead": "zoo/v2#put-thing",
    "example": {"thingId": "1"},
    "corrects": {"thingId": {"type": "integer"}, "more": {"in": "query", "type": "string"}},
    "accept": "application/json",
    "content_type": "text/csv",
    "empty_body": True,
    "inventory": INVENTORY,
    "undo": UNDO,
}


def entry_of(outline: Outline = BARE, note: dict[str, Any] | None = None, **more: str) -> Entry:
    return to_entry(
        outline, name="akamai_zoo_put_thing", product="zoo", version="v1", document="zoo.json", note=note or {}, **more
    )


def test_an_operation_without_a_note_is_what_its_document_says() -> None:
    assert entry_of() == Entry(
        name="akamai_zoo_put_thing",
        product="zoo",
        version="v1",
        operation_id="put-thing",
        method="PUT",
        template="/things/{thingId}",
        path="/zoo/v1/things/{thingId}",
        document="zoo.json",
        summary="put thing (PUT /things/{thingId})",
        ask=(),
        tags=(),
        parameters=("thingId",),
        effect=plain_effect("write"),
        secret=False,
        reveals=False,
        outcome="",
        cache="",
        touches=(),
        refusal="",
        deprecated=False,
        has_body=True,
        paginatable=False,
        replaces=True,
    )


def test_every_note_of_the_guide_has_its_place() -> None:
    assert entry_of(FULL, NOTE, former="zoo/v0#put", former_name="akamai_zoo_put") == Entry(
        name="akamai_zoo_put_thing",
        product="zoo",
        version="v1",
        operation_id="put-thing",
        method="PUT",
        template="/things/{thingId}",
        path="/zoo/v1/things/{thingId}",
        document="zoo.json",
        summary="Replace a thing",
        ask=("Change one", "change a thing", "replace it"),
        tags=("Things",),
        parameters=("thingId", "more"),
        effect=Effect(
            worst="destroy", mildest="write", conditions=(Condition(name="body.network", values=("STAGING",), optional=True),)
        ),
        secret=True,
        reveals=True,
        outcome="zoo/v1#get-job",
        cache="hours",
        touches=("/zoo/v1/things",),
        refusal="no",
        deprecated=True,
        has_body=True,
        paginatable=True,
        pages={"page_size": 5},
        source="client",
        former="zoo/v0#put",
        former_name="akamai_zoo_put",
        outcome_else="zoo/v1#get-task",
        until=("ACTIVE",),
        watch={"body.network": {"STAGING": ("staging",)}},
        progress=ProgressNote(at=("status",), done=("ACTIVE",)),
        replaces=False,
        instead="zoo/v2#put-thing",
        example={"thingId": "1"},
        corrects=NOTE["corrects"],
        accept={"otherwise": "application/json"},
        content_type={"otherwise": "text/csv"},
        empty_body=True,
        inventory=INVENTORY,
        undo=UNDO,
    )


@pytest.mark.parametrize("note", [{}, NOTE])
def test_an_entry_comes_back_from_the_index_as_it_was(note: dict[str, Any]) -> None:
    entry = entry_of(FULL, note, former="zoo/v0#put")
    assert read_entry(orjson.dumps(entry).decode()) == entry


@pytest.mark.parametrize(
    ("note", "changes"),
    [
        ({"secret": "part"}, {"secret": True, "reveals": False}),
        ({"secret": "yes"}, {"secret": False, "reveals": False}),
        ({"pages": False}, {"pages": False, "paginatable": False}),
        ({"pages": True}, {"pages": True, "paginatable": True}),
        ({"instead": "zoo/v2#put"}, {"instead": "zoo/v2#put", "deprecated": True}),
        ({"replaces": True}, {"replaces": True}),
        ({"replaces": "no"}, {"replaces": False}),
        ({"empty_body": 1}, {"empty_body": False}),
        ({"summary": "Its words"}, {"summary": "Its words", "ask": ("Its words",)}),
    ],
)
def test_a_note_of_another_form_says_no_more_than_it_does(note: dict[str, Any], changes: dict[str, Any]) -> None:
    assert entry_of(note=note) == replace(entry_of(), **changes)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.just(0.5) | st.text(max_size=3) | st.sampled_from(["at", "call", "ways", "kind"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["at", "absent", "ways", "call", "id", "done", "x"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


@given(name=st.sampled_from(sorted(NOTE)), value=JSON)
def test_a_note_of_any_form_leaves_the_rest_of_the_entry_as_it_is(name: str, value: Any) -> None:
    entry = entry_of(FULL, {name: value})
    assert (entry.key, entry.path, entry.refusal) == ("zoo/v1#put-thing", BARE.path, "no")
    assert read_entry(orjson.dumps(entry).decode()) == entry


def test_only_a_put_with_a_body_replaces_by_itself() -> None:
    assert [entry_of(replace(BARE, method=method)).replaces for method in ("PUT", "POST", "PATCH")] == [True, False, False]
    assert not entry_of(replace(BARE, has_body=False)).replaces


def test_a_name_that_it_has_now_is_no_former_one() -> None:
    assert entry_of(former_name="akamai_zoo_put_thing").former_name == ""


def test_an_example_has_arguments_by_name() -> None:
    assert [is_example(note) for note in ({}, {"a": 1}, {1: "a"}, ["a"], None)] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("name", "location", "pages"),
    [
        *((name, "query", True) for name in ("offset", "startIndex", "page", "Page_Number", "cursor", "pageToken", "nextToken", "scrollId")),
        *(("page", place, False) for place in ("path", "header")),
        ("q", "query", False),
    ],
)  # fmt: skip
def test_a_parameter_of_the_query_shows_pages_by_its_name(name: str, location: Any, pages: bool) -> None:
    assert is_paginatable(replace(BARE, parameters=((name, location),))) is pages


def test_a_parameter_that_the_guide_adds_to_the_query_shows_pages_too() -> None:
    added = entry_of(note={"corrects": {"page": {"in": "query", "type": "integer"}}})
    assert (added.parameters, added.paginatable) == (("thingId", "page"), True)


def test_an_operation_that_a_path_may_also_mean_makes_it_as_severe_and_as_secret_and_never_cached() -> None:
    read = replace(entry_of(note={"effect": "read"}), cache="hours")
    other = entry_of(note={"effect": "destroy", "secret": True})
    assert judged_with(read, ()) is read
    assert judged_with(read, [other]) == replace(
        read, effect=replace(read.effect, worst="destroy"), secret=True, reveals=True, cache="never"
    )
    assert judged_with(read, [read]) == replace(read, cache="never")
    assert judged_with(other, [read]) == replace(other, cache="never")
