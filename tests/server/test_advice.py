"""What an agent is told about refusals of Akamai's, through MCP: right for the gateway, for a limit, for warnings, for a path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage

from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer

TYPE = "https://problems.luna.akamaiapis.net/-/pep-"
ACTIVATE: dict[str, Any] = {
    "propertyId": "prp_1",
    "contractId": "ctr_1",
    "groupId": "grp_1",
    "body": {"propertyVersion": 1, "network": "PRODUCTION", "notifyEmails": ["a@example.com"], "activationType": "ACTIVATE"},
}


def problem(status: int, **members: Any) -> Fault:
    return Fault(status=status, body=json.dumps(members).encode(), content_type="application/problem+json")


async def test_a_grant_that_is_missing_names_the_api(stage: Stage) -> None:
    detail = "The client does not have the grant needed for the request"
    stage.fake.faults.add(problem(403, type=f"{TYPE}authz/deny", title="Forbidden", detail=detail))
    reply = await stage.ask("akamai_read", name="cps/v2#get-enrollments")
    assert "no grant for cps/v2" in reply.advice


async def test_a_refusal_of_the_gateway_is_not_blamed_on_the_arguments(stage: Stage) -> None:
    stage.fake.faults.add(problem(400, type=f"{TYPE}authn/request-error", title="Bad request", detail="Invalid timestamp"))
    reply = await stage.ask("akamai_papi_post_properties", contractId="c", groupId="g", body={"propertyName": 5})
    assert "clock" in reply.advice
    assert "schemaMismatches" not in reply.content


async def test_a_max_body_that_breaks_the_signature_is_named(
    open_stage: OpenStage, sandbox: SandboxServer, tmp_path: Path
) -> None:
    edgerc = sandbox.write_edgerc(tmp_path / ".edgerc")
    edgerc.write_text(edgerc.read_text().replace("max_body = 131072", "max_body = 2048"))
    async with open_stage(edgerc=edgerc) as stage:
        short = await stage.ask("akamai_papi_post_properties", contractId="c", groupId="g", body={"propertyName": "n"})
        long = await stage.ask("akamai_papi_post_properties", contractId="c", groupId="g", body={"propertyName": "n" * 3000})
    assert short.content["status"] != 401
    assert (long.content["status"], "max_body = 2048" in long.advice) == (401, True)


@pytest.mark.parametrize(("customer", "advice"), [("switched", "check account_key in .edgerc"), ("default", "check its grants")])
async def test_a_refused_account_switch_key_is_named_where_one_was_sent(stage: Stage, customer: str, advice: str) -> None:
    stage.fake.faults.add(problem(403, title="Forbidden", detail="The account switch key is not valid"))
    reply = await stage.ask("akamai_read", name="papi/v1#get-contracts", customer=customer)
    assert advice in reply.advice


async def test_warnings_are_acknowledged_by_a_call_whose_question_shows_them(stage: Stage) -> None:
    warnings = [{"messageId": "msg_7e3", "detail": "The origin is unsafe."}]
    stage.fake.faults.add(problem(400, title="Unacknowledged Warnings", detail="Acknowledge them", warnings=warnings))
    reply = await stage.agreed("akamai_papi_post_property_activations", ACTIVATE)
    assert 'acknowledgeWarnings: ["msg_7e3"]' in reply.advice
    assert reply.content["problem"]["warnings"] == warnings
    again = {**ACTIVATE, "body": {**ACTIVATE["body"], "acknowledgeWarnings": ["msg_7e3"]}}
    asked = await stage.ask("akamai_papi_post_property_activations", again)
    assert "acknowledgeWarnings" in asked.content["would"]
    assert "msg_7e3" in asked.content["would"]


@pytest.mark.parametrize(
    ("name", "arguments", "advice"),
    [
        ("papi/v1#get-property", {"propertyId": "prp_1"}, "check each id (propertyId, contractId, groupId)"),
        ("papi/v1#get-contracts", {}, "Nothing is served at this path"),
    ],
)
async def test_a_404_names_the_ids_of_the_call_or_says_that_there_are_none(
    stage: Stage, name: str, arguments: dict[str, Any], advice: str
) -> None:
    stage.fake.faults.add(Fault(status=404))
    assert advice in (await stage.ask("akamai_read", name=name, arguments=arguments)).advice


async def test_headers_of_a_limit_are_shown_when_little_is_left(stage: Stage) -> None:
    told = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "3"}
    stage.fake.faults.add(Fault(headers=told))
    assert (await stage.ask("akamai_read", name="papi/v1#get-contracts")).content["headers"] == told
