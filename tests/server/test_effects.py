"""Through MCP: a call whose arguments are not plainly harmless asks first, whatever tool it comes through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage

Call = tuple[str, dict[str, Any], dict[str, Any], Any]  # key, path, query, body

ACTIVATION = {"propertyVersion": 1, "notifyEmails": ["a@example.com"]}
STREAM = {"streamName": "logs", "contractId": "ctr_1", "groupId": 1, "properties": [], "datasetFields": []}
PAPI, POLICY = "papi/v1#post-property-activations", "cloudlets/v2#put-policy"
STREAMS, BLOCK = "datastream-config-api/v2#post-stream", "identity-management/v3#put-allowlist-cidrblockid"

HARMFUL: list[Call] = [
    (PAPI, {"propertyId": "prp_1"}, {}, {**ACTIVATION, "network": "PROD"}),
    (PAPI, {"propertyId": "prp_1"}, {}, {**ACTIVATION, "network": "STAGING "}),
    (PAPI, {"propertyId": "prp_1"}, {}, {**ACTIVATION, "network": ["STAGING"]}),
    (PAPI, {"propertyId": "prp_1"}, {}, {**ACTIVATION, "network": "STAGING", "activationType": None}),
    (PAPI, {"propertyId": "prp_1"}, {}, {**ACTIVATION, "network": "STAGING", "activationtype": "DEACTIVATE"}),
    (PAPI, {"propertyId": "prp_1"}, {}, '{"network": "PRODUCTION", "network": "STAGING"}'),
    (POLICY, {"policyId": 1}, {}, {"deleted": 1}),
    (POLICY, {"policyId": 1}, {}, {"deleted": "yes"}),
    (STREAMS, {}, {"activate": "yes"}, STREAM),
    (STREAMS, {}, {"activate": [False, True]}, STREAM),
    (BLOCK, {"cidrBlockId": 1}, {}, {"cidrBlock": "192.0.2.0/24", "enabled": 0}),
    (BLOCK, {"cidrBlockId": 1}, {}, {"cidrBlock": "192.0.2.0/24"}),
    ("network-lists/v2#post-network-list-activate", {"networkListId": "1_A", "environment": "PROD"}, {}, {"comments": "a"}),
    ("edgekv/v1#put-item", {"network": "production", "namespaceId": "n", "groupId": "g", "itemId": "i"}, {}, {"a": 1}),
]
HARMLESS: list[Call] = [
    (PAPI, {"propertyId": "prp_1"}, {}, {**ACTIVATION, "network": "STAGING"}),
    (PAPI, {"propertyId": "prp_1"}, {}, json.dumps({**ACTIVATION, "network": "STAGING", "activationType": "ACTIVATE"})),
    (POLICY, {"policyId": 1}, {}, {"deleted": False}),
    (POLICY, {"policyId": 1}, {}, {"name": "new"}),
    (STREAMS, {}, {"activate": False}, STREAM),
    (STREAMS, {}, {"activate": "false"}, STREAM),
    (STREAMS, {}, {"activate": ""}, STREAM),
    (STREAMS, {}, {}, STREAM),
    (BLOCK, {"cidrBlockId": 1}, {}, {"cidrBlock": "192.0.2.0/24", "enabled": True}),
    ("network-lists/v2#post-network-list-activate", {"networkListId": "1_A", "environment": "STAGING"}, {}, {"comments": "a"}),
    ("edgekv/v1#put-item", {"network": "staging", "namespaceId": "n", "groupId": "g", "itemId": "i"}, {}, {"a": 1}),
]


def flat(call: Call) -> dict[str, Any]:
    _, path, query, body = call
    return {**path, **query, "body": body}


def raw(call: Call) -> dict[str, Any]:
    key, path, query, body = call
    return {"toolName": key, "pathParams": path, "queryParams": query, "body": body}


@pytest.mark.parametrize("call", HARMFUL, ids=str)
async def test_a_call_that_is_not_plainly_harmless_asks_through_every_tool(stage: Stage, call: Call) -> None:
    assert "Call it with akamai_destroy" in (await stage.refused("akamai_write", name=call[0], arguments=flat(call))).advice
    for tool, arguments in (
        ("akamai_destroy", {"name": call[0], "arguments": flat(call)}),
        (call[0], flat(call)),
        ("akamai_raw_request", raw(call)),
    ):
        reply = await stage.refused(tool, arguments)
        assert reply.content["problem"]["title"] == "The call needs a confirmation"


@pytest.mark.parametrize("call", HARMLESS, ids=str)
async def test_a_harmless_call_is_sent_without_a_question(stage: Stage, call: Call) -> None:
    assert not (await stage.ask("akamai_write", name=call[0], arguments=flat(call))).failed
    assert not (await stage.ask("akamai_raw_request", raw(call))).failed
    assert "Call it with akamai_write" in (await stage.refused("akamai_destroy", name=call[0], arguments=flat(call))).advice


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {"content-type": "application/json; charset=utf-16"}])
async def test_a_body_that_says_to_be_something_else_is_not_read_as_harmless(stage: Stage, headers: dict[str, str]) -> None:
    call = (PAPI, {"propertyId": "prp_1"}, {}, json.dumps({**ACTIVATION, "network": "STAGING"}))
    reply = await stage.refused("akamai_raw_request", {**raw(call), "headers": headers})
    assert reply.content["problem"]["title"] == "The call needs a confirmation"


async def test_a_query_that_the_document_does_not_declare_cannot_stand_for_the_body(stage: Stage) -> None:
    call = (PAPI, {"propertyId": "prp_1"}, {"network": "PRODUCTION"}, {**ACTIVATION, "network": "STAGING"})
    assert "confirm" in (await stage.refused("akamai_raw_request", raw(call))).content


def own_document(effect: Any) -> dict[str, Any]:
    """A user's document of one operation, whose `x-guide` has this effect."""
    schema = {"type": "object", "properties": {"network": {"type": "string", "enum": ["STAGING", "PRODUCTION"]}}}
    post = {
        "operationId": "push",
        "parameters": [{"name": "live", "in": "query", "schema": {"type": "boolean"}}],
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "Done."}},
        "x-guide": {"effect": effect},
    }
    return {
        "openapi": "3.0.0",
        "info": {"title": "Zoo", "version": "1"},
        "servers": [{"url": "https://{hostname}/zoo/v1"}],
        "paths": {"/push": {"post": post}},
    }


