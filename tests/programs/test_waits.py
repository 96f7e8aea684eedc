"""Calls with `wait` as MCP tasks: the call returns at once, and its work is followed by polls, over restarts, by its caller alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.exceptions import McpError
from mcp.client.extension import NotificationBinding
from mcp_stage import MakeSettings, Stage
from mcp_types import SubscriptionFilter, SubscriptionsListenRequest, SubscriptionsListenRequestParams
from programs.programs import FakeUser, methods
from programs.test_activations import LIST, QUARTER, Ahead, ahead, slow  # noqa: F401 - fixtures
from programs.test_runs import Clock, listed
from programs.test_tasks import MORE, Anything, Declares, TaskRequestParams, ask, settled
from redis_stage import KEY, RedisProcess
from server.test_outcomes import activate, activation, link, shows, started

from akamai_mcp.access.callers import Caller, Grant, calling
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.server.app import build_server
from akamai_mcp.server.runs import driving, listening
from akamai_mcp.settings import Settings

Open = Callable[..., AbstractAsyncContextManager[Stage]]
ACTIVATE = activate()
ACTIVATIONS = "papi/v1#post-property-activations"
SHOWN = {"propertyId": "prp_1", "activationId": "atv_9", "contractId": "ctr_1", "groupId": "grp_1"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(settings: MakeSettings, fake: FakeAkamai, catalogue: Catalogue, clock: Clock, tmp_path: Path) -> Open:
    """Open a server on one folder of runs, and a client that takes tasks."""

    @asynccontextmanager
    async def opening(
        *,
        declares: bool = True,
        caller: str = "ann",
        extension: Declares | None = None,
        user: FakeUser | None = None,
        **changes: Any,
    ) -> AsyncIterator[Stage]:
        server = build_server(settings(**{"runs_dir": tmp_path / "runs"} | changes), catalogue, clock)
        with calling(lambda: Caller(name=caller, grants=(Grant(role="tests"),))):
            extensions = [extension or Declares()] if declares else []
            async with Client(server, mode="auto", elicitation_handler=user, extensions=extensions) as client:
                yield Stage(client=client, fake=fake)

    return opening


def work(*states: str) -> tuple[Fault, ...]:
    """The acceptance of an activation, and how it stands at each look."""
    return started(body=link()), *(shows(activation(state)) for state in states)


async def begun(stage: Stage, *states: str) -> dict[str, Any]:
    """Begin an activation whose caller wants to wait for it."""
    stage.fake.faults.add(*work(*states))
    reply = await stage.agreed(ACTIVATE["name"], ACTIVATE["arguments"], wait=True)
    assert not reply.failed, reply.text
    return reply.content


async def ended(stage: Stage, clock: Clock, task: str) -> dict[str, Any]:
    """Poll a task a second apart until it is over."""
    async with asyncio.timeout(20):
        while (told := await ask(stage, "tasks/get", task))["status"] == "working":
            clock.now += told["pollIntervalMs"] / 1000
            await asyncio.sleep(0.02)
    return told


def without_time(content: dict[str, Any]) -> dict[str, Any]:
    outcome = {name: value for name, value in content["outcome"].items() if name != "seconds"}
    return content | {"outcome": outcome}


CALLS = [
    (ACTIVATE["name"], ACTIVATE["arguments"], {}),
    ("akamai_write", ACTIVATE, {}),
    ("akamai_write", ACTIVATE, {"select": "activations.items[0].status"}),
    (
        "akamai_raw_request",
        {
            "toolName": ACTIVATIONS,
            "pathParams": {"propertyId": "prp_1"},
            "queryParams": {"contractId": "ctr_1", "groupId": "grp_1"},
            "body": ACTIVATE["arguments"]["body"],
        },
        {"paginate": True},
    ),
]


@pytest.mark.parametrize(("tool", "arguments", "more"), CALLS, ids=["own tool", "by effect", "select", "raw"])
@pytest.mark.parametrize("last", ["ACTIVE", "FAILED"])
async def test_a_call_is_a_task_at_once_and_ends_with_the_answer_of_one_that_waits(
    opened: Open, clock: Clock, tool: str, arguments: dict[str, Any], more: dict[str, Any], last: str
) -> None:
    async with opened(declares=False) as stage:
        stage.fake.faults.add(*work("PENDING", last))
        waited = await stage.agreed(tool, arguments, wait=True, **more)
        assert methods(stage) == ["POST", "GET", "GET"]
    async with opened() as stage:
        stage.fake.faults.add(*work("PENDING", last))
        task = (await stage.agreed(tool, arguments, wait=True, **more)).content
        assert (task["resultType"], task["status"], methods(stage)[3:]) == ("task", "working", ["POST"])
    async with opened() as stage:
        told = await ended(stage, clock, task["taskId"])
        result = told["result"]
        assert (result["isError"], methods(stage)[3:]) == (waited.failed, ["POST", "GET", "GET"])
        assert without_time(result["structuredContent"]) == without_time(waited.content)
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    async with opened() as stage:
        assert (await ask(stage, "tasks/get", task["taskId"]))["result"] == result


async def test_a_read_of_pending_work_is_a_task_too(opened: Open, clock: Clock) -> None:
    name, faults = "akamai_papi_get_property_activation", [shows(activation(state)) for state in ("PENDING", "ACTIVE")]
    async with opened(declares=False) as stage:
        stage.fake.faults.add(*faults)
        waited = await stage.ask(name, SHOWN, wait=True)
    async with opened() as stage:
        stage.fake.faults.add(*faults)
        task = (await stage.ask(name, SHOWN, wait=True)).content
        told = await ended(stage, clock, task["taskId"])
        assert without_time(told["result"]["structuredContent"]) == without_time(waited.content)
        assert methods(stage) == ["GET"] * 4


@pytest.mark.parametrize("way", ["task", "run", "run of an older client", "call of an older client"])
async def test_an_activation_of_15_minutes_is_waited_for_over_restarts(
    slow: SandboxServer,  # noqa: F811 - a fixture
    ahead: Ahead,  # noqa: F811 - a fixture
    catalogue: Catalogue,
    index_folder: Path,
    tmp_path: Path,
    way: str,
) -> None:
    edgerc = slow.write_edgerc(tmp_path / ".edgerc")
    chosen = {"edgerc": edgerc, "ca_bundle": slow.ca_bundle, "cache_dir": index_folder, "runs_dir": tmp_path / "runs"}

    @asynccontextmanager
    async def client(*, old: bool = False, declares: bool = True) -> AsyncIterator[Stage]:
        era, extensions = "legacy" if old else "auto", [Declares()] if declares else []
        async with Client(build_server(Settings(**chosen), catalogue, ahead), mode=era, extensions=extensions) as client:
            yield Stage(client=client, fake=slow.fake)

    where = {"networkListId": LIST, "environment": "STAGING"}
    call = {"name": "network-lists/v2#post-network-list-activate", "arguments": where | {"body": {"comments": "15 minutes"}}}
    old = way == "call of an older client"
    async with client(old=old) as stage:
        first = (await stage.agreed("akamai_write", call, wait=True, **({"waitSeconds": 1} if old else {}))).content
    outcome: dict[str, Any] = first.get("outcome", {})
    for minutes in (5, 10, 15):
        ahead.seconds = minutes * 60 + 1
        async with client(old=way.endswith("older client"), declares=way == "task") as stage:
            if way == "task" and minutes < 15:
                assert (await ask(stage, "tasks/get", first["taskId"]))["status"] == "working"
                while "statusMessage" not in (told := await ask(stage, "tasks/get", first["taskId"])):
                    await asyncio.sleep(0.02)
                assert "PENDING_ACTIVATION" in told["statusMessage"]
            elif way == "task":
                outcome = (await settled(stage, first["taskId"]))["result"]["structuredContent"]["outcome"]
            elif old:
                shown = first["outcomeShownBy"]
                answer = await stage.ask("akamai_read", shown, wait=True, waitSeconds=1)
                outcome = answer.content["outcome"]
            else:
                outcome = (await stage.ask("akamai_run", run=first["taskId"])).content["outcome"]
        if way != "task" or minutes == 15:
            assert outcome["state"] == ("done" if minutes == 15 else "pending")
    sent = [request for request in slow.fake.requests if request.method == "POST" and request.target.endswith("/activate")]
    assert (len(sent), outcome["status"]) == (1, "ACTIVE")


async def test_a_cancelled_task_ends_the_waiting_and_not_the_change(opened: Open, clock: Clock) -> None:
    async with opened() as stage:
        task = (await begun(stage, "PENDING"))["taskId"]
        await ask(stage, "tasks/cancel", task)
        clock.now += 900
        assert (await ask(stage, "tasks/get", task))["status"] == "cancelled"
        await ask(stage, "tasks/cancel", task)
        assert methods(stage) == ["POST"]


async def test_a_task_is_listed_for_its_caller_and_unknown_to_every_other(opened: Open) -> None:
    async with opened() as stage:
        task = (await begun(stage))["taskId"]
        (row,) = await listed(stage)
        assert (row["run"], row["waitsFor"], row["status"]) == (task, ACTIVATIONS, "paused")
    async with opened(caller="bob") as stage:
        assert await listed(stage) == []
        for method in ("tasks/get", "tasks/cancel"):
            with pytest.raises(McpError) as refused:
                await ask(stage, method, task)
            assert refused.value.error.code == -32602
        assert (await stage.ask("akamai_run", run=task)).failed
    async with opened() as stage:
        assert (await ask(stage, "tasks/get", task))["status"] == "working"


async def test_a_wait_that_asks_for_a_time_ends_after_it_and_one_that_asks_for_none_after_a_day(
    opened: Open, clock: Clock
) -> None:
    async with opened() as stage:
        stage.fake.faults.add(started(body=link()), shows(activation("PENDING")))
        short = (await stage.agreed(ACTIVATE["name"], ACTIVATE["arguments"], wait=True, waitSeconds=60)).content["taskId"]
        clock.now += 61
        over = (await settled(stage, short))["result"]["structuredContent"]
        assert (over["outcome"]["state"], "do not repeat" in over["outcome"]["advice"]) == ("pending", True)
        long = (await begun(stage, "PENDING", "PENDING"))["taskId"]
        for hours, state in ((20, "working"), (25, "completed")):
            clock.now += hours * 3600
            assert (await _looked(stage, long))["status"] == state


async def _looked(stage: Stage, task: str) -> dict[str, Any]:
    """The task after the look that is due."""
    looks = len(stage.fake.requests)
    await ask(stage, "tasks/get", task)
    await stage.arrived(looks + 1)
    while (told := await ask(stage, "tasks/get", task))["status"] == "working" and "statusMessage" not in told:
        await asyncio.sleep(0.01)
    return told


@pytest.mark.parametrize("more", [{"waitSeconds": 1}, {}])
async def test_work_that_may_hold_a_credential_is_waited_for_in_its_call(opened: Open, more: dict[str, Any]) -> None:
    async with opened() as stage:
        answer = json.dumps({"activationLink": json.loads(link())["activationLink"], "token": "s3cret-in-an-answer"}).encode()
        stage.fake.faults.add(started(body=answer), shows(activation("ACTIVE")))
        reply = await stage.agreed(ACTIVATE["name"], ACTIVATE["arguments"], wait=True, **more)
        assert (reply.content["outcome"]["state"], await listed(stage)) == ("done", [])


async def test_a_wait_that_cannot_be_stored_is_waited_for_in_its_call(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "runs.sqlite").write_bytes(b"no database" * 100)
    async with opened() as stage:
        stage.fake.faults.add(*work("ACTIVE"))
        reply = await stage.agreed(ACTIVATE["name"], ACTIVATE["arguments"], wait=True)
        assert (reply.failed, reply.content["outcome"]["state"]) == (False, "done")


async def test_a_customer_whose_account_is_another_now_is_not_asked_for_the_work(
    opened: Open, clock: Clock, edgerc: Path, tmp_path: Path
) -> None:
    own = tmp_path / ".edgerc"
    own.write_text(edgerc.read_text(encoding="utf-8"), encoding="utf-8")
    own.chmod(0o600)
    async with opened(edgerc=own) as stage:
        task = (await begun(stage, "ACTIVE"))["taskId"]
        own.write_text(own.read_text().replace("[default]\n", "[default]\naccount_key = 1-OTHER:1-2RBL\n"), encoding="utf-8")
        clock.now += 900
        told = await settled(stage, task)
        assert "another caller, account or key" in told["result"]["structuredContent"]["problem"]["detail"]
        assert methods(stage) == ["POST"]


async def test_a_run_that_another_process_drives_is_under_way_and_not_over(opened: Open, clock: Clock) -> None:
    async with opened() as first, opened() as second:
        task = (await begun(first))["taskId"]
        first.fake.faults.add(Fault(method="GET", delay=1.0, status=503), shows(activation("ACTIVE")))
        clock.now += 1
        await ask(first, "tasks/get", task)
        await first.arrived(2)
        for _ in range(5):
            assert (await ask(second, "tasks/get", task))["status"] == "working"
            await asyncio.sleep(0.05)
        assert methods(first) == ["POST", "GET"]
        told = await ended(second, clock, task)
        assert (told["result"]["isError"], methods(first)) == (False, ["POST", "GET", "GET"])


class Listens(Declares):
    """A client that takes tasks and what is told of them."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def notifications(self) -> Sequence[NotificationBinding[Any]]:
        return (NotificationBinding(method="notifications/tasks", params_type=TaskRequestParams, handler=self._note),)

    async def _note(self, params: TaskRequestParams) -> None:
        self.told.append(params.model_dump(by_alias=True, exclude_none=True))

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.told) < count:
                await asyncio.sleep(0.01)


