"""From an operation and its arguments to a request and its action: what it does, for whom, and whose rules apply."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from calls_stage import ZOO, CallsStage, shown

from akamai_mcp.access.action import Action
from akamai_mcp.access.callers import LOCAL
from akamai_mcp.access.policy import Rules
from akamai_mcp.calls.controls import Controls
from akamai_mcp.calls.invoker import InvokerPolicies
from akamai_mcp.calls.prepare import Prepared, RawArguments
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import AccessError, ArgumentError, PolicyRefused, ValidationRefused
from akamai_mcp.request.files import FilePolicy

START = {"contractId": "C-1", "body": {"kind": "START"}}


def prepare(stage: CallsStage, operation: str, customer: str = "one", **values: Any) -> Prepared:
    intent = stage.invoker.intend(stage.catalogue.get(f"zoo/v1#{operation}"), values, Controls(customer=customer))
    return stage.invoker.prepare(intent)


# --- the action ---------------------------------------------------------------------------------------------------------


def test_the_action_is_all_that_rules_questions_and_the_trail_have_to_know(stage: CallsStage) -> None:
    stage.caller = replace(LOCAL, name="alice")
    prepared = prepare(stage, "put-job", customer="acme", jobId=7, body={"a": 1})
    assert prepared.action == Action(
        operation="zoo/v1#put-job",
        name="akamai_zoo_v1_put_job",
        summary="put job (PUT /jobs/{jobId})",
        products=("zoo",),
        method="PUT",
        target=f"{ZOO}/jobs/7",
        effect="write",
        reveals=False,
        customer="acme",
        caller="alice",
        placed=prepared.action.placed,
        request=prepared.request,
        switched=True,
        replaces=True,
    )
    assert prepared.action.placed.flat() == {"jobId": 7, "body": {"a": 1}}
    assert prepared.entry == stage.catalogue.get("zoo/v1#put-job")
    assert prepared.customer.name == "acme"
    plain = prepare(stage, "post-job", **START).action
    assert (plain.switched, plain.replaces, plain.target) == (False, False, f"{ZOO}/jobs?contractId=C-1")


@pytest.mark.parametrize(
    ("operation", "network", "effect", "decides"),
    [
        ("post-switch", "STAGING", "write", ["STAGING"]),
        ("post-switch", "PRODUCTION", "destroy", ["PRODUCTION"]),
        ("post-lever", "STAGING", "destroy", ["LEFT"]),  # its document does not know what decides
        ("post-job", "STAGING", "write", []),
    ],
)
def test_the_effect_is_that_of_the_values_and_the_worst_where_the_document_does_not_know_them(
    stage: CallsStage, operation: str, network: str, effect: str, decides: list[str]
) -> None:
    query = {"contractId": "C-1"} if operation == "post-job" else {}
    action = prepare(stage, operation, **query, body={"network": network, "side": "LEFT"}).action
    assert action.effect == effect
    assert [one.value for one in action.decisive] == decides


def test_a_path_that_reads_as_another_operation_is_as_strict_as_both(stage: CallsStage) -> None:
    key = prepare(stage, "get-box", boxId="b/key")
    assert (key.action.operation, key.action.effect, key.action.reveals) == ("zoo/v1#get-box", "read", True)
    (other,) = key.action.others
    assert (other.operation, other.effect, other.reveals, other.products) == ("zoo/v1#get-box-key", "read", True, ("zoo",))
    assert (other.target, other.customer, other.caller) == (f"{ZOO}/boxes/b%2Fkey", "one", "local")
    assert (key.entry.key, key.entry.secret, key.entry.reveals) == ("zoo/v1#get-box", True, True)
    burnt = prepare(stage, "post-box", boxId="b/burn", body={})
    assert (burnt.action.effect, [(one.operation, one.effect) for one in burnt.action.others]) == (
        "destroy",
        [("zoo/v1#burn-box", "destroy")],
    )
    plain = prepare(stage, "get-box", boxId="b")
    assert (plain.action.others, plain.action.reveals, plain.entry.secret) == ((), False, False)


async def test_what_one_reading_forbids_is_not_sent(stage: CallsStage) -> None:
    for denied in ("zoo/v1#get-box", "zoo/v1#get-box-key"):
        stage.gate.rules = Rules(source="the test", deny=(denied,))
        with pytest.raises(PolicyRefused):
            await stage.call("get-box", boxId="b/key")
    assert stage.akamai.calls == []


@pytest.mark.parametrize("denied", ["zoo", "GET /things/v1/nowhere"])
async def test_a_path_that_no_document_has_counts_as_every_product_that_it_may_belong_to(stage: CallsStage, denied: str) -> None:
    stage.akamai.tell("GET /nowhere", shown({}))
    await stage.call_path("GET", "/nowhere", {"query": {"a": "1"}})
    stage.gate.rules = Rules(source="the test", deny=(denied,))
    with pytest.raises(PolicyRefused):
        await stage.call_path("GET", "/nowhere")
    assert stage.akamai.asked == ["GET /nowhere?a=1"]


# --- what is never sent -------------------------------------------------------------------------------------------------


async def test_an_operation_of_another_host_is_refused_with_what_to_use(stage: CallsStage) -> None:
    with pytest.raises(AccessError) as refused:
        await stage.call("get-elsewhere")
    reason = "its document names another host (elsewhere.example), and only the customer's is used"
    assert refused.value.message == f"zoo/v1#get-elsewhere cannot be sent: {reason}."
    assert refused.value.advice == "Use Akamai's own tools for this one."


async def test_strict_validation_refuses_what_the_schema_does_not_take_and_nothing_else(
    zoo: Catalogue, customers: Customers
) -> None:
    strict = CallsStage(zoo, customers, policies=InvokerPolicies(files=FilePolicy(), strict_validation=True))
    for stage in (strict, CallsStage(zoo, customers)):
        stage.akamai.tell("POST /switches", shown({}))
        await stage.call("post-switch", body={"network": "STAGING"})
    wrong: tuple[tuple[str, dict[str, Any]], ...] = (
        ("post-switch", {"body": {"network": "NOWHERE"}}),
        ("put-job", {"jobId": 7, "ifMatch": "no number", "body": {}}),
        ("post-name", {"body": "too long"}),
    )
    for operation, arguments in wrong:
        with pytest.raises(ValidationRefused) as refused:
            await strict.call(operation, **arguments)
        assert len(refused.value.mismatches) == 1
    assert len(strict.akamai.calls) == 1
    await stage.call("post-switch", body={"network": "NOWHERE"})


async def test_a_member_that_names_another_method_is_refused_and_so_is_what_the_tool_does_not_take(stage: CallsStage) -> None:
    with pytest.raises(ArgumentError):
        await stage.call("post-switch", body={"network": "STAGING", "_method": "DELETE"})

    def refuse(action: Action) -> None:
        raise AccessError(f"It is a {action.effect}.")

    with pytest.raises(AccessError, match="It is a write"):
        await stage.call("post-switch", body={"network": "STAGING"}, check=refuse)
    assert stage.akamai.calls == []


def test_raw_arguments_show_no_header_and_no_body_in_a_traceback() -> None:
    raw = RawArguments(path={"a": 1}, query={"b": 2}, headers={"x": "PLANTED"}, body="PLANTED")
    assert repr(raw) == "RawArguments(path={'a': 1}, query={'b': 2})"


# --- a dry run ----------------------------------------------------------------------------------------------------------


async def test_a_dry_run_shows_the_call_and_the_request_and_sends_nothing(stage: CallsStage) -> None:
    answer = await stage.call("post-switch", customer="acme", body={"network": "STAGING"}, dryRun=True)
    assert answer.content == {
        "dryRun": True,
        "sent": False,
        "would": (
            'POST /things/v1/switches for customer "acme" with its account switch key: write.\n'
            'Operation: "post switch (POST /switches)".\nDecides: body.network is "STAGING".\nbody "network": "STAGING"'
        ),
        "request": {
            "method": "POST",
            "url": "https://one.example/things/v1/switches?accountSwitchKey=***",
            "headers": {
                "Accept": "application/json",
                "Content-Type": "application/json",
                "Authorization": "EG1-HMAC-SHA256 ***",
            },
            "body": {"network": "STAGING"},
            "bodyBytes": 21,
        },
    }
    assert not answer.is_error
    assert stage.akamai.calls == []


async def test_the_body_of_a_dry_run_is_cut_to_its_budget(stage: CallsStage) -> None:
    body = {"kind": "START", "names": [f"name {number}" for number in range(200)]}
    content = (await stage.call("post-job", contractId="C-1", body=body, dryRun=True, maxBytes=500)).content
    shown_names = content["request"]["body"]["names"]
    assert content["_cut"].keys() == {"bytes", "cuts"}
    assert content["_cut"]["bytes"] > 2000
    assert 0 < len(shown_names) < 60
    assert content["_cut"]["cuts"][0]["of"] == 200
    assert "_cut" not in (await stage.call("post-job", contractId="C-1", body=body, dryRun=True)).content


async def test_a_dry_run_obeys_the_rules(stage: CallsStage) -> None:
    stage.gate.rules = Rules(source="the test", deny=("zoo/v1#post-job",))
    with pytest.raises(PolicyRefused):
        await stage.call("post-job", **START, dryRun=True)


async def test_what_was_changed_or_filled_in_is_told_with_the_answer_and_with_a_dry_run(stage: CallsStage) -> None:
    stage.akamai.tell("POST /jobs", shown({}))
    for more in ({}, {"dryRun": True}):
        content = (await stage.call("post-job", customer="acme", body={}, **more)).content
        assert (content["operatorDefaults"], "adjusted" in content) == ({"contractId": "ctr_1"}, False)
        assert "operatorDefaults" not in (await stage.call("post-job", customer="acme", **START, **more)).content
        assert "operatorDefaults" not in (await stage.call("post-job", customer="one", **START, **more)).content
    assert stage.akamai.asked[0] == "POST /jobs?contractId=ctr_1"


async def test_an_identifier_whose_prefix_was_taken_off_is_told(stage: CallsStage) -> None:
    stage.akamai.tell("GET /stock", shown([]))
    for more in ({}, {"dryRun": True}):
        content = (await stage.call("get-stock", contractId="ctr_C-1", **more)).content
        assert (content["adjusted"], "operatorDefaults" in content) == ({"contractId": "C-1"}, False)
    assert stage.akamai.asked == ["GET /stock?contractId=C-1"]
