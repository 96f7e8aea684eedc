"""The gate: rules, quotas and consent in this order, and a line in the audit trail for each attempt that is audited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pipeline_fakes import credentials, ok

from akamai_mcp.access.action import Action
from akamai_mcp.access.callers import Caller, Grant
from akamai_mcp.access.consent.confirmation import ConfirmationPolicy, Confirmations
from akamai_mcp.access.consent.decision import Agreement
from akamai_mcp.access.consent.question import Question, write_question
from akamai_mcp.access.gate import Gate, changes, is_audited, to_attempt
from akamai_mcp.access.policy import Rules
from akamai_mcp.access.quotas import QuotaPolicy, Quotas
from akamai_mcp.audit.file import beside
from akamai_mcp.audit.line import Attempt, AttemptResult, AuditPolicy, digest
from akamai_mcp.audit.log import AuditLog
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.errors import (
    AccessError,
    ConfirmationDeclined,
    ConfirmationRequired,
    PolicyRefused,
    QuestionRequired,
    QuotaExceeded,
)
from akamai_mcp.pipeline.call import Response
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.builder import Request

ASKED, OVER = "The call needs a confirmation", "The caller's quota is used up"
NOT_ALLOWED = "zoo/v1#delete-thing for customer 'acme' is not allowed by"
ANN = Caller(name="ann", grants=(Grant(role="some"),))


def action(**changed: Any) -> Action:
    facts: dict[str, Any] = {
        "operation": "zoo/v1#delete-thing",
        "name": "akamai_zoo_delete_thing",
        "summary": "Delete a thing",
        "products": ("zoo",),
        "method": "DELETE",
        "target": "/zoo/v1/things/1",
        "effect": "destroy",
        "reveals": False,
        "customer": "acme",
        "caller": "ann",
        "placed": Placed(path={"thingId": "1"}),
    }
    facts |= changed
    return Action(request=Request(method=facts["method"], target=facts["target"], headers=()), **facts)


def customer(**rules: Any) -> Customer:
    return Customer(name="acme", credentials=credentials("acme"), **rules)


class Desk:
    """A gate before an Akamai that takes everything, and its audit trail."""

    def __init__(self, path: Path, rules: Rules, caller: Caller, **quotas: int) -> None:
        self.path = path
        self.sent = 0
        self.audit = AuditLog(AuditPolicy(file=path))
        self.audit.start()
        self.quotas = Quotas(QuotaPolicy(**quotas), clock=lambda: 1000.0)
        confirmations = Confirmations(ConfirmationPolicy())
        self.gate = Gate(rules, confirmations, self.audit, get_caller=lambda: caller, quotas=self.quotas)

    async def send(self) -> Response:
        self.sent += 1
        return ok(b"", 204)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_bytes().splitlines()]

    @property
    def decisions(self) -> list[tuple[str, str]]:
        return [(line["decision"], line.get("reason", "")) for line in self.lines]


Desks = Any


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desks]:
    made: list[Desk] = []

    def make(rules: Rules = Rules(source="this server"), caller: Caller = ANN, **quotas: int) -> Desk:  # noqa: B008 - frozen
        made.append(Desk(tmp_path / f"audit-{len(made)}.jsonl", rules, caller, **quotas))
        return made[-1]

    yield make
    for one in made:
        one.audit.close()


async def test_a_call_is_asked_about_once_and_sent_with_the_question_in_its_line(desk: Desks) -> None:
    one = desk()
    with pytest.raises(ConfirmationRequired) as asked:
        await one.gate.authorize(customer(), action(), "")
    agreed = await one.gate.authorize(customer(), action(), asked.value.token)
    assert agreed.question == asked.value.line == write_question(action()).text
    await one.gate.send(agreed, one.send)
    assert one.decisions == [("refused", ASKED), ("allowed", "")]
    key = beside(one.path, ".key").read_bytes()
    assert [line.get("question") for line in one.lines] == [None, digest({"question": agreed.question}, key)]
    assert {line["arguments"] for line in one.lines} == {digest(action().placed.located(), key)}


@pytest.mark.parametrize(
    ("rules", "by_customer", "caller", "reason"),
    [
        ({"deny": ("zoo",)}, {}, ANN, f"{NOT_ALLOWED} this server: denied by 'zoo'."),
        ({}, {"read_only": True}, ANN, f"{NOT_ALLOWED} customer acme: read-only, and this call would destroy."),
        ({}, {"allow": ("ccu",)}, ANN, f"{NOT_ALLOWED} customer acme: no allow rule matches it."),
        ({}, {"deny": ("zoo",)}, ANN, f"{NOT_ALLOWED} customer acme: denied by 'zoo'."),
        ({}, {}, Caller(name="bob"), f"{NOT_ALLOWED} caller bob: none of their roles is for this customer."),
    ],
)
async def test_a_rule_of_any_source_refuses_each_way_to_a_change_and_is_named_in_the_trail(
    desk: Desks, rules: dict[str, Any], by_customer: dict[str, Any], caller: Caller, reason: str
) -> None:
    one = desk(Rules(source="this server", **rules), caller)
    for refused in (one.gate.authorize(customer(**by_customer), action(), ""), one.gate.weigh(customer(**by_customer), action())):
        with pytest.raises(PolicyRefused):
            await refused
    with pytest.raises(PolicyRefused):
        one.gate.authorize_next(customer(**by_customer), action())
    with pytest.raises(PolicyRefused):
        one.gate.permit(customer(**by_customer), action())
    assert one.decisions == [("refused", reason)] * 2


async def test_quotas_are_asked_before_the_user_and_count_what_was_authorized(desk: Desks) -> None:
    one = desk(changes_an_hour=1)
    write = action(effect="write")
    with pytest.raises(ConfirmationRequired) as asked:
        await one.gate.authorize(customer(), action(), "")
    await one.gate.authorize(customer(), write, "")
    for refused in (write, action()):
        with pytest.raises(QuotaExceeded):
            await one.gate.authorize(customer(), refused, asked.value.token)
    with pytest.raises(QuotaExceeded):
        one.gate.authorize_next(customer(), write)
    await one.gate.authorize(customer(), action(effect="read"), "")
    one.gate.authorize_next(customer(), action(effect="read"))
    assert one.decisions == [("refused", ASKED), ("refused", OVER), ("refused", OVER)]


async def test_a_further_request_of_a_call_counts_as_a_call(desk: Desks) -> None:
    one = desk(calls_a_minute=2)
    for _ in range(2):
        one.gate.authorize_next(customer(), action(effect="read"))
    with pytest.raises(QuotaExceeded, match="2 calls per minute"):
        one.gate.authorize_next(customer(), action(effect="read"))


async def test_a_plain_read_leaves_no_line_whatever_becomes_of_it(desk: Desks) -> None:
    one = desk(Rules(source="this server", deny=("ccu",)), calls_a_minute=1)
    read = action(effect="read")
    await one.gate.send(await one.gate.authorize(customer(), read, ""), one.send)
    with pytest.raises(QuotaExceeded):
        await one.gate.authorize(customer(), read, "")
    with pytest.raises(AccessError):
        await one.gate.authorize(customer(), action(effect="read", products=("ccu",)), "")
    assert (one.sent, one.lines) == (1, [])


async def test_how_a_change_would_be_asked_about_is_told_without_asking(desk: Desks) -> None:
    gate = desk().gate
    weighed = [await gate.weigh(customer(), action(effect=effect)) for effect in ("destroy", "write")]
    assert [one.asks for one in weighed] == [True, False]
    assert weighed[0].question == write_question(action())
    other = Customer(name="acme", credentials=credentials("other"))
    assert (await gate.weigh(other, action())).name != weighed[0].name == (await gate.weigh(customer(), action())).name


async def test_a_plan_that_is_asked_about_agreed_to_and_ended_leaves_a_line_each(desk: Desks) -> None:
    one = desk()
    question, plan = write_question(action()), to_attempt(action())
    with pytest.raises(ConfirmationRequired) as asked:
        await one.gate.agree(question, plan, "")
    assert await one.gate.agree(question, plan, asked.value.token) == question.text
    await one.gate.note_end(plan, AttemptResult(decision="failed", reason="it ended so"))
    assert one.decisions == [("refused", ASKED), ("allowed", "the user agreed to the plan"), ("failed", "it ended so")]


@pytest.mark.parametrize(
    ("effect", "reveals", "is_change", "audited"),
    [("read", False, False, False), ("read", True, False, True), ("write", False, True, True), ("destroy", False, True, True)],
)
def test_changes_and_credentials_are_audited(effect: Any, reveals: bool, is_change: bool, audited: bool) -> None:
    found = action(effect=effect, reveals=reveals)
    assert (changes(found), is_audited(found)) == (is_change, audited)


def test_each_call_holds_a_slot_of_its_caller(desk: Desks) -> None:
    gate = desk(at_once=1).gate
    with gate.slot(), pytest.raises(QuotaExceeded, match="Caller ann may make at most 1 concurrent calls"), gate.slot():
        pytest.fail("a second call of the same caller went ahead")


def test_the_trail_records_all_of_an_action() -> None:
    found = to_attempt(action(question="Delete it?", run="run-1", effect="write", target="/zoo/v1/things/1?x=2"))
    assert found == Attempt(
        caller="ann",
        customer="acme",
        operation="zoo/v1#delete-thing",
        effect="write",
        method="DELETE",
        target="/zoo/v1/things/1?x=2",
        arguments=Placed(path={"thingId": "1"}).located(),
        question="Delete it?",
        run="run-1",
    )


async def test_a_plan_with_a_change_that_was_declined_is_refused_without_asking(desk: Desks) -> None:
    one, said = desk(), [Agreement(way="dialog")]
    confirmations = Confirmations(ConfirmationPolicy(), get_agreement=lambda: said[0])
    gate = Gate(Rules(source="this server"), confirmations, one.audit, get_caller=lambda: ANN)
    weighed = await gate.weigh(customer(), action())
    with pytest.raises(QuestionRequired) as asked:
        await gate.authorize(customer(), action(), "")
    said[0] = Agreement(way="dialog", reply="declined", state=asked.value.state)
    with pytest.raises(ConfirmationDeclined):
        await gate.authorize(customer(), action(), "")
    said[0] = Agreement(way="dialog")
    plan = Question(text="a plan", digest="of it")
    with pytest.raises(ConfirmationDeclined):
        await gate.agree(plan, to_attempt(action()), "", asking=[weighed.name])
    with pytest.raises(QuestionRequired):
        await gate.agree(plan, to_attempt(action()), "")