async def listen(stage: Stage, *tasks: str, **more: Any) -> dict[str, Any]:
    """Listen to tasks until all are over."""
    notifications = SubscriptionFilter.model_validate({"taskIds": list(tasks), **more})
    request = SubscriptionsListenRequest(params=SubscriptionsListenRequestParams(notifications=notifications))
    return (await stage.client.session.send_request(request, Anything)).model_dump(by_alias=True, exclude_none=True)


async def test_a_client_that_listens_is_told_each_state_of_its_task_and_nothing_of_others(opened: Open, clock: Clock) -> None:
    async with opened(caller="bob") as stage:
        foreign = (await begun(stage))["taskId"]
    listens = Listens()
    async with opened(extension=listens) as stage:
        task = (await begun(stage, "PENDING", "ACTIVE"))["taskId"]
        stream = asyncio.create_task(listen(stage, task, foreign, "nothing"))
        await listens.until(1)
        for count in (2, 3):
            clock.now += 60
            await listens.until(count)
        ended = await stream
        assert [told["taskId"] for told in listens.told] == [task] * len(listens.told)
        assert [told["status"] for told in listens.told] == ["working", "working", "completed"]
        assert "PENDING" in listens.told[1]["statusMessage"]
        last = {name: value for name, value in listens.told[-1].items() if name != "_meta"}
        polled = await ask(stage, "tasks/get", task)
        assert {"resultType": "complete", **last} == {name: value for name, value in polled.items() if name != "_meta"}
        (identifier,) = {told["_meta"]["io.modelcontextprotocol/subscriptionId"] for told in listens.told}
        assert ended["_meta"]["io.modelcontextprotocol/subscriptionId"] == identifier


