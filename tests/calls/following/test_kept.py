"""A wait that goes on without its call: what is kept of it, and that its answer is the one that the call would have had."""

from __future__ import annotations

from contextvars import copy_context
from dataclasses import fields, replace
from typing import Any

import pytest
from calls_stage import CallsStage, shown
from virtual_time import VirtualLoop, run

from akamai_mcp.access.policy import Rules
from akamai_mcp.calls.following.kept import KeptWait, arguments_of, current_keeper, keeping_waits, read_wait
from akamai_mcp.calls.invoker import InvokerPolicies
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.outcomes.progress import Progress
from akamai_mcp.result.outcomes.waiting import Pace
from akamai_mcp.result.store import Source

START = {"contractId": "ctr_1", "body": {"kind": "START"}, "customer": "two"}
DAY = 24 * 3600
NO_PAGES = {"pages": 1, "more": False, "note": "This operation has no pages."}
UNREAD = "The call was accepted: do not repeat it. Its outcome could not be read; ask akamai_zoo_v1_get_job later."


class Keeper:
    """Takes waits, or refuses them."""

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes
        self.kept: list[KeptWait] = []

    async def __call__(self, wait: KeptWait) -> bool:
        self.kept.append(wait)
        return self.takes


async def kept(stage: CallsStage, operation: str = "post-job", **arguments: Any) -> tuple[Answer, list[KeptWait]]:
    """The answer of a call whose wait may go on without it, and what was kept."""
    keeper = Keeper()
    with keeping_waits(keeper):
        answer = await stage.call(operation, **{"wait": True} | (arguments or START))
    return answer, keeper.kept


async def test_everything_that_the_wait_needs_is_kept_and_the_call_is_answered_at_once(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201, retry_after="9"))
    answer, (wait,) = await kept(stage, **START, select="size", maxBytes=700, paginate=True, waitSeconds=50)
    content = {
        "status": 201,
        "headers": {"retry-after": "9"},
        "body": {"jobId": 7},
        "outcomeShownBy": {"name": "akamai_zoo_v1_get_job", "arguments": {"jobId": 7}},
    }
    assert wait == KeptWait(
        source=Source(customer="two", operation="zoo/v1#post-job", method="POST", path="/things/v1/jobs"),
        content=content,
        notes={"_pages": NO_PAGES},
        read="zoo/v1#get-job",
        arguments={"path": {"jobId": 7}},
        is_read=False,
        watched={},
        until=("ACTIVE",),
        at=(),
        own=True,
        removes=False,
        select="size",
        max_bytes=700,
        limit=50,
        pace=Pace(progress=Progress(state="pending"), pause=9.0, growing=9.0),
    )
    assert len(stage.akamai.calls) == 1
    assert "outcome" not in answer.content


async def test_a_wait_by_itself_is_kept_for_a_day_and_one_that_would_end_before_a_look_is_not(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201, retry_after="3600"))
    _, (wait,) = await kept(stage)
    assert (wait.limit, wait.notes) == (DAY, {})
    assert (await kept(stage, **START, waitSeconds=800))[1] == []
    assert (await kept(stage, **START, wait=False))[1] == []


async def test_what_was_filled_in_is_noted_and_a_removal_and_what_it_is_known_by_are_kept(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    _, (filled,) = await kept(stage, body={}, customer="acme")
    assert filled.notes == {"operatorDefaults": {"contractId": "ctr_1"}}
    stage.akamai.tell("DELETE /jobs/7", shown({}))
    _, (removal,) = await kept(stage, "delete-job", jobId=7)
    assert (removal.own, removal.removes, removal.until) == (False, True, ())
    stage.akamai.tell("POST /boxes/b/move", shown({}))
    _, (moved,) = await kept(stage, "move-box", boxId="b", body={"to": "x"})
    assert (moved.read, moved.arguments, moved.watched) == ("zoo/v1#get-boxes", {}, {"boxId": "b", "body.to": "x"})
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}))
    _, (read,) = await kept(stage, "get-job", jobId=7, view="all")
    assert (read.is_read, read.read, read.pace.progress) == (True, "zoo/v1#get-job", Progress(state="pending", word="PENDING"))
    assert read.arguments == {"path": {"jobId": 7}, "query": {"view": "all"}}


