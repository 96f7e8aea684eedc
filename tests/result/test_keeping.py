"""Large answers are cut and kept, and partial failures come first."""

from __future__ import annotations

import base64
import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from archive_samples import tar_member
from pipeline_fakes import FakeClock

from akamai_mcp.result.answer import Answer
from akamai_mcp.result.budget import fit, json_size
from akamai_mcp.result.shaping import UNSELECTED_BUDGET, mark_partial, shape
from akamai_mcp.result.store import ResultStore, Source, StoredResult, StorePolicy, pack, unpack


def numbered() -> Any:
    numbers = count(1)
    return lambda: f"handle-{next(numbers)}"


def keep(store: ResultStore, customer: str, operation: str, value: Any) -> str | None:
    return store.keep((Source(customer=customer, operation=operation, method="GET", path="/x"),), value)


def test_an_answer_is_found_by_its_handle_until_its_time_is_over() -> None:
    clock = FakeClock()
    store = ResultStore(StorePolicy(seconds=10), clock=clock, token=numbered())
    handle = keep(store, "acme", "papi/v1#x", {"a": [1]})
    assert handle == "akamai://results/handle-1"
    for name in (handle, "handle-1"):
        kept = store.find(name)
        assert kept is not None
        assert (*kept.customers, kept.operation, kept.value()) == ("acme", "papi/v1#x", {"a": [1]})
    clock.now += 9.9
    assert store.find(handle) is not None
    clock.now += 0.1
    assert store.find(handle) is None


def test_handles_are_random_and_unique() -> None:
    store = ResultStore(StorePolicy())
    handles = {keep(store, "a", "b", 1) for _ in range(100)}
    assert len(handles) == 100
    assert all(len(str(handle).removeprefix("akamai://results/")) >= 16 for handle in handles)


def test_too_large_results_are_not_stored_and_the_oldest_is_dropped_first() -> None:
    store = ResultStore(StorePolicy(max_bytes=100, max_answer_bytes=60), token=numbered())
    assert keep(store, "a", "b", "x" * (61 - len('""'))) is None
    assert keep(store, "a", "b", "x" * (60 - len('""'))) is not None
    assert keep(ResultStore(StorePolicy(max_bytes=10)), "a", "b", "x" * (11 - len('""'))) is None
    assert keep(ResultStore(StorePolicy(max_bytes=10)), "a", "b", "x" * (10 - len('""'))) is not None
    first, second = keep(store, "a", "b", "x" * 50), keep(store, "a", "b", "y" * 50)
    assert first is not None
    assert second is not None
    assert store.find(first) is None
    assert store.find(second) is not None


def shaped(body: Any, **changes: Any) -> tuple[dict[str, Any], list[Any]]:
    """A shaped answer and what was kept of it."""
    kept: list[Any] = []
    keep = lambda value: kept.append(value) or "akamai://results/1"  # noqa: E731
    answer = shape(Answer(content={"status": 200, "body": body}), **({"select": None, "max_bytes": 1000, "keep": keep} | changes))
    return answer.content, kept


def test_an_answer_that_fits_is_left_alone() -> None:
    assert shaped({"a": 1}) == ({"status": 200, "body": {"a": 1}}, [])


def test_a_large_answer_is_cut_and_kept_whole() -> None:
    body = {"items": [{"n": number} for number in range(1000)]}
    content, kept = shaped(body)
    assert len(json.dumps(content["body"])) <= 1500
    assert content["body"]["items"][0] == {"n": 0}
    assert content["_cut"]["cuts"][0]["of"] == 1000
    assert content["_cut"]["whole"] == "akamai://results/1"
    assert kept == [body]


def test_a_large_answer_that_cannot_be_stored_advises_to_request_less() -> None:
    content, _ = shaped(["x" * 5000], keep=lambda _: None)
    assert content["_cut"]["advice"].startswith("Request less")


