"""Arguments in the forms in which real clients and models send them: each is the same call as the plain one, or text as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mcp_stage import Stage, start_child
from service_stage import OpenService

LIST = "network-lists/v2#post-network-lists"
LISTS = "network-lists/v2#get-network-lists"
BODY = {"name": "offices", "type": "IP", "list": ["192.0.2.1"]}
ACTIVATE = "papi/v1#post-property-activations"
ACTIVATION = {"propertyId": "prp_1", "contractId": "ctr_1", "groupId": "grp_1"}

# tool, plain arguments, and what a lossy client changes in them
SAME: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("akamai_list_operations", {"query": "purge", "limit": 2}, {"limit": "2"}),
    ("akamai_list_operations", {"query": "purge", "limit": 2}, {"limit": 2.0}),
    ("akamai_list_operations", {"query": "purge", "limit": 2}, {"limit": " 2 ", "offset": "", "product": "", "readOnly": ""}),
    ("akamai_list_operations", {"query": "purge", "readOnly": True}, {"readOnly": "True"}),
    ("akamai_list_operations", {"query": "purge", "method": "POST"}, {"method": "post"}),
    ("akamai_list_operations", {"query": "purge"}, {"method": "", "tag": "", "paginatable": "null"}),
    (
        "akamai_list_operations",
        {"query": "purge"},
        {"toolCallId": "c1", "sessionId": "s", "action": "sendMessage", "chatInput": "purge it"},
    ),
    ("akamai_list_operations", {"query": '{"a": 1}'}, {}),
    ("akamai_describe_operation", {"name": f"{LIST},{LISTS}"}, {"name": [LIST, LISTS]}),
    ("akamai_describe_operation", {"name": f"{LIST},{LISTS}"}, {"name": json.dumps([LIST, LISTS])}),
    ("akamai_describe_operation", {"name": LIST}, {"name": [LIST], "at": ""}),
    ("akamai_write", {"name": LIST, "dryRun": True, "arguments": {"body": BODY}}, {"dryRun": "true"}),
    (
        "akamai_write",
        {"name": LIST, "dryRun": True, "arguments": {"body": BODY}},
        {"arguments": json.dumps({"body": BODY}), "dryRun": "TRUE", "select": "", "maxBytes": "5000", "wait": "False"},
    ),
    ("akamai_write", {"name": LIST, "dryRun": True, "arguments": {"body": BODY}}, {"arguments": {"body": json.dumps(BODY)}}),
    (
        "akamai_write",
        {"name": LIST, "dryRun": True, "arguments": {"body": BODY}},
        {"arguments": {"body": BODY | {"list": json.dumps(BODY["list"])}}},
    ),
    ("akamai_read", {"name": LISTS, "arguments": {}}, {"arguments": "", "cache": "", "paginate": "", "waitSeconds": "10"}),
    ("akamai_read", {"name": LISTS, "arguments": {}}, {"arguments": [], "cache": "USE", "action": "x", "sessionId": "y"}),
    ("akamai_read", {"name": LISTS, "arguments": {"includeElements": True}}, {"arguments": {"includeElements": "True"}}),
    ("akamai_read", {"name": LISTS, "arguments": {"extended": False}}, {"arguments": '{"extended": "FALSE"}'}),
    ("akamai_raw_request", {"toolName": LISTS, "queryParams": {"search": "a"}}, {"queryParams": '{"search": "a"}', "body": None}),
    (
        "akamai_raw_request",
        {"method": "GET", "path": "/network-list/v2/network-lists", "queryParams": {"extended": True}},
        {"method": "get", "toolName": "", "pathParams": "{}", "headers": "", "queryParams": '{"extended": "true"}'},
    ),
    (
        "akamai_raw_request",
        {"toolName": LIST, "body": BODY, "dryRun": True},
        {"body": json.dumps(BODY), "dryRun": "true", "method": "", "path": ""},
    ),
    ("akamai_netlists_post_network_lists", {"body": BODY, "dryRun": True}, {"body": json.dumps(BODY), "dryRun": "True"}),
    ("akamai_netlists_get_network_lists", {"includeElements": True}, {"includeElements": "true", "maxPages": "3"}),
    ("akamai_netlists_get_network_lists", {}, {"includeElements": "", "extended": " ", "cache": "", "paginate": ""}),
)


def shown(content: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs between two equal calls."""
    return {key: value for key, value in content.items() if key not in {"headers", "requestId", "_cache"}}


@pytest.mark.parametrize(("tool", "plain", "changed"), SAME)
async def test_a_lossy_form_is_the_same_call_as_the_plain_one(
    stage: Stage, tool: str, plain: dict[str, Any], changed: dict[str, Any]
) -> None:
    expected = await stage.ask(tool, plain)
    reply = await stage.ask(tool, plain | changed)
    assert not expected.failed, expected.text
    assert not reply.failed, reply.text
    assert shown(reply.content) == shown(expected.content)