@pytest.mark.parametrize(
    ("effect", "caller"),
    [
        (None, "akamai_write"),
        ("write", "akamai_write"),
        ({"write_when": {"body.network": "STAGING"}}, "akamai_write"),
        ({"write_when": {"query.live": False}, "optional": ["query.live"]}, "akamai_write"),
        ({"write_when": {"query.lief": False}, "optional": ["query.lief"]}, "akamai_destroy"),
        ({"write_when": {"body.network": ["STAGING", "PRODUCTION"]}}, "akamai_destroy"),
        ({"otherwise": "write", "destroy_when": {"body.network": "PRODUCTION"}}, "akamai_destroy"),
        ({"otherwise": "write", "destroy_when": {}}, "akamai_destroy"),
        ("wrte", "akamai_destroy"),
    ],
)
async def test_an_effect_of_a_users_document_that_may_fail_open_is_the_strictest(
    open_stage: OpenStage, tmp_path: Path, effect: Any, caller: str
) -> None:
    (tmp_path / "zoo").mkdir()
    (tmp_path / "zoo" / "openapi.json").write_text(json.dumps(own_document(effect)))
    async with open_stage(specs_dir=tmp_path) as stage:
        key = (await stage.ask("akamai_list_operations", limit=1)).content["operations"][0]["name"]
        reply = await stage.ask(caller, name=key, arguments={"body": {"network": "STAGING"}})
        assert "Call it with" not in reply.text
        other = {"akamai_write": "akamai_destroy", "akamai_destroy": "akamai_write"}[caller]
        assert (
            f"Call it with {caller}" in (await stage.refused(other, name=key, arguments={"body": {"network": "STAGING"}})).advice
        )