def test_a_selection_is_taken_before_the_cut() -> None:
    content, kept = shaped({"items": list(range(1000)), "name": "a"}, select="name")
    assert (content["body"], kept) == ("a", [])


def test_a_selection_that_matches_nothing_lists_the_answers_fields() -> None:
    content, _ = shaped({"items": [], "name": "a"}, select="nmae")
    assert (content["body"], content["note"]) == (None, "select matched nothing; the answer has items, name")


@pytest.mark.parametrize("select", ["items[].nmae", "{id: nmae}", "[nmae, items[0].nmae]", "items[?nmae=='a']", "body.items"])
def test_a_selection_whose_names_match_nothing_says_so(select: str) -> None:
    content, _ = shaped({"items": [{"name": "a"}]}, select=select)
    assert content["note"].startswith("select matched nothing")
    assert content["note"].endswith("the answer has items")


@pytest.mark.parametrize(
    ("body", "ending"), [([{"a": 1}], "a list of 1, whose first item has a"), ([], "a list of 0"), ("a", "text")]
)
def test_a_selection_that_matches_nothing_of_a_list_or_a_text_says_what_the_answer_is(body: Any, ending: str) -> None:
    content, _ = shaped(body, select="[].nmae")
    assert content["note"] == f"select matched nothing; the answer is {ending}"


@pytest.mark.parametrize(("select", "part"), [("zero", 0), ("no", False), ("text", ""), ("[zero, gone]", [0, None])])
def test_a_selection_of_a_value_that_is_false_or_empty_is_no_mistake(select: str, part: Any) -> None:
    content, _ = shaped({"zero": 0, "no": False, "text": ""}, select=select)
    assert (content["body"], "note" in content) == (part, False)


TO_READ_MORE = "To read more, call akamai_read with name = this handle and select = {}."


@pytest.mark.parametrize(
    ("body", "part"),
    [(list(range(1000)), "a JMESPath such as items[50:100]"), ("x" * 2000, "[200:400] for lines 200 to 400")],
)
def test_a_cut_says_its_size_what_is_left_out_and_how_to_read_on(body: Any, part: str) -> None:
    content, _ = shaped(body)
    fitted = fit(body, 1000)
    assert content == {
        "status": 200,
        "body": fitted.value,
        "_cut": {
            "bytes": json_size(body),
            "cuts": [cut.as_json() for cut in fitted.cuts],
            "whole": "akamai://results/1",
            "advice": TO_READ_MORE.format(part),
        },
    }
    unkept, _ = shaped(body, keep=lambda _: None)
    assert unkept["_cut"].keys() == {"bytes", "cuts", "advice"}


LONG = ["x" * 100] * 20  # of about 2,000 bytes


def test_of_an_answer_whose_selection_failed_the_beginning_is_shown_unless_nothing_else_has_the_whole() -> None:
    note = "select was not applied: abs() takes number, not array. The answer is a list of 20. "
    content, kept = shaped(LONG, select="abs(@)", max_bytes=10_000)
    assert content["note"].startswith(note)
    assert "items[0:5]" in content["note"]
    assert json_size(content["body"]) <= UNSELECTED_BUDGET
    assert (content["_cut"]["whole"], kept) == ("akamai://results/1", [LONG])
    unkept, _ = shaped(LONG, select="abs(@)", max_bytes=10_000, keep=lambda _: None)
    assert (unkept["body"], "_cut" in unkept) == (LONG, False)
    little, _ = shaped(LONG, select="abs(@)", max_bytes=300)
    assert json_size(little["body"]) <= 300


def test_why_a_selection_failed_is_told_in_one_sentence() -> None:
    content, _ = shaped({"a": [1]}, select="a[::0]")
    assert content["note"].startswith("select was not applied: select cannot be applied (ValueError). The answer has a. Use ")