async def test_arguments_are_kept_by_their_location_with_undeclared_ones_and_the_body(stage: CallsStage) -> None:
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}))
    keeper = Keeper()
    with keeping_waits(keeper):
        raw = {"query": {"view": "all", "more": "1"}, "headers": {"accept": "text/csv"}}
        await stage.call_path("GET", "/jobs/7", raw, wait=True)
    (wait,) = keeper.kept
    assert wait.arguments == {
        "path": {"jobId": 7},
        "query": {"view": "all"},
        "standard_headers": {"accept": "text/csv"},
        "extra_query": {"more": "1"},
    }


@pytest.mark.parametrize(
    "placed",
    [
        Placed(),
        Placed(body=None),
        Placed(
            path={"a": 1}, query={"b": 2}, header={"c": 3}, cookie={"d": 4}, standard_headers={"accept": "x"}, extra_query={"e": 5},
            body={"f": 6},
        ),
    ],
)  # fmt: skip
def test_arguments_of_every_location_are_found_again(placed: Placed) -> None:
    assert replace(WAIT, arguments=arguments_of(placed)).placed() == placed


@pytest.mark.parametrize(
    ("method", "path", "operation", "answered", "arguments"),
    [
        ("POST", "/jobs", "post-job", {"jobId": 7, "password": "p"}, START),
        ("POST", "/jobs", "post-job", {"jobId": 7, "note": "-----BEGIN PRIVATE KEY-----"}, START),
        ("POST", "/tokens", "post-token", {"tokenId": "7"}, {"body": {}}),
        ("GET", "/tokens", "get-tokens", {"status": "PENDING"}, {"customer": None}),
    ],
)
def test_nothing_is_kept_that_may_hold_a_credential(
    stage: CallsStage, method: str, path: str, operation: str, answered: Any, arguments: Any
) -> None:
    stage.akamai.tell(f"{method} {path}", shown(answered, 201 if method == "POST" else 200))
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE"}))
    stage.akamai.tell("GET /tokens/7", shown({}, 403))
    answer, waits = run(kept(stage, operation, **arguments, waitSeconds=2), VirtualLoop())
    assert (waits, answer.content["outcome"]["asked"]) == ([], 1)


async def test_what_no_document_describes_is_not_kept(stage: CallsStage) -> None:
    stage.akamai.tell("GET /nowhere", shown({"status": "PENDING"}))
    keeper = Keeper()
    with keeping_waits(keeper):
        answer = await stage.call_path("GET", "/nowhere", wait=True, wait_seconds=1)
    assert keeper.kept == []
    assert answer.content["outcome"]["state"] == "pending"


async def test_a_wait_that_nobody_takes_is_waited_for_by_the_call(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201, retry_after="0.001"))
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE"}))
    keeper = Keeper(takes=False)
    with keeping_waits(keeper):
        answer = await stage.call("post-job", **START, wait=True)
    assert (len(keeper.kept), answer.content["outcome"]["state"]) == (1, "done")


def test_what_takes_waits_takes_those_of_its_block_alone() -> None:
    keeper = Keeper()
    assert current_keeper() is None
    with keeping_waits(keeper):
        assert current_keeper() is keeper
    assert current_keeper() is None
    assert copy_context().run(current_keeper) is None