async def test_a_client_that_listens_to_a_plan_is_told_what_its_user_is_asked(opened: Open, clock: Clock) -> None:
    listens = Listens()
    async with opened(extension=listens, user=FakeUser()) as stage:
        task = (await stage.ask("akamai_run", program=MORE)).content["taskId"]
        stream = asyncio.create_task(listen(stage, task))
        await listens.until(1)
        clock.now += 900
        await ask(stage, "tasks/get", task)
        await listens.until(2)
        ((key, form),) = listens.told[1]["inputRequests"].items()
        assert (listens.told[1]["status"], "2_A" in form["params"]["message"]) == ("input_required", True)
        await ask(stage, "tasks/update", task, inputResponses={key: {"action": "accept", "content": {}}})
        await stream
        assert listens.told[-1]["result"]["structuredContent"]["body"] == "both"


async def test_listening_needs_the_extension_and_names_of_tasks(opened: Open) -> None:
    async with opened(declares=False) as stage:
        with pytest.raises(McpError) as refused:
            await listen(stage, "nothing")
        assert refused.value.error.code == -32021
        with pytest.raises(McpError) as refused:
            await listen(stage)
        assert refused.value.error.code == -32601, "no list changes here"
    async with opened() as stage:
        for wanted in ("x" * 3, [1], [f"t{number}" for number in range(101)]):
            with pytest.raises(McpError) as refused:
                await listen(stage, taskIds=wanted)
            assert refused.value.error.code == -32602
        assert (await listen(stage, "nothing"))["resultType"] == "complete", "nothing is there to listen to"