@pytest.mark.parametrize(
    ("tool", "arguments", "problem"),
    [
        ("akamai_list_operations", {"limit": "two"}, "'limit' is not of type integer"),
        ("akamai_list_operations", {"limit": "2.5"}, "'limit' is not of type integer"),
        ("akamai_list_operations", {"readOnly": "yes"}, "'readOnly' is not of type boolean"),
        ("akamai_list_operations", {"method": "fetch"}, "'method' is not one of"),
        ("akamai_list_operations", {"invented": "x"}, "There is no argument 'invented'"),
        ("akamai_read", {"name": LISTS, "arguments": "[1]"}, "'arguments' is not of type object"),
        ("akamai_read", {"name": LISTS, "arguments": "{'a': 1}"}, "'arguments' is not of type object"),
        ("akamai_read", {"name": "", "toolCallId": "1"}, "'name' is missing"),
        ("akamai_netlists_get_network_lists", {"action": "x"}, "has no argument 'action'"),
    ],
)
async def test_what_does_not_become_the_declared_type_is_refused(
    stage: Stage, tool: str, arguments: dict[str, Any], problem: str
) -> None:
    assert problem in (await stage.refused(tool, arguments)).problem


@pytest.mark.parametrize("text", ["true", "7", '{"a": 1}', "[1]", "null", " x "])
async def test_a_declared_string_keeps_its_text(stage: Stage, text: str) -> None:
    for tool, arguments in (
        ("akamai_read", {"name": LISTS, "arguments": {"search": text}}),
        ("akamai_raw_request", {"toolName": LISTS, "queryParams": {"search": text}}),
        ("akamai_netlists_get_network_lists", {"search": text}),
    ):
        reply = await stage.ask(tool, arguments, cache="off")
        assert not reply.failed, reply.text
        assert parse_qs(urlsplit(stage.seen.target).query)["search"] == [text]


@pytest.mark.parametrize(
    "body", [{"network": "PRODUCTION", "propertyVersion": 1}, {"network": "STAGING", "propertyVersion": "1"}]
)
async def test_the_effect_and_the_question_are_those_of_what_was_read(stage: Stage, body: dict[str, Any]) -> None:
    plain = await stage.ask("akamai_write", {"name": ACTIVATE, "arguments": ACTIVATION | {"body": body}, "dryRun": True})
    folded = {"name": ACTIVATE, "arguments": json.dumps(ACTIVATION | {"body": json.dumps(body)}), "dryRun": "true"}
    reply = await stage.ask("akamai_write", folded)
    assert (reply.failed, reply.content) == (plain.failed, plain.content)
    assert reply.failed == (body["network"] == "PRODUCTION")
    asked = await stage.refused("akamai_destroy", folded | {"dryRun": "false"}) if reply.failed else reply
    assert asked.content.get("confirm", "") if reply.failed else "STAGING" in reply.text


async def test_a_confirmation_holds_for_the_same_call_in_another_form(stage: Stage) -> None:
    body = {"network": "PRODUCTION", "propertyVersion": 1}
    call = {"name": ACTIVATE, "arguments": ACTIVATION | {"body": body}}
    token = (await stage.refused("akamai_destroy", call)).content["confirm"]
    other = {"name": ACTIVATE, "arguments": ACTIVATION | {"body": body | {"propertyVersion": 2}}, "confirm": token}
    assert (await stage.refused("akamai_destroy", other)).failed
    token = (await stage.refused("akamai_destroy", call)).content["confirm"]
    lossy = {"name": ACTIVATE, "arguments": json.dumps(ACTIVATION | {"body": json.dumps(body)}), "confirm": token}
    assert not (await stage.ask("akamai_destroy", lossy)).failed


FOLDED = ['{"query": "purge", "limit": 1}', " {} ", "", [], None]
BAD = ["purge", "[1]", "7", [1], 7, True]


async def test_the_arguments_of_a_message_may_be_json_text(child_environment: dict[str, str], tmp_path: Path) -> None:
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        for arguments in FOLDED:
            answer = await child.ask("tools/call", {"name": "akamai_list_operations", "arguments": arguments})
            assert not answer["result"].get("isError"), answer
        for arguments in BAD:
            error = (await child.ask("tools/call", {"name": "akamai_list_operations", "arguments": arguments}))["error"]
            assert (error["code"], error["message"]) == (-32602, "params.arguments must be an object, or its JSON text.")
        await child.end()


async def test_over_http_too_the_arguments_of_a_message_may_be_json_text(open_service: OpenService) -> None:
    async with open_service() as service:
        for arguments in FOLDED[:1] + BAD[:1]:
            params = {"name": "akamai_list_operations", "arguments": arguments}
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            accept = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}
            text = (await service.request("POST", "/mcp", json=message, headers=accept)).text
            assert ("-32602" in text) == (arguments in BAD), text
            assert ("akamai_ccu" in text) == (arguments in FOLDED), text
