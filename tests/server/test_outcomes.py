"""Work that continues, through MCP: its outcome is named, waited for, and never taken for what it is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mcp_stage import Stage

from akamai_mcp.sandbox.faults import Fault

ACTIVATIONS = "/papi/v1/properties/prp_1/activations"
GIVEN = {"contractId": "ctr_1", "groupId": "grp_1"}
AT_ONCE = {"retry-after": "0.01"}


def activate(kind: str = "ACTIVATE") -> dict[str, Any]:
    body = {"propertyVersion": 1, "network": "STAGING", "notifyEmails": ["a@example.com"], "activationType": kind}
    return {"name": "papi/v1#post-property-activations", "arguments": {"propertyId": "prp_1", **GIVEN, "body": body}}


def started(**more: Any) -> Fault:
    """The acceptance of a call that may be followed at once."""
    return Fault(method="POST", status=201, headers={**AT_ONCE, "content-type": "application/json"}, **more)


def link(query: str = "") -> bytes:
    return json.dumps({"activationLink": f"{ACTIVATIONS}/atv_9{query}"}).encode()


def shows(body: Any, status: int = 200) -> Fault:
    return Fault(
        method="GET", status=status, body=json.dumps(body).encode(), headers={"content-type": "application/json"} | AT_ONCE
    )


def activation(status: str) -> dict[str, Any]:
    return {"activations": {"items": [{"activationId": "atv_9", "status": status}]}}


async def outcome_of(stage: Stage, *faults: Fault, **call: Any) -> tuple[bool, dict[str, Any]]:
    stage.fake.faults.add(*faults)
    call = call or activate()
    reply = await stage.agreed(call["name"], call["arguments"], wait=True, waitSeconds=5)
    return reply.failed, reply.content["outcome"]


@pytest.mark.parametrize(
    "first", [Fault(method="GET", status=404), Fault(method="GET", status=503), Fault(method="GET", drop=True)]
)
async def test_a_poll_that_failed_does_not_end_the_waiting(stage: Stage, first: Fault) -> None:
    failed, outcome = await outcome_of(stage, started(body=link()), first, shows(activation("ACTIVE")))
    assert (failed, outcome["state"], outcome["asked"]) == (False, "done", 2)


async def test_a_rate_limit_does_not_end_it_either(stage: Stage) -> None:
    limited = Fault(method="GET", status=429, retry_after="0.01")
    failed, outcome = await outcome_of(stage, started(body=link()), limited, limited, shows(activation("ACTIVE")))
    assert (failed, outcome["state"], outcome["asked"]) == (False, "done", 3)


async def test_an_accepted_call_is_no_error_because_its_outcome_may_not_be_read(stage: Stage) -> None:
    failed, outcome = await outcome_of(stage, started(body=link()), Fault(method="GET", status=403))
    assert (failed, outcome["state"], outcome["answer"]["status"]) == (False, "pending", 403)
    assert "do not repeat it" in outcome["advice"]


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [
        ("ACTIVATE", "ACTIVE", "done"),
        ("ACTIVATE", "DEACTIVATED", "failed"),
        ("ACTIVATE", "ABORTED", "failed"),
        ("DEACTIVATE", "DEACTIVATED", "done"),
        ("DEACTIVATE", "ACTIVE", "failed"),
    ],
)
async def test_the_end_is_the_one_that_was_asked_for(stage: Stage, kind: str, status: str, state: str) -> None:
    failed, outcome = await outcome_of(stage, started(body=link()), shows(activation(status)), **activate(kind))
    assert (failed, outcome["state"], outcome["status"]) == (state == "failed", state, status)


async def test_a_certificate_change_that_waits_for_input_ends_the_waiting_and_names_the_input(stage: Stage) -> None:
    asks = [{"type": "third-party-certificate", "info": "/i", "update": "/u", "requiredToProceed": True}]
    change = {"statusInfo": {"state": "awaiting-input", "status": "wait-upload-third-party"}, "allowedInput": asks}
    accepted = Fault(method="POST", status=202, headers=AT_ONCE, body=b'{"changes": ["/cps/v2/enrollments/1/changes/2"]}')
    call = {"name": "cps/v2#post-enrollment", "arguments": {"contractId": "1-A", "body": {}}}
    failed, outcome = await outcome_of(stage, accepted, shows(change), **call)
    assert (failed, outcome["state"], outcome["wanted"]) == (False, "needs-the-user", ["third-party-certificate"])
    assert outcome["advice"] == (
        "It goes on only after a person's input (third-party-certificate): "
        "give it with akamai_cps_post_change_allowed_input_param."
    )


@pytest.mark.parametrize("status", ["coodinate-domain-validation", "wait-review-pre-verification-safety-checks"])
async def test_a_change_that_waits_for_a_person_is_known_by_its_status_too(stage: Stage, status: str) -> None:
    accepted = Fault(method="POST", status=202, headers=AT_ONCE, body=b'{"changes": ["/cps/v2/enrollments/1/changes/2"]}')
    call = {"name": "cps/v2#post-enrollment", "arguments": {"contractId": "1-A", "body": {}}}
    _, outcome = await outcome_of(stage, accepted, shows({"statusInfo": {"state": "running", "status": status}}), **call)
    assert (outcome["state"], outcome["status"]) == ("needs-the-user", status)
    assert outcome["advice"].startswith("It goes on only after a person's input: give it with")


async def test_of_work_that_the_guide_does_not_know_it_is_said_that_a_person_has_to_do_something(stage: Stage) -> None:
    stage.fake.faults.add(shows({"status": "AWAITING_APPROVAL"}))
    reply = await stage.ask("akamai_read", name="papi/v1#get-contracts", wait=True)
    outcome = reply.content["outcome"]
    assert (outcome["state"], outcome["advice"]) == ("needs-the-user", "It goes on only after a person's input.")


async def test_a_stream_that_shows_its_old_state_is_waited_for(stage: Stage) -> None:
    call = {"name": "datastream-config-api/v2#post-stream-activate", "arguments": {"streamId": 7}}
    states = [shows({"streamId": 7, "streamStatus": state}) for state in ("DEACTIVATED", "ACTIVATING", "ACTIVATED")]
    failed, outcome = await outcome_of(stage, started(body=b"{}"), *states, **call)
    assert (failed, outcome["state"], outcome["status"], outcome["asked"]) == (False, "done", "ACTIVATED", 3)


async def test_only_the_network_that_was_asked_for_is_watched(stage: Stage) -> None:
    arguments = {"apiEndPointId": 1, "versionNumber": 2, "body": {"networks": ["STAGING"]}}
    call = {"name": "api-definitions/v2#post-endpoint-version-activate", "arguments": arguments}
    shown = [shows({"stagingStatus": s, "productionStatus": "DEACTIVATED"}) for s in ("PENDING", "ACTIVE")]
    failed, outcome = await outcome_of(stage, started(body=b"{}"), *shown, **call)
    assert (failed, outcome["state"], outcome["asked"]) == (False, "done", 2)


async def test_what_was_given_to_say_whose_property_it_is_is_given_again(stage: Stage) -> None:
    stage.fake.faults.add(started(body=link()))
    shown = (await stage.ask("akamai_write", activate())).content["outcomeShownBy"]
    assert shown["arguments"] == {"propertyId": "prp_1", "activationId": "atv_9", **GIVEN}


async def test_a_link_that_says_whose_property_it_is_is_followed_as_it_stands(stage: Stage) -> None:
    call = activate()
    call["arguments"] = {name: value for name, value in call["arguments"].items() if name not in GIVEN}
    stage.fake.faults.add(started(body=link("?contractId=ctr_2&groupId=grp_2")))
    shown = (await stage.ask("akamai_write", call)).content["outcomeShownBy"]
    assert shown["arguments"] == {"propertyId": "prp_1", "activationId": "atv_9", "contractId": "ctr_2", "groupId": "grp_2"}


SECURITY = {
    "name": "appsec/v1#post-activations",
    "arguments": {
        "body": {
            "action": "ACTIVATE", "network": "STAGING", "notificationEmails": ["a@example.com"],
            "activationConfigs": [{"configId": 1, "configVersion": 2}],
        }
    },
}  # fmt: skip


async def test_an_activation_that_has_only_a_status_id_is_followed_by_it(stage: Stage) -> None:
    accepted = {
        "statusId": "s-1",
        "createDate": "2026-01-01T00:00:00Z",
        "links": {"check-status": "/appsec/v1/activations/status/s-1"},
    }
    stage.fake.faults.add(Fault(method="POST", status=202, body=json.dumps(accepted).encode()))
    shown = (await stage.agreed(SECURITY["name"], SECURITY["arguments"])).content["outcomeShownBy"]
    assert shown == {"name": "akamai_appsec_get_activations_status", "arguments": {"statusId": "s-1"}}


async def test_an_activation_that_has_its_own_id_is_followed_by_that(stage: Stage) -> None:
    stage.fake.faults.add(Fault(method="POST", status=200, body=b'{"activationId": 5, "status": "RECEIVED"}'))
    shown = (await stage.agreed(SECURITY["name"], SECURITY["arguments"])).content["outcomeShownBy"]
    assert (shown["name"], shown["arguments"]) == ("akamai_appsec_get_activation", {"activationId": 5})


async def test_an_answer_that_is_complete_names_no_outcome_without_its_id(stage: Stage) -> None:
    report = {"productFamily": "delivery", "reportingArea": "traffic", "report": "current"}
    call = {"name": "reporting-api/v2#post-report-data", "arguments": {**report, "body": {}}}
    stage.fake.faults.add(Fault(method="POST", status=200, body=b'{"data": []}'))
    assert "outcomeShownBy" not in (await stage.agreed(call["name"], call["arguments"])).content
    stage.fake.faults.add(Fault(method="POST", status=202, body=b"{}"))
    assert (await stage.agreed(call["name"], call["arguments"])).content["outcomeShownBy"]["missing"] == ["queryId"]


async def test_a_selection_is_of_the_outcome_that_is_waited_for(stage: Stage) -> None:
    stage.fake.faults.add(started(body=link()), shows(activation("ACTIVE")))
    reply = await stage.ask("akamai_write", activate(), wait=True, waitSeconds=5, select="activations.items[0].activationId")
    assert reply.content["outcome"]["answer"]["body"] == "atv_9"
    assert reply.content["body"] == {"activationLink": f"{ACTIVATIONS}/atv_9"}


READ = {"name": "papi/v1#get-property-activation", "arguments": {"propertyId": "prp_1", "activationId": "atv_9", **GIVEN}}


async def test_a_read_of_pending_work_is_waited_for_too(stage: Stage) -> None:
    stage.fake.faults.add(shows(activation("PENDING")), Fault(method="GET", status=503), shows(activation("ACTIVE")))
    reply = await stage.ask("akamai_read", READ, wait=True, waitSeconds=5, select="activations.items[0].status")
    assert (reply.failed, reply.content["body"]) == (False, "ACTIVE")
    assert (reply.content["outcome"]["state"], reply.content["outcome"]["asked"]) == ("done", 2)


async def test_a_read_of_work_that_has_ended_is_answered_at_once(stage: Stage) -> None:
    stage.fake.faults.add(shows(activation("ACTIVE")))
    reply = await stage.ask("akamai_read", READ, wait=True)
    assert (reply.content["outcome"]["state"], len(stage.fake.requests)) == ("done", 1)


async def test_a_wait_that_has_nothing_to_wait_for_says_so(stage: Stage) -> None:
    reply = await stage.ask("akamai_read", name="papi/v1#get-contracts", wait=True)
    assert "wait had no effect" in reply.content["outcome"]["advice"]


async def test_work_that_has_not_ended_in_time_is_not_to_be_repeated(stage: Stage) -> None:
    stage.fake.faults.add(Fault(method="POST", status=201, body=link(), retry_after="900"))
    reply = await stage.ask("akamai_write", activate(), wait=True, waitSeconds=1)
    assert (reply.failed, reply.content["outcome"]["state"]) == (False, "pending")
    assert "do not repeat the call; ask akamai_papi_get_property_activation" in reply.content["outcome"]["advice"]


async def test_what_was_to_be_removed_is_done_when_it_is_gone(stage: Stage) -> None:
    call = {"name": "cloud-wrapper/v1#delete-configuration", "arguments": {"configId": 1}}
    accepted = Fault(method="DELETE", status=202, headers=AT_ONCE, body=b"{}")
    failed, outcome = await outcome_of(stage, accepted, Fault(method="GET", status=404), **call)
    assert (failed, outcome["state"], outcome["status"]) == (False, "done", "gone")


async def test_an_activation_request_is_followed_through_its_redirect_to_the_activation(stage: Stage) -> None:
    accepted = {
        "statusId": "s-1",
        "createDate": "2026-01-01T00:00:00Z",
        "links": {"check-status": "/appsec/v1/activations/status/s-1"},
    }
    status = "/appsec/v1/activations/status/s-1"
    stage.fake.faults.add(
        Fault(method="POST", status=202, body=json.dumps(accepted).encode(), headers=AT_ONCE),
        Fault(path=status, body=json.dumps({"statusId": "s-1"}).encode(), headers=AT_ONCE),
        Fault(path=status, status=303, headers={"location": "/appsec/v1/activations/5", **AT_ONCE}, times=None),
        Fault(path="/appsec/v1/activations/5", body=b'{"activationId": 5, "status": "RECEIVED"}', headers=AT_ONCE),
        Fault(path="/appsec/v1/activations/5", body=b'{"activationId": 5, "status": "ACTIVATED"}'),
    )
    reply = await stage.agreed(SECURITY["name"], SECURITY["arguments"], wait=True, waitSeconds=5)
    assert (reply.failed, reply.content["outcome"]["state"], reply.content["outcome"]["asked"]) == (False, "done", 3)
