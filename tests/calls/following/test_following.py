"""Work that goes on after its answer: its outcome is named, and waited for until it shows how the work ended."""

from __future__ import annotations

from typing import Any

import pytest
from calls_stage import CallsStage, shown
from virtual_time import VirtualLoop, run

from akamai_mcp.access.policy import Rules
from akamai_mcp.access.quotas import QuotaPolicy, Quotas
from akamai_mcp.calls.following.following import NOTHING_TO_WAIT_FOR
from akamai_mcp.calls.invoker import InvokerPolicies
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import UpstreamBusyError, UpstreamConnectError, UpstreamTimeout, UpstreamTooLargeError
from akamai_mcp.pipeline.call import Response
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.result.answer import Answer

SHOWN_BY = {"name": "akamai_zoo_v1_get_job", "arguments": {"jobId": 7}}
LATER = "It has not ended: do not repeat the call; ask akamai_zoo_v1_get_job again later."
UNREAD = "The call was accepted: do not repeat it. Its outcome could not be read; ask akamai_zoo_v1_get_job later."
START = {"contractId": "C-1", "body": {"kind": "START"}}


def wait(stage: CallsStage, operation: str = "post-job", **arguments: Any) -> Answer:
    """Make a call that waits, in virtual time; the seconds of its outcome are of the real one, so they are left out."""
    answer = run(stage.call(operation, **{"wait": True} | (arguments or START)), VirtualLoop())
    answer.content.get("outcome", {}).pop("seconds", None)
    return answer


def told(state: str, word: str = "", asked: int = 1, **more: Any) -> dict[str, Any]:
    """The outcome as an answer has it."""
    return {"state": state, **({"status": word} if word else {}), "asked": asked, **more}


# --- which call shows it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 203])
@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"jobId": 7}, SHOWN_BY),
        ({"roomId": "r"}, {"name": "akamai_zoo_v1_get_boxes_of", "arguments": {"roomId": "r"}}),
        ({"roomId": "r", "jobId": 7}, SHOWN_BY),
        ({}, None),
    ],
)
async def test_a_call_that_shows_the_outcome_is_named_as_far_as_it_is_known(
    stage: CallsStage, status: int, body: dict[str, Any], named: dict[str, Any] | None
) -> None:
    stage.akamai.tell("POST /jobs", shown(body, status))
    content = {"status": status, "body": body}
    if named:
        content["outcomeShownBy"] = named
    elif status in {201, 202}:  # what was created or accepted goes on, even without its name
        content["outcomeShownBy"] = {"name": "akamai_zoo_v1_get_job", "arguments": {}, "missing": ["jobId"]}
    assert (await stage.call("post-job", **START)).content == content
    assert stage.akamai.asked == ["POST /jobs?contractId=C-1"]


def test_a_wait_for_what_has_no_name_asks_nobody(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({}, 202))
    assert "outcome" not in wait(stage).content
    assert len(stage.akamai.calls) == 1


# --- how it is waited for -----------------------------------------------------------------------------------------------


def test_the_whole_answer_has_that_of_the_call_and_that_of_the_outcome(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}), shown({"status": "ACTIVE", "size": 2}))
    answer = wait(stage)
    assert answer.content == {
        "status": 201,
        "body": {"jobId": 7},
        "outcomeShownBy": SHOWN_BY,
        "outcome": told("done", "ACTIVE", 2, answer={"status": 200, "body": {"status": "ACTIVE", "size": 2}}),
    }
    assert not answer.is_error
    assert [(call.cache, call.customer) for call in stage.akamai.calls[1:]] == [("off", "one")] * 2


@pytest.mark.parametrize(
    ("body", "state", "asked"),
    [
        ({"status": "ACTIVE"}, told("done", "ACTIVE"), 1),
        ({"status": "STOPPED"}, told("failed", "STOPPED"), 1),
        ({"status": "BROKEN"}, told("failed", "BROKEN"), 1),
        (
            {"status": "ASKS", "asks": [{"type": "csr"}, {"type": "key"}]},
            told(
                "needs-the-user", "ASKS", wanted=["csr", "key"],
                advice="It goes on only after a person's input (csr, key): give it with akamai_zoo_v1_put_job.",
            ),
            1,
        ),
        (
            {"status": "ASKS"},
            told("needs-the-user", "ASKS", advice="It goes on only after a person's input: give it with akamai_zoo_v1_put_job."),
            1,
        ),
    ],
)  # fmt: skip
def test_each_end_of_work_is_told_with_what_to_do(stage: CallsStage, body: Any, state: dict[str, Any], asked: int) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    stage.akamai.tell("GET /jobs/7", shown(body))
    answer = wait(stage)
    assert answer.content["outcome"] == state | {"answer": {"status": 200, "body": body}}
    assert answer.is_error == (state["state"] == "failed")
    assert len(stage.akamai.calls) == 1 + asked


