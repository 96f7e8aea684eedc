"""How work stands is read from an answer: by the guide's words, by the caller's aim, else by general words."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.catalogue.outcomes.progress import ProgressNote
from akamai_mcp.result.outcomes.general_words import general_state
from akamai_mcp.result.outcomes.progress import Progress, Watch, read_progress

NOTE = ProgressNote(
    at=("items[].state",), needs=("asking",), pending=("zone_1",), failed=("lost",), done=("up", "down"), wants="inputs[].type"
)


def items(*states: str) -> dict[str, Any]:
    return {"items": [{"state": state} for state in states], "inputs": [{"type": "csr"}, {"type": "csr"}]}


@pytest.mark.parametrize(
    ("body", "state", "word"),
    [
        (items("UP", "ZONE_1"), "pending", "ZONE_1"),
        (items("up", "lost"), "failed", "lost"),
        (items("zone_1", "asking"), "needs-the-user", "asking"),
        (items("up"), "done", "up"),
        (items("IN_PROGRESS"), "pending", "IN_PROGRESS"),
        (items("Strange"), "unknown", "Strange"),
        (items(), "unknown", ""),
        ({"state": "up"}, "unknown", ""),
        (None, "unknown", ""),
    ],
)
def test_the_guides_words_count_where_the_guide_says_that_they_are(body: object, state: str, word: str) -> None:
    found = read_progress(body, Watch(note=NOTE))
    assert (found.state, found.word) == (state, word)


def test_input_that_a_person_has_to_give_is_named_once() -> None:
    assert read_progress(items("asking"), Watch(note=NOTE)).wanted == ("csr",)
    assert read_progress(items("up"), Watch(note=NOTE)).wanted == ()


@pytest.mark.parametrize("watch", [Watch(), Watch(note=ProgressNote(at=("state",)))])
def test_work_that_waits_for_somebody_may_not_say_for_what(watch: Watch) -> None:
    body = {"state": "AWAITING_INPUT", "inputs": [{"type": "csr"}]}
    assert read_progress(body, watch) == Progress(state="needs-the-user", word="AWAITING_INPUT", wanted=())


def test_the_opposite_of_what_was_asked_for_is_no_success() -> None:
    asked = Watch(note=NOTE, until=("UP",))
    assert read_progress(items("down"), asked).state == "failed"
    assert read_progress(items("up"), asked).state == "done"
    # A resource that others share may not show yet what was asked of it.
    assert read_progress(items("down"), Watch(note=NOTE, until=("up",), own=False)).state == "pending"


def test_only_the_item_that_the_call_was_about_counts() -> None:
    body = {"items": [{"state": "up", "v": 1}, {"state": "zone_1", "v": 2}, {"state": "lost", "v": 3}]}
    note = ProgressNote(at=NOTE.at, pending=NOTE.pending, failed=NOTE.failed, done=NOTE.done, match={"v": "version"})
    states = {
        value: read_progress(body, Watch(note=note, argument={"version": value}.get)).state for value in (1, "2", 3, 4, None)
    }
    assert states == {1: "done", "2": "pending", 3: "failed", 4: "unknown", None: "pending"}


def test_a_state_may_be_one_that_is_not_there() -> None:
    note = ProgressNote(at=("status",), absent="done")
    assert read_progress({"id": 1}, Watch(note=note)) == Progress(state="done")
    assert read_progress(None, Watch(note=note)).state == "unknown"


def test_other_paths_can_be_watched() -> None:
    body = {"staging": "up", "production": "lost"}
    assert read_progress(body, Watch(note=NOTE, at=("staging",))).state == "done"


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"activations": {"items": [{"status": "PENDING"}]}}, "pending"),
        ({"executionStatus": "IN_PROGRESS", "retryAfter": 10}, "pending"),
        ({"jobState": "SUCCESS"}, "done"),
        ([{"status": "COMPLETE"}, {"status": "PENDING"}], "pending"),
        ({"isComplete": False}, "pending"),
        ({"isComplete": True, "status": "complete"}, "done"),
        ({"status": "WHATEVER"}, "unknown"),
        ({"statusMessage": "failed"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_without_a_guide_general_words_count(body: object, state: str) -> None:
    assert read_progress(body, Watch()).state == state


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("STOPPED", "failed"), ("REMOVED", "done"), ("ROLLBACK", "failed"), ("IGNORED", "failed"), ("DNS_FAILURE", "failed"),
        ("staging-activation-failed", "failed"), ("PENDING_DELETION", "pending"), ("activation in progress", "pending"),
        ("VALIDATION_COMPLETE", "done"), ("awaiting-input", "needs-the-user"), ("wait-upload", "pending"), ("blue", "unknown"),
        ("job_failed_partly", "unknown"), ("a_b_failed", "failed"), ("failed_b_a", "failed"), ("active_b_failed", "failed"),
        ("", "unknown"),
    ],
)  # fmt: skip
def test_a_word_of_several_parts_means_what_its_last_or_first_part_means(word: str, state: str) -> None:
    assert general_state(word) == state


IN_WORDS = {
    "pending": """pending new queued submitted processing running started scheduled waiting in_progress inprogress in-progress
        activating deactivating deploying initializing accepted received created creating provisioning pending_activation
        pending_deactivation pending_cancellation awaiting uploading updating deleting building requested validating verifying
        cancelling canceling preparing prepared open false wait-upload-third-party""",
    "failed": """failed failure error errored aborted abort cancelled canceled rejected expired timeout timed_out invalid denied
        activation_failed deactivation_failed stopped rollback ignored interrupted unavailable not_available incomplete terminated""",
    "done": """active activated complete completed success successful succeeded done finished deployed inactive deactivated deleted
        removed ok ready live published available closed valid validated provisioned initialized uploaded approved true""",
    "needs-the-user": "awaiting_input awaiting_approval pending_approval awaiting_user needs_approval suspended",
}
SPELLINGS = (str.lower, str.upper, lambda word: word.replace("_", " ").title(), lambda word: f" {word.replace('_', '-')} ")


@pytest.mark.parametrize(("state", "word"), [(state, word) for state, words in IN_WORDS.items() for word in words.split()])
def test_each_general_word_has_one_meaning_however_it_is_spelled(state: str, word: str) -> None:
    assert {general_state(spelling(word)) for spelling in SPELLINGS} == {state}


@pytest.mark.parametrize(
    "field",
    """status state activationStatus executionStatus processingStatus requestStatus bulkSearchStatus bulkCreateVersionsStatus
    bulkPatchStatus bulkActivationStatus propagationStatus overallStatus changeStatus searchStatus result_status uploadStatus
    jobStatus STATUS jobState isComplete is_complete""".split(),
)
def test_each_field_that_holds_a_state_is_looked_at_wherever_it_is(field: str) -> None:
    for body in ({field: "failed"}, {"job": {field: "failed"}}, [{"id": 1}, {field: "failed"}]):
        assert read_progress(body, Watch()).state == "failed"


@pytest.mark.parametrize("field", ["name", "type", "reason", "statusCode", "stateCode", "statusMessage", "statement", "category"])
def test_a_word_in_another_field_says_nothing_of_how_work_stands(field: str) -> None:
    for word in ("new", "failed", "active"):
        assert read_progress({field: word}, Watch()).state == "unknown"
