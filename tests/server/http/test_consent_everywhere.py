"""Consent over every transport and era: each reply of a client's dialog, beside each `confirm` that an agent may bring."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from fastmcp.client.elicitation import ElicitResult
from mcp_stage import Reply
from service_stage import WAYS, OpenService

CALL = {"name": "ccu/v3#post-delete-url", "arguments": {"network": "staging", "body": {"objects": ["https://www.example.com/"]}}}
OTHER = {
    "name": "ccu/v3#post-delete-url",
    "arguments": {"network": "staging", "body": {"objects": ["https://www.example.com/2"]}},
}
SECRET = {"name": "edgekv/v1#get-token", "arguments": {"tokenName": "t"}}
# Streamable HTTP before 2026-07-28 is stateless here: the server cannot reach the client, and asks by token.
WITH_DIALOG = [way for way in WAYS if way != "http legacy"]
REPLIES: dict[str, tuple[ElicitResult[Any] | Exception, bool, str]] = {
    # the client's reply -> sent, and the title of the refusal
    "accept": (ElicitResult(action="accept", content={}), True, ""),
    "accept without content": (ElicitResult(action="accept"), True, ""),
    "accept a text": (ElicitResult(action="accept", content={"agree": "true"}), True, ""),
    "accept with a no": (ElicitResult(action="accept", content={"agree": False}), False, "The user declined the call"),
    "decline": (ElicitResult(action="decline"), False, "The user declined the call"),
    "cancel": (ElicitResult(action="cancel"), False, "Nobody answered the question"),
    "an error": (RuntimeError("cannot show forms"), False, "Nobody answered the question"),
}


class User:
    """Whoever answers a client's dialog, the same each time."""

    def __init__(self, reply: ElicitResult[Any] | Exception) -> None:
        self.questions: list[str] = []
        self._reply = reply

    async def __call__(self, message: str, *_: Any) -> ElicitResult[Any]:
        self.questions.append(message)
        if isinstance(self._reply, Exception):
            raise self._reply
        return self._reply


def titled(reply: Reply) -> str:
    return str(reply.content.get("problem", {}).get("title", "")) if reply.failed else ""


# From 2026-07-28 on the client itself fails where its dialog does, and the server hears nothing.
CELLS = [(way, name) for way in WITH_DIALOG for name in REPLIES if name != "an error" or WAYS[way][2] == "legacy"]


@pytest.mark.parametrize(("way", "name"), CELLS)
async def test_with_a_dialog_the_reply_alone_decides_whatever_token_is_brought(
    open_service: OpenService, way: str, name: str
) -> None:
    said, sent, title = REPLIES[name]
    async with open_service(way) as service:
        async with service.enter(way) as stage:  # another connection, without a dialog, hoards tokens
            hoarded = (await stage.refused("akamai_destroy", CALL)).content["confirm"]
            other = (await stage.refused("akamai_destroy", OTHER)).content["confirm"]
        user = User(said)
        async with service.enter(way, ask=user) as stage:
            for call, confirm in product(
                (CALL, SECRET), ({}, {"confirm": ""}, {"confirm": "x"}, {"confirm": hoarded}, {"confirm": other})
            ):
                user.questions.clear()
                service.fake.reset()
                reply = await stage.ask("akamai_destroy" if call is CALL else "akamai_read", call | confirm)
                assert (len(service.fake.requests), titled(reply)) == (int(sent), title), (call, confirm)
                assert "confirm" not in reply.content
                declined = title == "The user declined the call" and confirm != {}
                assert len(user.questions) == (0 if declined else 1), confirm


@pytest.mark.parametrize("way", WITH_DIALOG)
async def test_a_declined_call_stays_declined_for_every_connection_and_others_are_asked_about(
    open_service: OpenService, way: str
) -> None:
    async with open_service(way) as service:
        async with service.enter(way) as stage:
            token = (await stage.refused("akamai_destroy", CALL)).content["confirm"]
        async with service.enter(way, ask=User(ElicitResult(action="decline"))) as stage:
            assert titled(await stage.ask("akamai_destroy", CALL)) == "The user declined the call"
        async with service.enter(way) as stage:
            for confirm in ({}, {"confirm": token}):
                assert titled(await stage.ask("akamai_destroy", CALL | confirm)) == "The user declined the call"
        user = User(ElicitResult(action="accept", content={}))
        async with service.enter(way, ask=user) as stage:
            assert titled(await stage.ask("akamai_destroy", CALL)) == "The user declined the call"
            assert not (await stage.ask("akamai_destroy", OTHER)).failed
        assert (len(service.fake.requests), len(user.questions)) == (1, 1)


@pytest.mark.parametrize("way", WAYS)
async def test_without_a_dialog_a_token_is_good_once_for_its_own_call(open_service: OpenService, way: str) -> None:
    async with open_service(way) as service, service.enter(way) as stage:
        token = (await stage.refused("akamai_destroy", CALL)).content["confirm"]
        for confirm in ("", "x", (await stage.refused("akamai_destroy", OTHER)).content["confirm"]):
            assert (await stage.refused("akamai_destroy", CALL, confirm=confirm)).content["confirm"] != token
        assert len(service.fake.requests) == 0
        assert not (await stage.ask("akamai_destroy", CALL, confirm=token)).failed
        await stage.refused("akamai_destroy", CALL, confirm=token)
        assert len(service.fake.requests) == 1


@pytest.mark.parametrize("way", ["sse", "websocket legacy"])
async def test_a_token_of_another_connection_confirms_nothing(open_service: OpenService, way: str) -> None:
    async with open_service(way) as service:
        async with service.enter(way) as stage:
            token = (await stage.refused("akamai_destroy", CALL)).content["confirm"]
        async with service.enter(way) as stage:
            await stage.refused("akamai_destroy", CALL, confirm=token)
        assert len(service.fake.requests) == 0


@pytest.mark.parametrize("way", WAYS)
async def test_the_operator_may_want_dialogs_or_tokens_alone(open_service: OpenService, way: str) -> None:
    user = User(ElicitResult(action="accept", content={}))
    async with open_service(way, confirm_by="token") as service, service.enter(way, ask=user) as stage:
        token = (await stage.refused("akamai_destroy", CALL)).content["confirm"]
        assert not (await stage.ask("akamai_destroy", CALL, confirm=token)).failed
        service.fake.reset()
    assert user.questions == []
    async with open_service(way, confirm_by="dialog") as service, service.enter(way) as stage:
        refused = await stage.refused("akamai_destroy", CALL, confirm=token)
        assert "AKAMAI_MCP_CONFIRM_BY" in refused.advice
        assert "confirm" not in refused.content
        assert len(service.fake.requests) == 0