AGAIN = [429, 500, 501, 502, 503, 504, 404, 410]
REFUSED = [400, 401, 403, 409, 412]


@pytest.mark.parametrize("status", [*AGAIN, *REFUSED])
def test_a_status_that_may_pass_is_followed_by_another_look_and_one_that_will_not_ends_them(
    stage: CallsStage, status: int
) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE"}, status), shown({"status": "ACTIVE"}))
    answer = wait(stage)
    outcome = answer.content["outcome"]
    assert not answer.is_error
    if status in AGAIN:
        assert outcome == told("done", "ACTIVE", 2, answer={"status": 200, "body": {"status": "ACTIVE"}})
    else:
        assert (outcome["state"], outcome["asked"], outcome["advice"]) == ("pending", 1, UNREAD)
        assert outcome["answer"]["status"] == status


@pytest.mark.parametrize(
    "error", [UpstreamTimeout("Late."), UpstreamConnectError("Cut."), UpstreamBusyError("Full.", retry_after=1)]
)
def test_a_look_without_a_response_is_followed_by_another(stage: CallsStage, error: Any) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    stage.akamai.tell("GET /jobs/7", error, shown({"status": "ACTIVE"}))
    assert wait(stage).content["outcome"]["asked"] == 2


def test_a_look_whose_response_is_too_large_ends_them(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    stage.akamai.tell("GET /jobs/7", UpstreamTooLargeError("It has 9 bytes."))
    answer = wait(stage)
    problem = {"title": "The response is too large", "detail": "It has 9 bytes."}
    assert answer.content["outcome"] == told("pending", answer={"problem": problem}, advice=UNREAD)
    assert not answer.is_error


def test_a_caller_over_quota_looks_again_and_what_a_rule_refuses_is_never_sent(zoo: Catalogue, customers: Customers) -> None:
    now = iter(range(0, 10_000, 25))
    stage = CallsStage(zoo, customers, quotas=Quotas(QuotaPolicy(calls_a_minute=1), clock=lambda: float(next(now))))
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE"}))
    assert wait(stage).content["outcome"]["asked"] > 1

    stage = CallsStage(zoo, customers, rules=Rules(source="the test", deny=("zoo/v1#get-job",)))
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    outcome = wait(stage).content["outcome"]
    assert (outcome["state"], outcome["asked"], outcome["advice"], outcome["answer"]["sent"]) == ("pending", 1, UNREAD, False)
    assert stage.akamai.asked == ["POST /jobs?contractId=C-1"]


@pytest.mark.parametrize(("pause", "seconds", "asked"), [("120", None, 1), ("121", None, 0), ("6", 5, 0), ("5", 5, 1)])
def test_a_wait_takes_as_long_as_it_may_and_two_minutes_by_itself(
    stage: CallsStage, pause: str, seconds: int | None, asked: int
) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201, retry_after=pause))
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE"}))
    outcome = wait(stage, **START, waitSeconds=seconds).content["outcome"]
    assert outcome["asked"] == asked
    assert outcome.get("advice") == (None if asked else LATER)


def test_work_that_goes_on_when_the_time_is_over_is_to_be_asked_for_later(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}, retry_after="900"))
    outcome = wait(stage, **START, waitSeconds=5).content["outcome"]
    answer = {"status": 200, "headers": {"retry-after": "900"}, "body": {"status": "PENDING"}}
    assert outcome == told("pending", "PENDING", answer=answer, advice=LATER)


