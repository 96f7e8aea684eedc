"""The compact rows of the guide on undo mean whole notes, and a row that means nothing ends the build."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.catalogue.outcomes.undo import undo_problems
from akamai_mcp.catalogue.outcomes.undo_rows import ANOTHER_ID, read_undo_guide
from akamai_mcp.errors import DocumentError

READ = {"call": "zoo/v1#get-thing"}
PUT_BACK = {"call": "zoo/v1#put-thing", "with": {"body": {"takes": "=before"}}}
REMOVE = {"call": "zoo/v1#delete-thing", "with": {"thingId": "=answer.thingId"}}
READ_NEW = READ | {"with": {"thingId": "=answer.thingId"}}
GET, PUT, PATCH = {"get": "get-thing"}, {"put": "put-thing"}, {"patch": "patch-thing"}
POST = {"post": "post-thing", "delete": "delete-thing", "id": "thingId"}


def notes_of(row: dict[str, Any]) -> dict[str, Any]:
    """The notes of a row, by the name of the operation."""
    notes = read_undo_guide({"resources": {"zoo/v1": [row]}})
    assert [problem for note in notes.values() for problem in undo_problems(note)] == []
    return {key.removeprefix("zoo/v1#"): note for key, note in notes.items()}


@pytest.mark.parametrize(
    ("row", "notes"),
    [
        (GET, {}),
        (GET | PUT, {"put-thing": {"read": READ, "ways": [PUT_BACK]}}),
        (GET | PUT | PATCH, {name: {"read": READ, "ways": [PUT_BACK]} for name in ("put-thing", "patch-thing")}),
        (GET | {"delete": "delete-thing"}, {"delete-thing": {"never": ANOTHER_ID}}),
        (
            GET | PUT | {"delete": "delete-thing", "upsert": True},
            {
                "put-thing": {"read": READ, "ways": [PUT_BACK, {"call": "zoo/v1#delete-thing", "absent": True}]},
                "delete-thing": {"read": READ, "ways": [PUT_BACK]},
            },
        ),
        (
            GET | PUT | {"with": {"deep": True}},
            {"put-thing": {"read": READ | {"with": {"deep": True}}, "ways": [PUT_BACK]}},
        ),
        (
            GET | POST,
            {"post-thing": {"read": READ_NEW, "ways": [REMOVE]}, "delete-thing": {"never": ANOTHER_ID}},
        ),
        (
            GET | POST | {"is": "id", "content": "status", "with": {"deep": True}},
            {
                "post-thing": {
                    "read": READ | {"with": {"deep": True, "thingId": "=answer.id"}},
                    "ways": [{"call": "zoo/v1#delete-thing", "with": {"thingId": "=answer.id"}, "content": "status"}],
                },
                "delete-thing": {"never": ANOTHER_ID},
            },
        ),
    ],
)
def test_a_row_means_a_note_for_each_of_its_operations(row: dict[str, Any], notes: dict[str, Any]) -> None:
    assert notes_of(row) == notes


def test_each_of_two_toggles_takes_the_other_back() -> None:
    pairs = {"zoo/v1": [["lock", "unlock"], ["hide", "show"]]}
    notes = read_undo_guide({"toggles": pairs})
    assert notes == {
        f"zoo/v1#{one}": {"ways": [{"call": f"zoo/v1#{other}", "with": {"body": "=arg.body"}}]}
        for pair in pairs["zoo/v1"]
        for one, other in (pair, pair[::-1])
    }


def test_a_note_that_is_written_out_wins_over_a_row_and_over_a_reason_for_never() -> None:
    rows = {"never": {"zoo/v1#send": "It is sent.", "zoo/v1#put-thing": "No."}, "resources": {"zoo/v1": [GET | PUT]}}
    notes = read_undo_guide(rows)
    assert notes == {"zoo/v1#send": {"never": "It is sent."}, "zoo/v1#put-thing": {"read": READ, "ways": [PUT_BACK]}}
    own = {"zoo/v1#put-thing": {"never": "Own."}}
    assert read_undo_guide(rows | {"undo": own}) == {"zoo/v1#send": {"never": "It is sent."}} | own


@pytest.mark.parametrize("empty", [{}, dict.fromkeys(("resources", "toggles", "never", "undo"))])
def test_a_section_may_be_empty(empty: dict[str, Any]) -> None:
    assert read_undo_guide(empty) == {}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"more": {}, 5: {}}, "has unknown sections ['5', 'more']"),
        ({"resources": {"zoo/v1": [GET | {"head": "a", 5: 1}]}}, "has a row of zoo/v1 with unknown keys ['5', 'head']"),
        *(
            ({"resources": {"zoo/v1": [row]}}, f"has a row of zoo/v1 without {missing}: {row}")
            for row, missing in (
                (PUT, ["get"]),
                ({"upsert": True} | GET, ["delete", "put"]),
                ({"post": "post-thing"}, ["delete", "get", "id"]),
                (GET | PUT | {"upsert": True}, ["delete"]),
                (GET | PATCH, ["put"]),
                *((GET | PUT | {key: "status"}, ["post"]) for key in ("is", "content")),
            )
        ),
    ],
)
def test_what_means_nothing_ends_the_build_and_says_where(content: dict[Any, Any], fault: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_undo_guide(content)
    assert caught.value.message == f"undo.yaml {fault}."
    assert caught.value.document == "undo.yaml"
    assert caught.value.advice == "Correct it and build again; specs/README.md names its sections and keys."