WAIT = KeptWait(
    source=Source(customer="two", operation="zoo/v1#post-job", method="POST", path="/things/v1/jobs"),
    content={"status": 201, "body": {"jobId": 7}, 7: "a number for a name"},
    notes={"adjusted": {"contractId": "C-1"}},
    read="zoo/v1#get-job",
    arguments={"path": {"jobId": 7}, "body": {"a": None}},
    is_read=False,
    watched={"boxId": "b"},
    until=("ACTIVE", "STOPPED"),
    at=("status",),
    own=False,
    removes=True,
    select="size",
    max_bytes=700,
    limit=100.0,
    pace=Pace(progress=Progress(state="pending", word="PENDING", wanted=("csr",)), pause=3.0, growing=2.0, seconds=20.0, asked=4),
)


def test_a_wait_is_read_as_it_was_written() -> None:
    read = read_wait(WAIT.to_bytes())
    assert read == replace(WAIT, content={"status": 201, "body": {"jobId": 7}, "7": "a number for a name"})
    assert {one.name: type(getattr(read, one.name)) for one in fields(read)} == {
        one.name: type(getattr(WAIT, one.name)) for one in fields(WAIT)
    }


def test_a_wait_shows_no_value_of_its_call_in_a_traceback() -> None:
    shown_text = repr(WAIT)
    assert [name for name in ("content", "notes", "arguments", "watched") if f"{name}=" in shown_text] == []
    assert "read='zoo/v1#get-job'" in shown_text


# --- a look at it later -------------------------------------------------------------------------------------------------


LOOKED = replace(WAIT, content={"status": 201, "body": {"jobId": 7}}, arguments={"path": {"jobId": 7}}, at=(), own=True, removes=False,
                 until=("ACTIVE",), select=None, max_bytes=40_000)  # fmt: skip


READ = Source(customer="two", operation="zoo/v1#get-job", method="GET", path="/things/v1/jobs/7")


async def test_a_look_at_work_that_goes_on_brings_the_next_pace_and_nothing_else(stage: CallsStage) -> None:
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}, retry_after="11"))
    looked = await stage.invoker.look(LOOKED, 30.0)
    pace = Pace(progress=Progress(state="pending", word="PENDING"), pause=11.0, growing=3.0, seconds=30.0, asked=5)
    assert looked == replace(LOOKED, pace=pace)
    (call,) = stage.akamai.calls
    assert (call.customer, call.cache) == ("two", "off")


@pytest.mark.parametrize(("seconds", "goes_on"), [(89.0, True), (89.1, False)])
async def test_a_look_is_the_last_if_the_next_would_be_after_the_time(stage: CallsStage, seconds: float, goes_on: bool) -> None:
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}, retry_after="11"))
    assert isinstance(await stage.invoker.look(LOOKED, seconds), KeptWait) == goes_on


async def test_the_answer_at_the_end_is_that_of_the_call_with_the_outcome_and_what_was_noted(stage: CallsStage) -> None:
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE", "size": 3}))
    outcome = {
        "state": "done",
        "status": "ACTIVE",
        "seconds": 30,
        "asked": 5,
        "answer": {"status": 200, "body": {"status": "ACTIVE", "size": 3}},
    }
    content = {"status": 201, "body": {"jobId": 7}, "adjusted": {"contractId": "C-1"}}
    answer = await stage.invoker.look(LOOKED, 30.0)
    assert isinstance(answer, Answer)
    assert (answer.content, answer.is_error) == (content | {"outcome": outcome}, False)
    selected = await stage.invoker.look(replace(LOOKED, select="size"), 30.0)
    assert isinstance(selected, Answer)
    assert selected.content == content | {"outcome": outcome | {"answer": {"status": 200, "body": 3}}}
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE", "names": ["n" * 20] * 500}))
    for max_bytes, is_cut in ((600, True), (40_000, False)):
        answer = await stage.invoker.look(replace(LOOKED, max_bytes=max_bytes), 30.0)
        assert isinstance(answer, Answer)
        assert ("_cut" in answer.content["outcome"]["answer"]) is is_cut