def test_the_client_is_told_how_far_the_work_is_and_of_how_long(stage: CallsStage) -> None:
    said: list[tuple[float | None, str]] = []

    async def report(done: float, total: float | None, message: str) -> None:
        said.append((total, message))

    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}), shown({"status": "ACTIVE"}))
    wait(stage, **START, report=report, waitSeconds=40)
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}), shown({"status": "PENDING"}), shown({"status": "ACTIVE"}))
    wait(stage, "get-job", jobId=7, report=report, waitSeconds=50)
    assert said == [(40, "PENDING"), (40, "ACTIVE"), (50, "PENDING"), (50, "ACTIVE")]


def test_a_selection_and_a_budget_are_those_of_the_outcome(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE", "names": [f"name {number}" for number in range(900)]}))
    selected = wait(stage, **START, select="names[1]").content
    assert (selected["body"], selected["outcome"]["answer"]) == ({"jobId": 7}, {"status": 200, "body": "name 1"})
    cut = wait(stage, **START, maxBytes=600).content["outcome"]["answer"]
    assert len(str(cut["body"])) < 700
    assert cut["_cut"]["whole"].startswith("akamai://results/")


def test_a_picture_of_the_outcome_is_beside_the_answer(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    picture = Response(status=200, headers=(("content-type", "image/png"),), content=b"\x89PNG" * 20_000)
    stage.akamai.tell("GET /jobs/7", picture)
    answer = wait(stage, **START, waitSeconds=3)
    assert answer.attachment
    assert (answer.attachment.media_type, answer.attachment.size) == ("image/png", 80_000)


# --- whose outcome it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "answered", "word", "state"),
    [
        ({"kind": "START"}, {}, "ACTIVE", "done"),
        ({"kind": "START"}, {}, "STOPPED", "failed"),
        ({"kind": "STOP"}, {}, "STOPPED", "done"),
        ('{"kind": "STOP"}', {}, "ACTIVE", "failed"),
        ({}, {"kind": "PAUSE"}, "STOPPED", "done"),
        ({}, {"kind": "PAUSE"}, "ACTIVE", "failed"),
        ({}, {}, "STOPPED", "done"),
        ([{"kind": "STOP"}], {}, "ACTIVE", "done"),
        ("no JSON", {}, "ACTIVE", "done"),
    ],
)
def test_the_end_that_is_wanted_is_decided_by_the_body_or_the_answer(
    stage: CallsStage, body: Any, answered: dict[str, Any], word: str, state: str
) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7} | answered, 201))
    stage.akamai.tell("GET /jobs/7", shown({"status": word}))
    assert wait(stage, contractId="C-1", body=body).content["outcome"]["state"] == state


def test_the_end_that_is_wanted_may_be_decided_by_a_parameter_whose_name_has_a_dot(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7}, 201))
    stage.akamai.tell("GET /jobs/7", shown({"status": "STOPPED"}))
    for kind, state in (("ENDS", "done"), (None, "failed")):
        given = {"contractId": "C-1", "kind.of": kind, "body": {"kind": "START" if kind is None else "OTHER"}}
        assert wait(stage, **given).content["outcome"]["state"] == state


def test_a_job_of_the_calls_own_path_may_still_show_its_old_state_and_is_done_when_it_is_gone(stage: CallsStage) -> None:
    stage.akamai.tell("PUT /jobs/7", shown({}))
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE"}), shown({}, 404), shown({"status": "STOPPED"}))
    assert wait(stage, "put-job", jobId=7, body={}).content["outcome"]["asked"] == 3  # a change removes nothing
    for gone in (404, 410):
        stage.akamai.tell("DELETE /jobs/7", shown({}))
        stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}), shown({}, gone))
        outcome = wait(stage, "delete-job", jobId=7).content["outcome"]
        assert (outcome["state"], outcome["status"], outcome["asked"]) == ("done", "gone", 2)


def test_the_job_of_a_removal_is_not_what_is_removed(stage: CallsStage) -> None:
    stage.akamai.tell("DELETE /rooms/r", shown({"jobId": 7}, 202))
    stage.akamai.tell("GET /jobs/7", shown({}, 404), shown({"status": "ACTIVE"}))
    assert wait(stage, "delete-room", roomId="r").content["outcome"]["asked"] == 2


