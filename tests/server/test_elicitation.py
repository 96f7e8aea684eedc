"""What destroys or reveals is asked about: by the client's own dialog where it has one, else by a token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.client.elicitation import ElicitResult
from fastmcp.exceptions import McpError
from mcp_stage import ERAS, BuildServer, MakeSettings, OpenStage, Stage
from mcp_types import ElicitResult as ElicitationAnswer
from mcp_types import InputRequiredResult

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.server import elicitation
from akamai_mcp.server.elicitation import QUESTION

PURGE = {"network": "staging", "body": {"objects": ["https://www.example.com/"]}}
DELETE_URL = "ccu/v3#post-delete-url"
ENTRY_POINTS: dict[str, dict[str, Any]] = {
    "akamai_ccu_post_delete_url": PURGE,
    "akamai_destroy": {"name": DELETE_URL, "arguments": PURGE},
    "akamai_raw_request": {"toolName": DELETE_URL, "pathParams": {"network": "staging"}, "body": PURGE["body"]},
}
TOKEN_READ = {"name": "edgekv/v1#get-token", "arguments": {"tokenName": "t"}}


@dataclass(slots=True)
class FakeUser:
    """A person in front of a client that shows forms; `says` is the action and what the form holds."""

    says: tuple[str, dict[str, Any] | None] = ("accept", {"agree": True})
    asked: list[str] = field(default_factory=list)

    async def __call__(self, message: str, _kind: Any, _params: Any, _context: Any) -> ElicitResult[Any]:
        self.asked.append(message)
        action, content = self.says
        return ElicitResult(action=action, content=content)  # type: ignore[arg-type]


class SilentUser(FakeUser):
    """A person who is away: the question stays open."""

    async def __call__(self, message: str, _kind: Any, _params: Any, _context: Any) -> ElicitResult[Any]:
        self.asked.append(message)
        await asyncio.Event().wait()
        raise AssertionError


OpenWithUser = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def open_with_user(settings: MakeSettings, fake: FakeAkamai, served: BuildServer) -> OpenWithUser:
    @asynccontextmanager
    async def opened(era: str, user: FakeUser, **changes: Any) -> AsyncIterator[Stage]:
        async with Client(served(settings(**changes)), mode=era, elicitation_handler=user) as client:
            yield Stage(client=client, fake=fake)

    return opened


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
@pytest.mark.smoke
async def test_a_user_who_agrees_is_asked_once_and_the_call_is_made_once(
    open_with_user: OpenWithUser, era: str, entry_point: str
) -> None:
    user = FakeUser()
    async with open_with_user(era, user) as stage:
        reply = await stage.ask(entry_point, ENTRY_POINTS[entry_point])
        assert (reply.failed, reply.content["status"]) == (False, 201)
        assert len(stage.fake.requests) == 1
    [message] = user.asked
    assert message.startswith('POST /ccu/v3/delete/url/staging for customer "default": destroy.\n')
    assert 'body "objects" [0]: "https://www.example.com/"' in message


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("says", [("decline", None), ("cancel", None), ("accept", {"agree": False})])
async def test_a_user_who_does_not_agree_stops_the_call(
    open_with_user: OpenWithUser, era: str, says: tuple[str, dict[str, Any] | None]
) -> None:
    async with open_with_user(era, FakeUser(says=says)) as stage:
        reply = await stage.ask("akamai_destroy", ENTRY_POINTS["akamai_destroy"])
        assert reply.failed
        assert len(stage.fake.requests) == 0
        assert "confirm" not in reply.content


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("content", [None, {}, {"agree": "true"}, {"anything": 1}])
async def test_to_accept_is_the_answer_whatever_stands_in_the_form(
    open_with_user: OpenWithUser, era: str, content: dict[str, Any] | None
) -> None:
    async with open_with_user(era, FakeUser(says=("accept", content))) as stage:
        assert not (await stage.ask("akamai_destroy", ENTRY_POINTS["akamai_destroy"])).failed
        assert len(stage.fake.requests) == 1


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("value", ["false", "NO", " decline ", 0, 0.0, ["yes", "no"]])
async def test_a_no_in_the_form_of_an_accepted_question_is_a_no(open_with_user: OpenWithUser, era: str, value: object) -> None:
    async with open_with_user(era, FakeUser(says=("accept", {"agree": value}))) as stage:
        refused = await stage.refused("akamai_destroy", ENTRY_POINTS["akamai_destroy"])
        assert "declined" in refused.content["problem"]["title"]


async def test_a_client_that_never_answers_has_not_answered(
    open_with_user: OpenWithUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elicitation, "ANSWER_SECONDS", 0.1)
    user = SilentUser()
    async with open_with_user("legacy", user) as stage:
        refused = await stage.refused("akamai_destroy", ENTRY_POINTS["akamai_destroy"])
        assert refused.content["problem"]["title"] == "Nobody answered the question"
        assert "confirm" not in refused.content
        assert len(user.asked) == 1


@pytest.mark.parametrize("era", ERAS)
async def test_a_form_asks_for_nothing_but_the_answer(
    settings: MakeSettings, fake: FakeAkamai, served: BuildServer, era: str
) -> None:
    schemas: list[Any] = []

    async def user(_message: str, _kind: Any, params: Any, _context: Any) -> ElicitResult[Any]:
        schemas.append(params.requested_schema)
        return ElicitResult(action="accept", content={})

    async with Client(served(settings()), mode=era, elicitation_handler=user) as client:
        await Stage(client=client, fake=fake).ask("akamai_destroy", ENTRY_POINTS["akamai_destroy"])
    assert [schema["properties"] for schema in schemas] == [{}]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    "body",
    [
        {"objects": ["https://www.example.com/"]},
        '{"objects": ["https://www.example.com/"]}',
        '{ "objects":["https:\\/\\/www.example.com\\/"] }',
    ],
)
async def test_every_form_of_a_body_is_shown_as_it_is_sent(open_with_user: OpenWithUser, era: str, body: Any) -> None:
    user = FakeUser()
    async with open_with_user(era, user) as stage:
        await stage.ask("akamai_destroy", name=DELETE_URL, arguments={"network": "staging", "body": body})
    assert 'body "objects" [0]: "https://www.example.com/"' in user.asked[0]


@pytest.mark.parametrize("era", ERAS)
async def test_a_dry_run_a_refusal_and_a_dialog_have_the_same_text(
    open_with_user: OpenWithUser, open_stage: OpenStage, era: str
) -> None:
    user = FakeUser()
    async with open_with_user(era, user) as stage:
        shown = (await stage.ask("akamai_destroy", ENTRY_POINTS["akamai_destroy"], dryRun=True)).content["would"]
        await stage.ask("akamai_destroy", ENTRY_POINTS["akamai_destroy"])
    async with open_stage(era) as stage:
        refused = await stage.refused("akamai_destroy", ENTRY_POINTS["akamai_destroy"])
    assert [shown, refused.content["would"]] == user.asked * 2


async def test_a_file_whose_content_changed_after_the_question_is_asked_about_again(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.tgz"
    bundle.write_bytes(b"agreed")
    call = {"name": "edgeworkers/v1#post-versions", "arguments": {"edgeWorkerId": 1, "body": {"file": "bundle.tgz"}}}
    async with open_stage(files_dir=tmp_path, confirm="writes") as stage:
        refused = await stage.refused("akamai_write", call)
        assert f"6 bytes with SHA-256 {sha256(b'agreed').hexdigest()}" in refused.content["would"]
        bundle.write_bytes(b"other!")
        again = await stage.refused("akamai_write", call, confirm=refused.content["confirm"])
        assert sha256(b"other!").hexdigest() in again.content["would"]
        assert len(stage.fake.requests) == 0


async def test_in_a_repeated_call_only_the_accepted_question_of_that_call_counts_and_once(open_with_user: OpenWithUser) -> None:
    call = ("akamai_destroy", ENTRY_POINTS["akamai_destroy"])
    other = ("akamai_destroy", {"name": DELETE_URL, "arguments": {**PURGE, "network": "production"}})
    yes = {QUESTION: ElicitationAnswer(action="accept", content={})}
    async with open_with_user("auto", FakeUser()) as stage:
        session = stage.client.session

        async def again(call: tuple[str, dict[str, Any]], **more: Any) -> Any:
            return await session.call_tool(*call, allow_input_required=True, **more)

        asked = await again(call)
        assert isinstance(asked, InputRequiredResult)
        assert isinstance(await again(call, input_responses=yes), InputRequiredResult), "nobody was asked"
        with pytest.raises(McpError, match="requestState"):  # sealed for one request by the SDK, before our own token is
            await again(other, input_responses=yes, request_state=asked.request_state)
        assert len(stage.fake.requests) == 0
        assert not (await again(call, input_responses=yes, request_state=asked.request_state)).is_error
        assert isinstance(await again(call, input_responses=yes, request_state=asked.request_state), InputRequiredResult)
        assert len(stage.fake.requests) == 1


@pytest.mark.parametrize("era", ERAS)
async def test_what_asks_for_nothing_bothers_nobody(open_with_user: OpenWithUser, era: str) -> None:
    user = FakeUser()
    async with open_with_user(era, user) as stage:
        await stage.ask("akamai_read", name="papi/v1#get-contracts")
        body = {"name": "a", "type": "IP", "list": []}
        await stage.ask("akamai_write", name="network-lists/v2#post-network-lists", arguments={"body": body})
        assert len(stage.fake.requests) == 2
    assert user.asked == []


@pytest.mark.parametrize("era", ERAS)
async def test_writes_ask_too_where_the_operator_wants_it(open_with_user: OpenWithUser, era: str) -> None:
    user = FakeUser()
    async with open_with_user(era, user, confirm="writes") as stage:
        body = {"name": "a", "type": "IP", "list": []}
        reply = await stage.ask("akamai_write", name="network-lists/v2#post-network-lists", arguments={"body": body})
        assert reply.content["status"] == 201
        await stage.ask("akamai_read", name="papi/v1#get-contracts")
    assert len(user.asked) == 1


@pytest.mark.parametrize("era", ERAS)
async def test_a_read_that_shows_a_credential_asks_and_is_shown_once_agreed(open_with_user: OpenWithUser, era: str) -> None:
    user = FakeUser()
    async with open_with_user(era, user) as stage:
        assert not (await stage.ask("akamai_read", TOKEN_READ)).failed
    assert "The answer contains credentials." in user.asked[0]


async def test_without_a_dialog_the_refusal_brings_a_token_for_this_call_alone(either: Stage) -> None:
    refused = await either.refused("akamai_destroy", ENTRY_POINTS["akamai_destroy"])
    token = refused.content["confirm"]
    other = {"network": "production", "body": PURGE["body"]}
    stale = await either.refused("akamai_destroy", name=DELETE_URL, arguments=other, confirm=token)
    assert "is for another call" in stale.problem
    await either.refused("akamai_destroy", {**ENTRY_POINTS["akamai_destroy"], "customer": "second"}, confirm=token)
    assert not (await either.ask("akamai_destroy", ENTRY_POINTS["akamai_destroy"], confirm=token)).failed
    used = await either.refused("akamai_destroy", ENTRY_POINTS["akamai_destroy"], confirm=token)
    assert "used" in used.problem
    assert len(either.fake.requests) == 1


async def test_the_token_of_one_tool_confirms_the_same_call_through_another(stage: Stage) -> None:
    token = (await stage.refused("akamai_destroy", ENTRY_POINTS["akamai_destroy"])).content["confirm"]
    assert not (await stage.ask("akamai_ccu_post_delete_url", PURGE, confirm=token)).failed


async def test_a_token_of_another_server_confirms_nothing(open_stage: OpenStage) -> None:
    async with open_stage() as one:
        token = (await one.refused("akamai_destroy", ENTRY_POINTS["akamai_destroy"])).content["confirm"]
    async with open_stage() as other:
        await other.refused("akamai_destroy", ENTRY_POINTS["akamai_destroy"], confirm=token)


async def test_pages_of_a_read_that_asks_are_asked_about_once(stage: Stage) -> None:
    stage.fake.collections.items, stage.fake.collections.page_size = 12, 5
    call = {"name": "apikey-manager-api/v1#get-keys", "paginate": True}
    token = (await stage.refused("akamai_read", call)).content["confirm"]
    reply = await stage.ask("akamai_read", call, confirm=token)
    assert (reply.failed, reply.content["_pages"]["items"], len(stage.fake.requests)) == (False, 12, 3)


async def test_a_confirmation_inside_the_arguments_is_the_same_as_beside_them(stage: Stage) -> None:
    token = (await stage.refused("akamai_destroy", ENTRY_POINTS["akamai_destroy"])).content["confirm"]
    assert not (await stage.ask("akamai_destroy", name=DELETE_URL, arguments={**PURGE, "confirm": token})).failed
