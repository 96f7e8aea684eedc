"""An activation of a quarter of an hour, over restarts of the server: by the name of its run, and as a task."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastmcp import Client
from mcp_stage import FIRST, Stage, one_router
from programs.test_tasks import Declares, ask, paused, settled

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.habits.habits import Habits
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.server.app import build_server
from akamai_mcp.settings import Settings

LIST, QUARTER = "38012_BLOCKEDSCRAPERS", 900
PROGRAM = f"""
import asyncio
where = {{"networkListId": "{LIST}", "environment": "STAGING"}}
await call("network-lists/v2#post-network-list-activate", where | {{"body": {{"comments": "15 minutes"}}}})
words = []
while True:
    words.append((await call("network-lists/v2#get-network-list-status", where))["activationStatus"])
    if words[-1] == "ACTIVE":
        break
    await asyncio.sleep(300)
words
"""


@dataclass(slots=True)
class Ahead:
    """The real time, and as many seconds more as a test says: signatures still have a time that is accepted."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.seconds


@pytest.fixture
def ahead() -> Ahead:
    return Ahead()


@pytest.fixture
def slow(ahead: Ahead) -> Iterator[SandboxServer]:
    """A sandbox whose activations take a quarter of an hour, however often they are looked at."""
    habits = Habits(account=True, work=True, looks=1_000_000, seconds=QUARTER)
    with SandboxServer(FakeAkamai(one_router(), accounts=(FIRST,), habits=habits, clock=ahead)) as running:
        yield running


@pytest.mark.parametrize("way", ["run", "run of an older client", "task"])
async def test_an_activation_of_15_minutes_is_followed_over_restarts(
    slow: SandboxServer, ahead: Ahead, catalogue: Catalogue, index_folder: Path, tmp_path: Path, way: str
) -> None:
    edgerc = slow.write_edgerc(tmp_path / ".edgerc")
    chosen = {"edgerc": edgerc, "ca_bundle": slow.ca_bundle, "cache_dir": index_folder, "runs_dir": tmp_path / "runs"}
    era, extensions = ("legacy" if way.endswith("client") else "auto"), ([Declares()] if way == "task" else [])

    @asynccontextmanager
    async def started() -> AsyncIterator[Stage]:
        async with Client(build_server(Settings(**chosen), catalogue, ahead), mode=era, extensions=extensions) as client:
            yield Stage(client=client, fake=slow.fake)

    async with started() as stage:
        first = (await stage.agreed("akamai_run", program=PROGRAM)).content
    words = None
    for minutes in (5, 10, 15):
        ahead.seconds = minutes * 60 + 1
        async with started() as stage:
            if way != "task":
                words = (await stage.ask("akamai_run", run=first["run"])).content.get("body")
            elif minutes < 15:
                await ask(stage, "tasks/get", first["taskId"])
                await paused(stage, first["taskId"])
            else:
                words = (await settled(stage, first["taskId"]))["result"]["structuredContent"]["body"]
        assert (words is not None) is (minutes == 15)
    assert words == [*["PENDING_ACTIVATION"] * 3, "ACTIVE"]
    sent = [request for request in slow.fake.requests if request.method == "POST" and request.target.endswith("/activate")]
    assert len(sent) == 1