def test_of_a_list_the_item_of_the_call_counts(stage: CallsStage) -> None:
    boxes = [
        {"id": "a", "to": "x", "state": "STUCK"},
        {"id": "b", "to": "y", "state": "MOVING"},
        {"id": "b", "to": "x", "state": "THERE"},
    ]
    for box in "ab":
        stage.akamai.tell(f"POST /boxes/{box}/move", shown({}))
    stage.akamai.tell("GET /boxes", shown({"boxes": boxes}))
    outcome = wait(stage, "move-box", boxId="b", body={"to": "x"}).content["outcome"]
    assert (outcome["state"], outcome["status"]) == ("done", "THERE")
    outcome = wait(stage, "move-box", boxId="a", body={}).content["outcome"]
    assert (outcome["state"], outcome["advice"]) == ("needs-the-user", "It goes on only after a person's input.")


def test_what_shows_the_outcome_and_cannot_be_asked_for_leaves_the_call_accepted(zoo: Catalogue, customers: Customers) -> None:
    stage = CallsStage(zoo, customers, policies=InvokerPolicies(files=FilePolicy(), strict_validation=True))
    stage.akamai.tell("POST /jobs", shown({"jobId": "seven"}, 201))
    answer = wait(stage)
    outcome = answer.content.pop("outcome")
    assert answer.content == {
        "status": 201,
        "body": {"jobId": "seven"},
        "outcomeShownBy": {"name": "akamai_zoo_v1_get_job", "arguments": {"jobId": "seven"}},
    }
    assert outcome.keys() == {"state", "answer", "advice"}
    assert (outcome["state"], outcome["answer"]["sent"], outcome["advice"]) == ("unknown", False, UNREAD)
    assert not answer.is_error


# --- a read of pending work ---------------------------------------------------------------------------------------------


def test_a_read_of_pending_work_is_repeated_until_it_has_ended(stage: CallsStage) -> None:
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}), shown({}, 503), shown({"status": "STOPPED", "size": 2}))
    answer = wait(stage, "get-job", jobId=7)
    assert answer.content == {"status": 200, "body": {"status": "STOPPED", "size": 2}, "outcome": told("done", "STOPPED", 2)}
    assert [call.cache for call in stage.akamai.calls] == ["use", "off", "off"]


def test_a_read_that_cannot_be_repeated_shows_the_work_as_it_was_seen(stage: CallsStage) -> None:
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}), shown({"status": "BROKEN"}, 403))
    answer = wait(stage, "get-job", jobId=7)
    outcome = told("pending", "PENDING", advice=UNREAD)
    assert answer.content == {"status": 200, "body": {"status": "PENDING"}, "outcome": outcome}
    assert not answer.is_error


def test_a_read_of_work_that_has_ended_or_asks_is_not_repeated(stage: CallsStage) -> None:
    stage.akamai.tell("GET /jobs/7", shown({"status": "ACTIVE"}))
    assert wait(stage, "get-job", jobId=7).content["outcome"] == told("done", "ACTIVE", 0)
    stage.akamai.tell("GET /jobs/7", shown({"status": "PENDING"}, retry_after="200"))
    assert wait(stage, "get-job", jobId=7).content["outcome"] == told("pending", "PENDING", 0, advice=LATER)
    assert len(stage.akamai.calls) == 2


def test_a_word_of_a_person_ends_the_waiting_where_the_guide_says_nothing_of_the_operation(stage: CallsStage) -> None:
    stage.akamai.tell("GET /jobs", shown({"status": "AWAITING_APPROVAL"}))
    outcome = wait(stage, "get-jobs", customer="one").content["outcome"]
    assert outcome == told("needs-the-user", "AWAITING_APPROVAL", 0, advice="It goes on only after a person's input.")


@pytest.mark.parametrize(
    ("operation", "method", "body"), [("get-jobs", "GET", {"size": 1}), ("post-token", "POST", {"status": "PENDING"})]
)
def test_a_wait_for_nothing_says_so(stage: CallsStage, operation: str, method: str, body: Any) -> None:
    path = "/jobs" if method == "GET" else "/tokens"
    stage.akamai.tell(f"{method} {path}", shown(body))
    answer = wait(stage, operation, **({"body": {}} if method == "POST" else {"view": None}))
    assert answer.content == {"status": 200, "body": body, "outcome": {"state": "unknown", "advice": NOTHING_TO_WAIT_FOR}}
    assert len(stage.akamai.calls) == 1