@pytest.mark.parametrize(
    ("body", "select", "part"),
    [({"rows": LONG}, "rows", LONG), ({"rows": [{}] * 300}, "rows[*].[nmae]", [[None]] * 300)],
)
def test_what_was_selected_may_be_as_large_as_an_answer(body: Any, select: str, part: Any) -> None:
    content, kept = shaped(body, select=select, max_bytes=10_000)
    assert (content["body"], kept) == (part, [])


def test_an_answer_in_a_file_keeps_its_path_whatever_is_selected() -> None:
    body = {"contentType": "text/csv", "bytes": 9_000, "savedTo": "/a", "begins": "x" * 2000}
    content, kept = shaped(body, select="rows", max_bytes=10_000)
    assert content == {"status": 200, "body": body, "note": "select was not applied: the answer is in a file"}
    assert kept == []


@pytest.mark.parametrize("select", [None, "items"])
def test_an_answer_without_a_body_is_left_alone(select: str | None) -> None:
    empty = Answer(content={"status": 204})
    assert shape(empty, select=select, max_bytes=10, keep=lambda _: None) is empty


def test_a_problem_is_cut_like_a_body_and_nothing_is_selected_from_it() -> None:
    refused = Answer(content={"status": 400, "problem": {"errors": list(range(1000))}}, is_error=True)
    answer = shape(refused, select="errors[0]", max_bytes=1000, keep=lambda _: None)
    assert answer.content["problem"]["errors"][:2] == [0, 1]
    assert (answer.is_error, "_cut" in answer.content, "note" in answer.content) == (True, True, False)


PACKED = tar_member("a").tobuf() * 101
BINARY = {"base64": base64.b64encode(PACKED).decode(), "contentType": "application/x-tar", "bytes": len(PACKED)}


def test_all_members_of_an_archive_can_be_selected() -> None:
    assert shaped(BINARY, select="length(archive.members)")[0]["body"] == 101
    assert shaped({"bytes": 1}, select="archive")[0]["body"] is None


def test_binary_content_is_described_with_what_became_of_the_selection_and_saved_where_it_is_large() -> None:
    saved: list[Any] = []
    save = lambda name, content: saved.append((name, content)) or Path("/downloads/a")  # noqa: E731
    content, kept = shaped(BINARY, select="abs(@)", save=save)
    assert content["note"].startswith("select was not applied: abs() takes number, not object.")
    assert (content["body"]["savedTo"], content["body"]["whole"]) == ("/downloads/a", "akamai://results/1")
    assert (saved, kept) == ([(None, PACKED)], [BINARY])
    embedded = shape(Answer(content={"body": BINARY}), select=None, max_bytes=10**6, keep=lambda _: None, embed=True)
    linked = shape(Answer(content={"body": BINARY}), select=None, max_bytes=10**6, keep=lambda _: "akamai://results/1")
    assert embedded.attachment is not None
    assert linked.attachment is not None
    assert linked.attachment.base64 == ""  # only what was asked for fills a conversation with bytes
    assert embedded.attachment.base64 == BINARY["base64"]


HINT = " select starts inside body: leave out `body.`;"


@pytest.mark.parametrize(
    ("body", "select", "hint"),
    [
        ({"items": 1}, "body.items", HINT),
        ({"items": 1}, " body.items ", HINT),
        ({"items": 1}, "body", HINT),
        ([1], "body.items", HINT),
        ({"items": 1}, "items.body", ""),
        ({"items": 1}, "bodyguard.items", ""),
        ({"body": {"a": 1}}, "body.items", ""),
    ],
)
def test_a_selection_that_begins_with_body_is_told_to_begin_inside_it(body: Any, select: str, hint: str) -> None:
    content, _ = shaped(body, select=select)
    has = "is a list of 1" if isinstance(body, list) else f"has {next(iter(body))}"
    assert content["note"] == f"select matched nothing;{hint} the answer {has}"


