"""Consent over stdio: the server as a child process, and each line that a client's dialog may send back, as it stands."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.client.elicitation import ElicitResult
from fastmcp.client.transports import StdioTransport
from mcp_stage import ERAS, HELLO, Child, Stage, start_child

from akamai_mcp.sandbox.app import FakeAkamai


def calling(url: str) -> dict[str, Any]:
    """A call that asks."""
    return {"name": "ccu/v3#post-delete-url", "arguments": {"network": "staging", "body": {"objects": [url]}}}


CALL = calling("https://www.example.com/")
# What stands beside `id` in the client's reply -> whether the call is sent, and the title of a refusal.
REPLIES: dict[str, tuple[dict[str, Any], bool, str]] = {
    "accept with an empty form": ({"result": {"action": "accept", "content": {}}}, True, ""),
    "accept without a form": ({"result": {"action": "accept"}}, True, ""),
    "accept with a text": ({"result": {"action": "accept", "content": {"agree": "true"}}}, True, ""),
    "accept with null in the form": ({"result": {"action": "accept", "content": {"agree": None}}}, True, ""),
    "accept with a no in words": (
        {"result": {"action": "accept", "content": {"agree": " No"}}},
        False,
        "The user declined the call",
    ),
    "accept with a no among others": (
        {"result": {"action": "accept", "content": {"a": True, "b": ["yes", "reject"]}}},
        False,
        "The user declined the call",
    ),
    "decline with a yes in the form": (
        {"result": {"action": "decline", "content": {"agree": True}}},
        False,
        "The user declined the call",
    ),
    "decline": ({"result": {"action": "decline"}}, False, "The user declined the call"),
    "cancel": ({"result": {"action": "cancel"}}, False, "Nobody answered the question"),
    "no such method": ({"error": {"code": -32601, "message": "no"}}, False, "Nobody answered the question"),
    "an invalid request": ({"error": {"code": -32600, "message": "no"}}, False, "Nobody answered the question"),
    "an empty result": ({"result": {}}, False, "Nobody answered the question"),
    "an error beside a result": (
        {"result": {"action": "accept"}, "error": {"code": -1, "message": "no"}},
        False,
        "Nobody answered the question",
    ),
    "a result that is a text": ({"result": "accept"}, False, "Nobody answered the question"),
    "no result": ({"result": None}, False, "Nobody answered the question"),
    "an error that is a text": ({"error": "no"}, False, "Nobody answered the question"),
    "neither result nor error": ({}, False, "Nobody answered the question"),
    "another action": ({"result": {"action": "yes"}}, False, "Nobody answered the question"),
}


async def answered(child: Child, reply: dict[str, Any], arguments: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Call akamai_destroy, reply to each question; the questions, and the result."""
    await child.write(
        json.dumps(
            {
                "jsonrpc": "2.0",
                "id": 7,
                "method": "tools/call",
                "params": {"name": "akamai_destroy", "arguments": arguments},
            }
        )
    )
    questions: list[str] = []
    while True:
        message = json.loads(await child.read())
        if message.get("method") == "elicitation/create":
            questions.append(message["params"]["message"])
            await child.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], **reply}))
        elif message.get("id") == 7:
            return questions, message["result"]["structuredContent"]


async def test_each_reply_of_a_client_is_taken_for_what_it_is(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    async with start_child(child_environment, tmp_path) as child:
        await child.ask("initialize", HELLO | {"capabilities": {"elicitation": {}}})
        await child.write('{"jsonrpc": "2.0", "method": "notifications/initialized"}')
        for name, (reply, sent, title) in REPLIES.items():
            fake.requests.clear()
            call = calling(f"https://www.example.com/{name}")  # an answer holds for its call
            questions, content = await answered(child, reply, call | {"confirm": "x"})  # an agent's word beside the person's
            assert (len(questions), len(fake.requests)) == (1, int(sent)), name
            assert content.get("problem", {}).get("title", "") == title, name
            assert "confirm" not in content
            if not sent:
                assert content["sent"] is False, name
                # Some hosts decline by themselves where nobody is there, too.
                assert "AKAMAI_MCP_CONFIRM_BY=token" in content["advice"], name
        status, errors = await child.end()
    assert (status, "Traceback" in errors) == (0, False)


@pytest.mark.parametrize("era", ERAS)
async def test_a_user_who_declines_is_not_walked_round_in_either_era(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path, era: str
) -> None:
    questions: list[str] = []

    async def user(message: str, *_: Any) -> ElicitResult[Any]:
        questions.append(message)
        return ElicitResult(action="decline")

    transport = StdioTransport(sys.executable, ["-m", "akamai_mcp"], env=child_environment, cwd=str(tmp_path))
    async with Client(transport, mode=era, elicitation_handler=user) as client:
        stage = Stage(client=client, fake=fake)
        for confirm in ({}, {"confirm": "x"}, {"confirm": ""}):
            refused = await stage.refused("akamai_destroy", CALL | confirm)
            assert refused.content["problem"]["title"] == "The user declined the call"
            assert "confirm" not in refused.content
    assert (len(questions), len(fake.requests)) == (1, 0)