async def test_a_client_that_listens_is_told_that_its_task_was_cancelled(opened: Open) -> None:
    listens = Listens()
    async with opened(extension=listens) as stage:
        task = (await begun(stage, "PENDING"))["taskId"]
        stream = asyncio.create_task(listen(stage, task))
        await listens.until(1)
        await ask(stage, "tasks/cancel", task)
        await stream
        assert [told["status"] for told in listens.told] == ["working", "cancelled"]


async def test_a_stream_ends_after_its_time_and_its_task_goes_on(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "LONGEST_STREAM", 0.2)
    async with opened() as stage:
        task = (await begun(stage, "PENDING"))["taskId"]
        async with asyncio.timeout(10):
            assert (await listen(stage, task))["resultType"] == "complete"
        assert (await ask(stage, "tasks/get", task))["status"] == "working"


async def test_a_server_that_ends_ends_what_listens(opened: Open) -> None:
    async with opened() as stage:
        task = (await begun(stage, "PENDING"))["taskId"]
        stream = asyncio.create_task(listen(stage, task))
        await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        await asyncio.wait({stream})
    assert stream.exception() is not None


async def test_a_plan_that_waits_for_a_token_is_the_result_until_the_run_goes_on(opened: Open, clock: Clock) -> None:
    async with opened() as stage:
        task = (await stage.agreed("akamai_run", program=MORE)).content["taskId"]
        clock.now += 900
        told = await settled(stage, task)
        await stage.ask("akamai_run", confirm=told["result"]["structuredContent"]["confirm"])
        assert (await ask(stage, "tasks/get", task))["result"]["structuredContent"]["body"] == "both"