@pytest.mark.parametrize(
    ("part", "is_nothing"),
    [
        (None, True), ([], True), ([None], True), ([[], [None]], True), ({"a": None}, True), ({"a": None, "b": []}, True),
        ([{"a": None}], True), ({}, False), ([{}], False), ({"a": None, "b": 0}, False), ([None, ""], False), (0, False),
    ],
)  # fmt: skip
def test_nothing_is_null_and_lists_and_objects_of_nothing_else(part: Any, is_nothing: bool) -> None:
    content, _ = shaped({"part": part}, select="part")
    assert (content["body"], "note" in content) == (part, is_nothing)


def test_a_207_in_which_items_failed_is_an_error_and_names_them_first() -> None:
    body = [{"status": 200, "id": 1}, {"status": 400, "id": 2}]
    answer = mark_partial(Answer(content={"status": 207, "body": body}))
    assert answer.is_error
    assert list(answer.content) == ["status", "failed", "failedItems", "advice", "body"]
    assert (answer.content["failed"], answer.content["failedItems"]) == (1, [{"status": 400, "id": 2}])


def test_a_207_in_which_nothing_failed_is_a_success() -> None:
    whole = Answer(content={"status": 207, "body": [{"status": 200}]})
    assert mark_partial(whole) is whole


def test_many_failed_items_are_counted_and_the_first_are_listed() -> None:
    answer = mark_partial(Answer(content={"status": 207, "body": [{"status": 500, "id": number} for number in range(5000)]}))
    assert answer.content["failed"] == 5000
    assert len(json.dumps(answer.content["failedItems"])) < 5000


class FakeShelf:
    """What replicas share, in memory."""

    def __init__(self) -> None:
        self.there: dict[str, bytes] = {}

    async def put(self, handle: str, content: bytes, seconds: float) -> bool:
        self.there[handle] = content
        return True

    async def get(self, handle: str) -> bytes | None:
        return self.there.get(handle)


async def test_another_replica_finds_what_was_published_whole_and_with_whose_it_is() -> None:
    shelf = FakeShelf()
    first, second = (ResultStore(StorePolicy(), shared=shelf) for _ in range(2))
    handle = keep(first, "acme", "papi/v1#x", {"text": "a\nb", "n": [1, None]})
    assert handle is not None
    assert await second.fetch(handle) is None
    await first.publish(handle)
    assert await second.fetch(handle) == first.find(handle)
    assert await second.fetch("unknown") is None
    await first.publish("unknown")
    assert len(shelf.there) == 1


async def test_without_other_replicas_a_handle_is_found_here_alone() -> None:
    store = ResultStore(StorePolicy())
    handle = keep(store, "acme", "papi/v1#x", 1)
    assert handle is not None
    await store.publish(handle)
    assert await store.fetch(handle) == store.find(handle)
    assert await ResultStore(StorePolicy()).fetch(handle) is None


def test_a_stored_answer_is_whose_it_is_and_of_the_calls_that_made_it() -> None:
    store = ResultStore(StorePolicy(), token=numbered())
    calls = tuple(Source(customer=name, operation=f"{name}#x", method="GET", path="/x") for name in ("acme", "beta"))
    one, many = store.keep(calls[:1], {1: "a"}, caller="ci"), store.keep(calls, [1])
    assert one is not None
    assert many is not None
    assert store.find(one) == StoredResult(sources=calls[:1], content=b'{"1":"a"}', caller="ci")
    assert store.find(many) == StoredResult(sources=calls, content=b"[1]", caller="")
    told = [(kept.operation, kept.customers) for handle in (one, many) if (kept := store.find(handle))]
    assert told == [("acme#x", {"acme"}), ("", {"acme", "beta"})]


@pytest.mark.parametrize("content", [b'{"a":"x"}', b'"a\\nb"', b"[1]\n", b""])
def test_what_replicas_share_of_an_answer_is_all_of_it(content: bytes) -> None:
    calls = tuple(Source(customer=name, operation="x", method="GET", path="/x") for name in ("acme", "beta"))
    stored = StoredResult(sources=calls, content=content, caller="ci")
    assert unpack(pack(stored)) == stored
