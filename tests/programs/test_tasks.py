"""Runs as MCP tasks: a client that declares them gets one where a program pauses, in every other case what everybody gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from fastmcp import Client
from fastmcp.exceptions import McpError
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp_stage import MakeSettings, Stage
from mcp_types import CallToolResult, Request, RequestParams, Result, TextContent
from programs.programs import DELETE, FakeUser, methods
from programs.test_runs import LONG, SECOND_DELETE, Clock
from pydantic import ConfigDict

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.server.app import build_server

TASKS = "io.modelcontextprotocol/tasks"
MORE = f"import asyncio\nanswer = {DELETE}\nawait asyncio.sleep(900)\nif answer:\n    {SECOND_DELETE}\n'both'"
# Fifteen minutes: each look at the activation is five minutes later.
ACTIVATION = f"""
import asyncio
{DELETE}
looks = 0
while looks < 3:
    await asyncio.sleep(300)
    await call("network-lists/v2#get-network-lists", {{"search": str(looks)}})
    looks += 1
looks
"""


class TaskShape(Result):
    """A call that became a task."""

    model_config = ConfigDict(extra="allow")
    result_type: Literal["task"] = "task"


class Anything(Result):
    """Any result."""

    model_config = ConfigDict(extra="allow")


class TaskRequest(Request[Any, Any]):
    """A request of the extension."""

    method: str
    params: Any


class TaskRequestParams(RequestParams):
    """The parameters of a request of the extension."""

    model_config = ConfigDict(extra="allow")


class Declares(ClientExtension):
    """A client that takes tasks, and hands the first one on as it is."""

    identifier = TASKS

    def claims(self) -> Sequence[ResultClaim[Any]]:
        return (ResultClaim(result_type="task", model=TaskShape, resolve=self._hand_on),)

    async def _hand_on(self, shape: TaskShape, _: ClaimContext) -> CallToolResult:
        return CallToolResult(content=[TextContent(type="text", text="")], structured_content=shape.model_dump(by_alias=True))


async def ask(stage: Stage, method: str, task: str, **more: Any) -> dict[str, Any]:
    """Send a request of the extension."""
    request = TaskRequest(method=method, params=TaskRequestParams.model_validate({"taskId": task, **more}))
    result = await stage.client.session.send_request(request, Anything)
    return result.model_dump(by_alias=True, exclude_none=True)


async def settled(stage: Stage, task: str, *, until: str = "completed") -> dict[str, Any]:
    """Poll a task until it has a status, as long as it is driven."""
    async with asyncio.timeout(20):
        while (told := await ask(stage, "tasks/get", task))["status"] != until:
            await asyncio.sleep(0.02)
    return told


async def paused(stage: Stage, task: str) -> dict[str, Any]:
    """Poll a task until it waits for its next time."""
    async with asyncio.timeout(20):
        while "statusMessage" not in (told := await ask(stage, "tasks/get", task)):
            await asyncio.sleep(0.02)
    return told


@pytest.fixture
def clock() -> Clock:
    return Clock()


Open = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def opened(settings: MakeSettings, fake: FakeAkamai, catalogue: Catalogue, clock: Clock, tmp_path: Path) -> Open:
    """Open a server on one folder of runs, and a client that takes tasks."""

    @asynccontextmanager
    async def opening(era: str = "auto", user: FakeUser | None = None, *, declares: bool = True) -> AsyncIterator[Stage]:
        server = build_server(settings(runs_dir=tmp_path / "runs"), catalogue, clock)
        extensions = [Declares()] if declares else []
        async with Client(server, mode=era, elicitation_handler=user, extensions=extensions) as client:
            yield Stage(client=client, fake=fake)

    return opening


async def test_a_program_that_pauses_is_a_task_that_outlives_its_server(opened: Open, clock: Clock) -> None:
    async with opened() as stage:
        task = (await stage.agreed("akamai_run", program=LONG)).content
        assert (task["resultType"], task["status"], methods(stage)) == ("task", "working", ["DELETE"])
        told = await ask(stage, "tasks/get", task["taskId"])
        assert (told["resultType"], told["status"], told["pollIntervalMs"]) == ("complete", "working", 30_000)
    clock.now += 900
    async with opened() as stage:
        done = await settled(stage, task["taskId"])
        assert (done["result"]["isError"], done["result"]["structuredContent"]["body"]) == (False, "both")
        assert methods(stage) == ["DELETE", "DELETE"]
        assert (await ask(stage, "tasks/get", task["taskId"]))["status"] == "completed"


@pytest.mark.parametrize("way", ["task", "run", "run of an older client"])
async def test_fifteen_minutes_of_waiting_pass_over_restarts(opened: Open, clock: Clock, way: str) -> None:
    era, declares = ("legacy" if way.endswith("client") else "auto"), way == "task"
    async with opened(era, declares=declares) as stage:
        first = (await stage.agreed("akamai_run", program=ACTIVATION)).content
        begun = len(stage.fake.requests)
    name = first["taskId"] if declares else first["run"]
    for looks in range(1, 4):
        clock.now += 300
        async with opened(era, declares=declares) as stage:
            if declares:
                last = await settled(stage, name) if looks == 3 else await paused(stage, name)
                body = last.get("result", {}).get("structuredContent", {}).get("body")
            else:
                body = (await stage.ask("akamai_run", run=name)).content.get("body")
            assert body == (3 if looks == 3 else None)
    assert methods(stage)[begun:] == ["GET", "GET", "GET"]
    assert methods(stage).count("DELETE") == 1


async def test_a_plan_in_a_task_is_asked_about_and_the_answer_lets_it_go_on(opened: Open, clock: Clock) -> None:
    user = FakeUser()
    async with opened(user=user) as stage:
        task = (await stage.ask("akamai_run", program=MORE)).content
        clock.now += 900
        asked = await settled(stage, task["taskId"], until="input_required")
        ((key, form),) = asked["inputRequests"].items()
        assert (form["method"], "2_A" in form["params"]["message"], methods(stage)) == ("elicitation/create", True, ["DELETE"])
        await ask(stage, "tasks/update", task["taskId"], inputResponses={"another": {"action": "accept"}})
        assert (await ask(stage, "tasks/get", task["taskId"]))["status"] == "input_required"
        await ask(stage, "tasks/update", task["taskId"], inputResponses={key: {"action": "accept", "content": {}}})
        done = await settled(stage, task["taskId"])
        assert (done["result"]["structuredContent"]["body"], methods(stage)) == ("both", ["DELETE", "DELETE"])


async def test_a_declined_plan_cancels_its_task_and_sends_nothing(opened: Open, clock: Clock) -> None:
    async with opened(user=FakeUser()) as stage:
        task = (await stage.ask("akamai_run", program=MORE)).content
        clock.now += 900
        asked = await settled(stage, task["taskId"], until="input_required")
        (key,) = asked["inputRequests"]
        await ask(stage, "tasks/update", task["taskId"], inputResponses={key: {"action": "decline"}})
        await settled(stage, task["taskId"], until="cancelled")
        assert methods(stage) == ["DELETE"]


async def test_a_client_without_a_dialog_gets_the_token_as_the_result(opened: Open, clock: Clock) -> None:
    async with opened() as stage:
        task = (await stage.agreed("akamai_run", program=MORE)).content
        clock.now += 900
        told = await settled(stage, task["taskId"])
        assert told["result"]["isError"]
        done = await stage.ask("akamai_run", confirm=told["result"]["structuredContent"]["confirm"])
        assert (done.content["body"], methods(stage)) == ("both", ["DELETE", "DELETE"])


async def test_a_cancelled_task_makes_no_further_change(opened: Open, clock: Clock) -> None:
    async with opened() as stage:
        task = (await stage.agreed("akamai_run", program=LONG)).content
        await ask(stage, "tasks/cancel", task["taskId"])
        clock.now += 900
        assert (await ask(stage, "tasks/get", task["taskId"]))["status"] == "cancelled"
        assert methods(stage) == ["DELETE"]


@pytest.mark.parametrize("method", ["tasks/get", "tasks/cancel"])
async def test_a_task_that_is_not_there_and_a_client_that_takes_none_are_refused(opened: Open, method: str) -> None:
    async with opened() as stage:
        with pytest.raises(McpError) as refused:
            await ask(stage, method, "nothing")
        assert refused.value.error.code == -32602
    async with opened(declares=False) as stage:
        with pytest.raises(McpError) as refused:
            await ask(stage, method, "nothing")
        assert refused.value.error.code == -32021
        paused = (await stage.agreed("akamai_run", program=LONG)).content
        assert (paused["status"], "taskId" in paused) == ("paused", False)


async def test_a_program_that_ends_in_its_call_is_no_task(opened: Open) -> None:
    async with opened() as stage:
        assert (await stage.ask("akamai_run", program="1 + 1")).content["body"] == 2
