"""What the start postponed is loaded once nobody waits, in short steps, and is there at the first call."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from mcp_stage import BuildServer, MakeSettings, start_child

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.server.idle_loading import (
    FOR_EVERY_CALL,
    FOR_SOME_CALLS,
    FOR_STRICT_VALIDATION,
    IdlePolicy,
    Step,
    collect_when_idle,
    load_when_idle,
    loading_when_idle,
    postponed_steps,
)

QUICK = IdlePolicy(first_pause=0.002, pause=0.001)
ARGUMENTS = {"propertyId": "prp_1", "contractId": "ctr_1", "groupId": "grp_1"}
SECONDS = 20.0


class Steps:
    """Steps that keep their names as they are carried out."""

    def __init__(self, *names: str) -> None:
        self.done: list[str] = []
        self.steps = tuple(Step(name=name, load=lambda name=name: self.done.append(name)) for name in names)


def resting() -> float:
    """The processor time of a process that does nothing."""
    return 0.0


def nothing() -> int:
    return 0


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


async def test_an_idle_process_carries_out_every_step_in_order() -> None:
    steps = Steps("a", "b", "c")
    await load_when_idle(steps.steps, nothing, QUICK, resting)
    assert steps.done == ["a", "b", "c"]


async def test_between_two_steps_the_loop_runs() -> None:
    turns: list[int] = []
    steps = Steps("a", "b", "c")

    async def count() -> None:
        while True:
            turns.append(len(steps.done))
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await load_when_idle(steps.steps, nothing, QUICK, resting)
    counting.cancel()
    assert {0, 1, 2} <= set(turns)


async def test_nothing_is_loaded_while_a_call_is_under_way() -> None:
    steps, under_way = Steps("a", "b"), [1]
    loading = asyncio.create_task(load_when_idle(steps.steps, lambda: under_way[0], QUICK, resting))
    await asyncio.sleep(0.05)
    assert steps.done == []
    under_way[0] = 0
    await asyncio.wait_for(loading, SECONDS)
    assert steps.done == ["a", "b"]


async def test_nothing_is_loaded_while_the_process_works() -> None:
    steps = Steps("a")
    loading = asyncio.create_task(load_when_idle(steps.steps, nothing, QUICK, time.monotonic))  # all time is spent working
    await asyncio.sleep(0.05)
    loading.cancel()
    assert steps.done == []


async def test_a_step_that_fails_is_a_line_in_the_log_and_the_next_one_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ImportError("no module of that name")

    steps = Steps("after")
    await load_when_idle((Step(name="broken", load=fail), *steps.steps), nothing, QUICK, resting)
    assert steps.done == ["after"]
    assert "broken" in (line := capsys.readouterr().err)
    assert "ImportError" in line
    assert gc.isenabled()


async def test_loading_waits_for_the_first_message_and_is_given_up_in_the_end() -> None:
    steps, arrived = Steps("a"), asyncio.Event()
    async with loading_when_idle(steps.steps, nothing, after=arrived.wait):
        await asyncio.sleep(0.3)
        assert steps.done == []
    assert len(asyncio.all_tasks()) == 1
    arrived.set()
    await asyncio.sleep(0.2)
    assert steps.done == []


@pytest.mark.parametrize("name", [*FOR_EVERY_CALL, *FOR_STRICT_VALIDATION, *FOR_SOME_CALLS])
def test_every_module_that_is_named_exists(name: str) -> None:
    __import__(name)


async def test_the_paths_of_every_method_are_sorted_ahead(
    served: BuildServer, settings: MakeSettings, catalogue: Catalogue
) -> None:
    server = served(settings())
    names = {step.name for step in postponed_steps(server.parts)}
    await server.parts.aclose()
    assert {f"paths of {entry.method}" for entry in catalogue.entries()} <= names


# In a process of its own: what calls import once the steps are done, each by a new server. A call that imports nothing leaves the
# modules as the steps did, so the next one starts from there.
FIRST_CALL = """
import asyncio, json, sys
from fastmcp import Client
from akamai_mcp.server.app import build_server
from akamai_mcp.server.idle_loading import postponed_steps
from akamai_mcp.settings import load_settings

