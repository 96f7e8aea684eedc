"""The one path of a call: what is sent, with what, how its pages are read, and what its answer says beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from calls_stage import ZOO, CallsStage, shown
from pipeline_fakes import credentials

from akamai_mcp.access.action import to_action
from akamai_mcp.access.consent.confirmation import ConfirmationPolicy, Confirmations
from akamai_mcp.access.consent.decision import Agreement
from akamai_mcp.access.consent.question import Question
from akamai_mcp.access.quotas import QuotaPolicy, Quotas
from akamai_mcp.audit.line import Attempt, AttemptResult, AuditPolicy
from akamai_mcp.audit.log import AuditLog
from akamai_mcp.calls.controls import Controls
from akamai_mcp.calls.invoker import sent_of
from akamai_mcp.calls.prepare import Prepared
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.edgegrid.customers import Customer, Customers
from akamai_mcp.errors import (
    ArgumentError,
    ConfirmationDeclined,
    ConfirmationRequired,
    CredentialsError,
    QuestionRequired,
    QuotaExceeded,
)
from akamai_mcp.openapi.model import Operation
from akamai_mcp.pipeline.call import Response, identity_of
from akamai_mcp.pipeline.record import CallRecord, open_record
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.builder import Request
from akamai_mcp.request.content import Content, FileContent, Streamed
from akamai_mcp.result.advice.refusal import Sent

START = {"contractId": "C-1", "body": {"kind": "START"}}


def page(*numbers: int, total: int = 3) -> Response:
    return shown({"items": [{"id": number} for number in numbers], "totalItems": total})


# --- what is sent -------------------------------------------------------------------------------------------------------


async def test_the_call_has_all_that_the_layers_have_to_know(stage: CallsStage) -> None:
    stage.akamai.tell("PUT /jobs/7", shown({}))
    stage.akamai.tell("GET /stock", shown([]))
    stage.akamai.tell("GET /jobs", shown({}))
    await stage.call("put-job", customer="acme", jobId=7, body={"roomId": "r"})
    await stage.call("get-stock", cache="refresh")
    await stage.call("get-jobs")
    write, kept, read = stage.akamai.calls
    assert (write.operation, write.customer, write.counts_as, write.cache) == ("zoo/v1#put-job", "acme", "", "use")
    assert write.credentials == stage.customers.get("acme").credentials
    assert write.touches == (f"{ZOO}/rooms", f"{ZOO}/jobs")  # the room is not known, so all of them
    assert (kept.keep, kept.cache, kept.touches) == ("hours", "refresh", ())
    assert (read.keep, read.request.content) == ("minutes", None)


async def test_a_write_at_a_path_with_two_readings_makes_both_stale_and_is_counted_with_the_other(stage: CallsStage) -> None:
    stage.akamai.tell("POST /boxes/b%2Fburn", shown({}))
    stage.akamai.tell("GET /boxes/b%2Fkey", shown({}))
    await stage.call("post-box", boxId="b/burn", body={})
    await stage.call("get-box", boxId="b/key")
    burn, key = stage.akamai.calls
    assert burn.counts_as == "zoo/v1#burn-box"
    assert f"{ZOO}/boxes/b/burn" in burn.touches
    assert key.keep == "never"  # a key is a credential
    stage.akamai.tell("GET /boxes/b", shown({}))
    await stage.call_path("GET", "/boxes/b", {"query": {"x": "/key"}})
    assert (stage.akamai.calls[-1].counts_as, stage.akamai.calls[-1].keep) == ("", "minutes")  # a query is no path


async def test_arguments_by_location_are_sent_as_they_are_given(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({}))
    stage.akamai.tell("GET /jobs/7", shown({}))
    raw = {"query": {"contractId": "C-1", "more": "1"}, "headers": {"accept": "text/csv"}, "body": {"kind": "START"}}
    await stage.call_path("POST", "/jobs", raw)
    (sent,) = stage.akamai.calls
    assert stage.akamai.asked == ["POST /jobs?contractId=C-1&more=1"]
    assert sent.request.content == b'{"kind":"START"}'
    assert ("accept", "text/csv") in [(name.lower(), value) for name, value in sent.request.headers]
    await stage.call_path("GET", "/jobs/{jobId}", {"path": {"jobId": 7}})
    assert stage.akamai.asked[1:] == ["GET /jobs/7"]


async def test_arguments_that_are_too_large_and_selections_that_are_wrong_send_nothing(stage: CallsStage) -> None:
    with pytest.raises(ArgumentError, match="64-bit"):
        await stage.call("post-job", contractId="C-1", body={"n": float("inf")})
    with pytest.raises(ArgumentError):
        await stage.call("get-jobs", select="[[")
    with pytest.raises(CredentialsError):
        await stage.call("get-jobs", customer="nobody")
    assert stage.akamai.calls == []


# --- consent and the trail ----------------------------------------------------------------------------------------------


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[AuditLog]:
    log = AuditLog(AuditPolicy(file=tmp_path / "audit.jsonl"))
    log.start()
    yield log
    log.close()


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


async def test_what_destroys_is_sent_once_it_is_confirmed_and_the_trail_has_the_question(
    zoo: Catalogue, customers: Customers, trail: AuditLog, tmp_path: Path
) -> None:
    stage = CallsStage(zoo, customers, confirmations=Confirmations(ConfirmationPolicy()), audit=trail)
    stage.akamai.tell("DELETE /jobs/7", shown({}))
    with pytest.raises(ConfirmationRequired) as asked:
        await stage.call("delete-job", jobId=7)
    assert stage.akamai.calls == []
    await stage.call("delete-job", jobId=7, confirm=asked.value.token)
    assert stage.akamai.asked == ["DELETE /jobs/7"]
    refused, allowed = lines(tmp_path)
    assert (refused["decision"], "question" in refused) == ("refused", False)
    assert (allowed["decision"], allowed["operation"], allowed["status"]) == ("allowed", "zoo/v1#delete-job", 200)
    assert allowed["question"].startswith("hmac-sha256:")


async def test_a_plan_is_agreed_to_as_a_whole_and_its_run_ends_with_a_line(
    zoo: Catalogue, customers: Customers, trail: AuditLog, tmp_path: Path
) -> None:
    stage = CallsStage(zoo, customers, confirmations=Confirmations(ConfirmationPolicy()), audit=trail)
    run = Attempt(
        caller="local", customer="one", operation="run", effect="destroy", method="RUN", target="p", arguments={}, run="r-1"
    )
    question = Question(text="Do all of it.", digest="d" * 64)
    with pytest.raises(ConfirmationRequired) as asked:
        await stage.invoker.agree(question, run, "")
    assert await stage.invoker.agree(question, run, asked.value.token) == "Do all of it."
    await stage.invoker.note_end(run, AttemptResult(decision="failed", reason="It broke off."))
    said = [(line["run"], line["decision"], line["reason"]) for line in lines(tmp_path)]
    assert said == [
        ("r-1", "refused", ConfirmationRequired.title),
        ("r-1", "allowed", "the user agreed to the plan"),
        ("r-1", "failed", "It broke off."),
    ]


async def test_a_plan_with_a_change_that_was_declined_is_declined(zoo: Catalogue, customers: Customers) -> None:
    said = [Agreement(way="dialog")]
    confirmations = Confirmations(ConfirmationPolicy(), get_agreement=lambda: said[0])
    stage = CallsStage(zoo, customers, confirmations=confirmations)
    with pytest.raises(QuestionRequired) as asked:
        await stage.call("delete-job", jobId=7)
    said[0] = Agreement(way="dialog", reply="declined", state=asked.value.state)
    with pytest.raises(ConfirmationDeclined):
        await stage.call("delete-job", jobId=7)
    said[0] = Agreement(way="dialog")
    intent = stage.invoker.intend(stage.catalogue.get("zoo/v1#delete-job"), {"jobId": 7}, Controls())
    weighed = await stage.invoker.weigh(stage.invoker.prepare(intent))
    assert weighed.asks
    run = Attempt(caller="local", customer="one", operation="run", effect="destroy", method="RUN", target="p", arguments={})
    plan = Question(text="Do all of it.", digest="d" * 64)
    with pytest.raises(QuestionRequired):
        await stage.invoker.agree(plan, run, "")
    with pytest.raises(ConfirmationDeclined):
        await stage.invoker.agree(plan, run, "", asking=[weighed.name])


async def test_a_call_takes_its_share_of_the_quota_of_its_caller(zoo: Catalogue, customers: Customers) -> None:
    quotas = Quotas(QuotaPolicy(calls_a_minute=4, at_once=1), clock=lambda: 100.0)
    stage = CallsStage(zoo, customers, quotas=quotas)
    stage.akamai.tell("GET /jobs", shown({}))
    assert stage.invoker.wait_for_share(0.5) == 0.0
    for _ in range(2):
        await stage.call("get-jobs")
    assert stage.invoker.wait_for_share(0.5) == 60.0
    assert quotas.under_way == 0
    with quotas.slot("local"), pytest.raises(QuotaExceeded):
        await stage.call("get-jobs")
    assert len(stage.akamai.calls) == 2


# --- for whom, and what is noted ----------------------------------------------------------------------------------------


async def test_a_customer_is_found_once_and_named_with_whom_its_calls_act_for(stage: CallsStage) -> None:
    assert stage.invoker.account(None) == ("one", identity_of(stage.customers.get("one").credentials))
    assert stage.invoker.account("acme") == ("acme", identity_of(stage.customers.get("acme").credentials))
    found = stage.invoker.intend(stage.catalogue.get("zoo/v1#get-jobs"), {}, Controls(customer="two"))
    assert (found.customer, stage.invoker.caller) == (stage.customers.get("two"), "local")
    unknown = stage.invoker.intend(stage.catalogue.get("zoo/v1#get-jobs"), {}, Controls(customer="nobody"))
    assert unknown.customer is None


async def test_each_answer_is_told_to_whoever_compares_it(zoo: Catalogue, customers: Customers) -> None:
    told: list[tuple[str, str, int]] = []

    def note(operation: Operation, entry: Entry, response: Response) -> None:
        told.append((operation.operation_id, entry.key, response.status))

    stage = CallsStage(zoo, customers, on_answer=note)
    stage.akamai.tell("GET /jobs", shown({}), shown({}, 500))
    await stage.call("get-jobs")
    await stage.call("get-jobs")
    assert told == [("get-jobs", "zoo/v1#get-jobs", 200), ("get-jobs", "zoo/v1#get-jobs", 500)]


async def test_the_record_of_a_call_has_its_names_and_no_path_that_no_document_has(stage: CallsStage) -> None:
    stage.akamai.tell("GET /jobs", shown({}, x_request_id="r" * 100))
    stage.akamai.tell("GET /nowhere", shown({}))
    closed: list[CallRecord] = []
    with open_record(closed.append):
        await stage.call("get-jobs", customer="two")
    with open_record(closed.append):
        await stage.call_path("GET", "/nowhere")
    assert [(one.product, one.operation, one.customer, one.request_id) for one in closed] == [
        ("zoo", "zoo/v1#get-jobs", "two", "r" * 79 + "…"),
        ("undocumented", "undocumented GET", "one", ""),
    ]


# --- pages --------------------------------------------------------------------------------------------------------------


async def test_the_pages_are_one_answer_and_each_is_a_call_of_its_own(stage: CallsStage) -> None:
    said: list[tuple[float, float | None, str]] = []

    async def report(done: float, total: float | None, message: str) -> None:
        said.append((done, total, message))

    stage.akamai.tell("GET /shop", page(1), page(2), page(3))
    content = (await stage.call("get-shop", report=report, pageSize=1, paginate=True, maxPages=7)).content
    assert content == {
        "status": 200,
        "_pages": {"pages": 3, "items": 3, "more": False, "total": 3},
        "body": {"items": [{"id": 1}, {"id": 2}, {"id": 3}], "totalItems": 3},
    }
    assert stage.akamai.asked == ["GET /shop?pageSize=1", "GET /shop?page=2&pageSize=1", "GET /shop?page=3&pageSize=1"]
    assert said == [(1, 7, "1 of 3 items"), (2, 7, "2 of 3 items"), (3, 7, "3 of 3 items")]


async def test_of_pages_whose_total_is_not_told_only_the_items_are_counted(stage: CallsStage) -> None:
    said: list[str] = []

    async def report(done: float, total: float | None, message: str) -> None:
        said.append(message)

    stage.akamai.tell("GET /stock", shown([{"id": 1}]), shown([]))
    content = (await stage.call("get-stock", report=report, limit=1, offset=4, paginate=True)).content
    assert content["body"] == [{"id": 1}]
    assert stage.akamai.asked == ["GET /stock?offset=4&limit=1", "GET /stock?offset=5&limit=1"]
    assert said[0] == "1 of unknown items"


async def test_every_page_obeys_rules_and_quotas_and_what_was_read_before_is_kept(zoo: Catalogue, customers: Customers) -> None:
    stage = CallsStage(zoo, customers, quotas=Quotas(QuotaPolicy(calls_a_minute=2)))
    stage.akamai.tell("GET /shop", page(1), page(2), page(3))
    answer = await stage.call("get-shop", pageSize=1, paginate=True)
    assert (answer.is_error, answer.content["body"]["items"]) == (True, [{"id": 1}, {"id": 2}])
    assert answer.content["_pages"]["error"]["problem"]["title"] == QuotaExceeded.title
    assert len(stage.akamai.calls) == 2


@pytest.mark.parametrize(("keep_items", "items"), [(True, [{"id": 1}]), (False, None)])
async def test_a_page_that_fails_costs_the_others_only_where_that_is_wanted(
    stage: CallsStage, keep_items: bool, items: Any
) -> None:
    stage.akamai.tell("GET /shop", page(1), shown({"title": "Gone"}, 500))
    controls = Controls(paginate=True)
    given: dict[str, Any] = {} if keep_items else {"keep_items": False}
    intent = stage.invoker.intend(stage.catalogue.get("zoo/v1#get-shop"), {"pageSize": 1}, controls, **given)
    answer = await stage.invoker.make(intent, stage.invoker.prepare(intent))
    assert answer.is_error
    assert answer.content.get("body", {}).get("items") == items


async def test_a_page_of_a_raw_request_that_fails_costs_no_other(stage: CallsStage) -> None:
    stage.akamai.tell("GET /shop", page(1), shown({"title": "Gone"}, 500))
    answer = await stage.call_path("GET", "/shop", paginate=True)
    assert (answer.is_error, answer.content["body"]["items"]) == (True, [{"id": 1}])


async def test_without_paginate_an_answer_says_that_there_is_more_and_how_to_go_on(stage: CallsStage) -> None:
    stage.akamai.tell("GET /shop", page(1))
    pages = (await stage.call("get-shop", pageSize=1)).content["_pages"]
    assert pages == {"pages": 1, "items": 1, "more": True, "total": 3, "continueWith": {"page": 2}}
    stage.akamai.tell("GET /shop", shown({"items": [{"id": 1}]}, 500))
    assert "_pages" not in (await stage.call("get-shop", pageSize=1)).content


NEXT = ("link", f'<{ZOO}/nowhere?page=2>; rel="next"')


async def test_a_next_link_is_followed_where_no_document_knows_of_pages(stage: CallsStage) -> None:
    linked = replace(shown([{"id": 1}]), headers=(("content-type", "application/json"), NEXT))
    stage.akamai.tell("GET /nowhere", linked, shown([{"id": 2}]))
    answer = await stage.call_path("GET", "/nowhere", paginate=True)
    assert answer.content["body"] == [{"id": 1}, {"id": 2}]
    assert stage.akamai.asked == ["GET /nowhere", "GET /nowhere?page=2"]
    stage.akamai.tell("GET /nowhere", linked)
    assert (await stage.call_path("GET", "/nowhere")).content["_pages"]["more"] is True


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_what_has_no_pages_says_so_where_they_were_asked_for_and_a_change_never_names_a_next_one(
    stage: CallsStage, method: str
) -> None:
    operation, path, arguments = ("post-job", "/jobs", START) if method == "POST" else ("get-jobs", "/jobs", {})
    body = {"items": [{"id": 1}], "nextLink": f"{ZOO}/jobs?page=2"} if method == "POST" else {"size": 1}
    stage.akamai.tell(f"{method} {path}", shown(body))
    assert "_pages" not in (await stage.call(operation, **arguments)).content
    asked = (await stage.call(operation, **arguments, paginate=True)).content["_pages"]
    assert (asked["pages"], asked["more"]) == (1, False)
    assert len(stage.akamai.calls) == 2


# --- the answer ---------------------------------------------------------------------------------------------------------


async def test_a_selection_applies_to_the_answer_itself_where_no_outcome_was_read(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({"jobId": 7, "name": "n"}, 201, retry_after="900"))
    content = (await stage.call("post-job", **START, wait=True, waitSeconds=1, select="name")).content
    assert (content["body"], content["outcome"]["asked"]) == ("n", 0)


async def test_the_pages_of_a_search_are_followed_in_its_body_and_named_only_where_that_is_asked_for(stage: CallsStage) -> None:
    stage.akamai.tell("POST /search", shown({"found": [1], "count": 2}), shown({"found": [2], "count": 2}))
    assert "_pages" not in (await stage.call("post-search", body={"limit": 1})).content
    stage.akamai.tell("POST /search", shown({"found": [1], "count": 2}), shown({"found": [2], "count": 2}))
    content = (await stage.call("post-search", body={"limit": 1}, paginate=True)).content
    assert content["body"] == {"found": [1, 2], "count": 2}
    assert [json.loads(call.request.content or b"") for call in stage.akamai.calls[1:]] == [
        {"limit": 1},
        {"limit": 1, "start": 1},
    ]


async def test_the_advice_is_that_for_the_credentials_which_were_used(stage: CallsStage) -> None:
    stage.akamai.tell("GET /jobs", shown({"title": "The account switch key is invalid."}, 403))
    advice = {name: (await stage.call("get-jobs", customer=name)).content["advice"] for name in ("one", "acme")}
    assert "refused the account switch key" in advice["acme"]
    assert "switch key" not in advice["one"]


async def test_of_a_batch_the_failed_items_make_an_error_that_nothing_is_waited_for(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown([{"status": 400, "jobId": 7}, {"status": 201}], 207))
    answer = await stage.call("post-job", **START, wait=True, paginate=True)
    assert (answer.is_error, answer.content["failed"]) == (True, 1)
    assert answer.content.keys() & {"outcome", "outcomeShownBy", "_pages"} == set()


@pytest.mark.parametrize(
    ("response", "compared"),
    [
        (shown({"title": "Bad"}, 400), True),
        (shown({"title": "Bad"}, 404), True),
        (shown({"title": "Bad"}, 429), False),
        (shown({"title": "Bad"}, 500), False),
        (shown({"type": "https://problems.luna.akamaiapis.net/-/pep-authn/deny", "title": "Not authorized"}, 401), False),
        (shown({"title": "Bad"}), False),
    ],
)
async def test_arguments_are_compared_where_they_may_be_the_cause(stage: CallsStage, response: Response, compared: bool) -> None:
    stage.akamai.tell("POST /switches", response)
    content = (await stage.call("post-switch", body={"network": "NOWHERE"})).content
    assert ("schemaMismatches" in content) is compared


FILE = Streamed(pieces=(b"ab", FileContent(size=9, read=lambda: iter([b"x" * 9]))))


@pytest.mark.parametrize(
    ("method", "content", "signed"), [("POST", b"12345", 5), ("POST", FILE, 11), ("POST", None, 0), ("PUT", b"12345", 0)]
)
def test_advice_knows_how_much_of_a_body_was_signed_and_whose_the_credentials_are(
    stage: CallsStage, method: str, content: Content | None, signed: int
) -> None:
    for key in ("", "1-ACME"):
        own = replace(credentials(account_switch_key=key), max_body=2048)
        entry = stage.catalogue.get("zoo/v1#post-job")
        request = Request(method=method, target=entry.path, headers=(), content=content)
        action = to_action(entry, Placed(), "write", products=("zoo",), target=entry.path, customer="acme")
        prepared = Prepared(entry=entry, customer=Customer(name="acme", credentials=own), request=request, action=action)
        assert sent_of(prepared) == Sent(signed_bytes=signed, max_body=2048, switched=bool(key))