@pytest.mark.parametrize(
    ("changes", "body", "status", "state"),
    [
        ({}, {"status": "STOPPED"}, 200, "failed"),
        ({"until": ("STOPPED",)}, {"status": "STOPPED"}, 200, "done"),
        ({"at": ("other",)}, {"status": "BROKEN", "other": "ACTIVE"}, 200, "done"),
        ({"own": False, "removes": True}, {}, 404, "done"),
        ({"own": False}, {"status": "STOPPED"}, 200, None),
        ({}, {}, 404, None),
    ],
)
async def test_a_look_judges_by_what_was_kept(
    stage: CallsStage, changes: dict[str, Any], body: Any, status: int, state: str | None
) -> None:
    stage.akamai.tell("GET /jobs/7", shown(body, status))
    looked = await stage.invoker.look(replace(LOOKED, **changes), 30.0)
    if state is None:
        assert isinstance(looked, KeptWait)
    else:
        assert isinstance(looked, Answer)
        assert (looked.content["outcome"]["state"], looked.is_error) == (state, state == "failed")


async def test_a_kept_item_of_a_list_is_found_again_by_the_arguments_of_its_call(stage: CallsStage) -> None:
    boxes = [{"id": "a", "state": "MOVING"}, {"id": "b", "state": "THERE"}]
    stage.akamai.tell("GET /boxes", shown({"boxes": boxes}))
    wait = replace(LOOKED, read="zoo/v1#get-boxes", arguments={}, until=())
    for box, state in (("a", None), ("b", "done")):
        looked = await stage.invoker.look(replace(wait, watched={"boxId": box, "body.to": None}), 30.0)
        assert (looked.content["outcome"]["state"] if isinstance(looked, Answer) else None) == state


async def test_a_kept_read_ends_with_its_last_answer_selected_and_within_its_budget(stage: CallsStage) -> None:
    wait = replace(LOOKED, is_read=True, until=(), source=READ, notes={}, select="names[1]")
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE", "names": ["n" * 20] * 500}))
    answer = await stage.invoker.look(wait, 30.0)
    assert isinstance(answer, Answer)
    outcome = {"state": "done", "status": "ACTIVE", "seconds": 30, "asked": 5}
    assert answer.content == {"status": 200, "body": "n" * 20, "outcome": outcome}
    cut = await stage.invoker.look(replace(wait, select=None, max_bytes=600), 30.0)
    assert isinstance(cut, Answer)
    assert cut.content["_cut"]["bytes"] > 10_000
    stored = await stage.invoker.stored.find(cut.content["_cut"]["whole"])
    assert stored.sources == (READ,)


async def test_what_cannot_be_read_any_more_ends_the_wait_with_what_is_known(zoo: Catalogue, customers: Customers) -> None:
    strict = CallsStage(zoo, customers, policies=InvokerPolicies(files=FilePolicy(), strict_validation=True))
    answer = await strict.invoker.look(replace(LOOKED, arguments={"path": {"jobId": "seven"}}), 30.0)
    assert isinstance(answer, Answer)
    outcome = answer.content.pop("outcome")
    assert answer.content == {"status": 201, "body": {"jobId": 7}, "adjusted": {"contractId": "C-1"}}
    assert (outcome["state"], outcome["answer"]["sent"], outcome["advice"]) == (
        "unknown",
        False,
        UNREAD.replace("akamai_zoo_v1_get_job", "zoo/v1#get-job"),
    )
    assert strict.akamai.calls == []


async def test_a_look_obeys_the_rules_of_now(zoo: Catalogue, customers: Customers) -> None:
    denied = CallsStage(zoo, customers, rules=Rules(source="the test", deny=("zoo/v1#get-job",)))
    answer = await denied.invoker.look(LOOKED, 30.0)
    assert isinstance(answer, Answer)
    assert (answer.content["outcome"]["state"], answer.content["outcome"]["advice"]) == ("pending", UNREAD)
    assert denied.akamai.calls == []