async def imported_by(calls):
    settings = load_settings()
    server = build_server(settings)
    for step in postponed_steps(server.parts, strict_validation=settings.validation == "strict"):
        step.load()
    async with Client(server) as client:
        await client.list_tools()
        before = set(sys.modules)
        for tool, arguments in calls:
            await client.call_tool(tool, arguments, raise_on_error=False)
        imported = sorted(set(sys.modules) - before)
    await server.parts.aclose()
    return [name for name in imported if not name.startswith("encodings.")]  # the standard library's, by name

print(json.dumps([asyncio.run(imported_by(calls)) for calls in json.loads(sys.argv[1])]))
"""


FIRST_CALLS = (
    [("akamai_papi_get_property", ARGUMENTS)],
    [("akamai_read", {"name": "papi/v1#get-property", "arguments": ARGUMENTS, "select": "etag"})],
    [("akamai_list_operations", {"query": "purge"}), ("akamai_describe_operation", {"name": "ccu/v3#post-delete-url"})],
    [("akamai_papi_get_property", ARGUMENTS | {"propertyId": "absent-\u00e9"})],
)


def imported_by(calls: Sequence[object], environment: dict[str, str], folder: Path) -> list[list[str]]:
    """The modules that are imported by each group of calls."""
    command = [sys.executable, "-c", FIRST_CALL, json.dumps(calls)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    found: list[list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("validation", ["advise", "strict"])
def test_the_first_call_imports_nothing_once_all_is_loaded(
    validation: str, child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    environment = child_environment | {"AKAMAI_MCP_VALIDATION": validation}
    assert imported_by(FIRST_CALLS, environment, tmp_path) == [[], [], [], []]
    assert len(fake.requests) == 3  # all but those of the third group


def test_the_first_call_that_akamai_refuses_imports_nothing_either(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    fake.faults.add(Fault(path="/papi/*", times=None, status=400))
    calls = [("akamai_papi_get_property", ARGUMENTS | {"contractId": 7})]
    assert imported_by([calls], child_environment, tmp_path) == [[]]
    assert len(fake.requests) == 1


def has_loaded(pid: int, part: str) -> bool:
    """Whether a process has mapped a library whose path holds a text."""
    return part in Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has mapped is read from /proc")
async def test_a_server_on_stdio_loads_after_initialize_and_not_before(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    async with start_child(child_environment, tmp_path) as child:
        await until(lambda: has_loaded(child.process.pid, "/uvloop/"))
        await asyncio.sleep(1.0)
        assert not has_loaded(child.process.pid, "/aiohttp/")
        await child.hello()
        await until(lambda: has_loaded(child.process.pid, "/aiohttp/"))
        answer = await child.call("akamai_papi_get_property", **ARGUMENTS)
        assert answer["result"].get("isError") is not True
        assert await child.end() == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has mapped is read from /proc")
async def test_a_call_that_comes_at_once_is_answered_and_a_server_that_is_loading_ends_well(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        answer = await child.call("akamai_papi_get_property", **ARGUMENTS)
        assert answer["result"].get("isError") is not True
        assert await child.end() == (0, "")
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        await until(lambda: has_loaded(child.process.pid, "/charset_normalizer/"))
        assert await child.end() == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has mapped is read from /proc")
async def test_a_server_over_http_loads_while_nobody_calls(child_environment: dict[str, str], tmp_path: Path) -> None:
    async with start_child(child_environment, tmp_path, "serve", "--transport", "http", "--port", "0") as child:
        await until(lambda: has_loaded(child.process.pid, "/aiohttp/"))
        child.process.terminate()
        assert await asyncio.wait_for(child.process.wait(), SECONDS) == 0


@pytest.fixture
def thresholds() -> Iterator[tuple[int, int, int]]:
    """Python's thresholds, which come back after the test."""
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


async def test_garbage_is_collected_while_nobody_waits_and_only_if_there_may_be_enough(thresholds: tuple[int, int, int]) -> None:
    collected: list[int] = []
    under_way, waiting = [1], [QUICK.collect_after]
    collecting = asyncio.create_task(
        collect_when_idle(
            lambda: under_way[0], QUICK, resting, collect=lambda: collected.append(waiting.pop()), waiting=lambda: sum(waiting)
        )
    )
    await asyncio.sleep(20 * QUICK.first_pause)
    assert collected == []
    assert gc.get_threshold() == (*thresholds[:2], QUICK.collect_at_most)
    under_way[0] = 0
    await until(lambda: collected)
    waiting.append(QUICK.collect_after - 1)
    await asyncio.sleep(20 * QUICK.first_pause)
    collecting.cancel()
    assert collected == [QUICK.collect_after]