async def test_a_question_that_was_forgotten_is_asked_again(opened: Open, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "REMEMBERED", 1)
    async with opened() as stage:
        programs = (MORE, MORE.replace("1_A", "3_A").replace("2_A", "4_A"))
        tasks = [(await stage.agreed("akamai_run", program=program)).content["taskId"] for program in programs]
        clock.now += 900
        first, second = [(await settled(stage, task))["result"]["structuredContent"]["confirm"] for task in tasks]
        again = (await settled(stage, tasks[0]))["result"]["structuredContent"]["confirm"]
        assert len({first, second, again}) == 3
        assert (await stage.ask("akamai_run", confirm=again)).content["body"] == "both"


async def test_a_yes_to_the_question_of_one_server_is_none_to_that_of_another(opened: Open, clock: Clock) -> None:
    user = FakeUser()
    async with opened(user=user) as first, opened(user=user) as second:
        task = (await first.ask("akamai_run", program=MORE)).content["taskId"]
        clock.now += 900
        (key,) = (await settled(first, task, until="input_required"))["inputRequests"]
        (other,) = (await settled(second, task, until="input_required"))["inputRequests"]
        assert key != other
        await ask(second, "tasks/update", task, inputResponses={key: {"action": "accept", "content": {}}})
        assert (await ask(second, "tasks/get", task))["status"] == "input_required"
        # The first question is asked no longer, so its answer at the server that asked it does not count, either.
        await ask(first, "tasks/update", task, inputResponses={key: {"action": "accept", "content": {}}})
        (last,) = (await settled(first, task, until="input_required"))["inputRequests"]
        assert (last not in {key, other}, methods(first)) == (True, ["DELETE"])
        await ask(first, "tasks/update", task, inputResponses={last: {"action": "accept", "content": {}}})
        done = await settled(first, task)
        assert (done["result"]["structuredContent"]["body"], methods(first)) == ("both", ["DELETE", "DELETE"])
        assert (await ask(second, "tasks/get", task))["result"]["isError"] is False


async def test_an_answer_is_that_of_a_task_only_until_its_run_goes_on_and_pauses_again(opened: Open, clock: Clock) -> None:
    program = f"{MORE}\nawait asyncio.sleep(900)\n'later'"
    async with opened() as stage:
        task = (await stage.agreed("akamai_run", program=program)).content["taskId"]
        clock.now += 900
        told = await settled(stage, task)
        await stage.ask("akamai_run", confirm=told["result"]["structuredContent"]["confirm"])
        assert (await ask(stage, "tasks/get", task))["status"] == "working"
        clock.now += 900
        assert (await settled(stage, task))["result"]["structuredContent"]["body"] == "later"


async def test_with_redis_a_task_of_one_replica_is_polled_at_another(
    settings: MakeSettings, redis: RedisProcess, fake: FakeAkamai, catalogue: Catalogue, clock: Clock
) -> None:
    chosen = settings(redis_url=redis.url, shared_key=KEY)
    servers = [build_server(chosen, catalogue, clock) for _ in range(2)]
    async with Client(servers[0], extensions=[Declares()]) as one, Client(servers[1], extensions=[Declares()]) as other:
        task = (await begun(Stage(client=one, fake=fake), "PENDING", "ACTIVE"))["taskId"]
        told = await ended(Stage(client=other, fake=fake), clock, task)
        assert told["result"]["structuredContent"]["outcome"]["state"] == "done"
        assert (await ask(Stage(client=one, fake=fake), "tasks/get", task))["result"] == told["result"]
