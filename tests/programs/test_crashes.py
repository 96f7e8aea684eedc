"""A process is killed at any moment of a run: what goes on afterwards sends nothing twice, loses nothing, and tells what it cannot know."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis_stage import KEY, RedisProcess

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.server import SandboxServer

POINTS = int(os.environ.get("CRASH_POINTS", "10"))
REPLICA_POINTS = int(os.environ.get("CRASH_REPLICA_POINTS", "0"))
ANYWHERE = 0.2  # of the moments; the others are between the first change and the last
CHANGES = 30
# Half of them ask, and go out a few at a time; a change that fails does not keep the others back.
PROGRAM = """
import asyncio
async def change(i):
    where = {"networkListId": f"{i}_A"}
    try:
        if i % 2:
            await call("network-lists/v2#delete-network-list", where)
        else:
            body = {"name": f"n{i}", "type": "IP", "list": ["192.0.2.1"], "syncPoint": 1}
            await call("network-lists/v2#put-network-list", where | {"body": body})
        return [i, "done"]
    except RuntimeError as error:
        return [i, "unknown" if "is not known" in str(error) else str(error)]
rows = []
for batch in range(10):
    await call("network-lists/v2#get-network-lists", {"search": str(batch)})
    rows += await asyncio.gather(*[change(3 * batch + i) for i in range(3)])
rows
"""


@dataclass(frozen=True, slots=True)
class Forker:
    """The process that drives runs in children of its own."""

    process: subprocess.Popen[str]

    def order(self, folder: Path, *, go_on: bool = False, kill_after: float | None = None) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        order = {"folder": str(folder), "program": PROGRAM, "go_on": go_on, "kill_after": kill_after}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))


@pytest.fixture(scope="module")
def forker(edgerc: Path, sandbox: SandboxServer, index_folder: Path) -> Iterator[Forker]:
    chosen = {"edgerc": str(edgerc), "ca_bundle": str(sandbox.ca_bundle), "cache_dir": str(index_folder), "retries": 0}
    with opened(chosen) as one:
        yield one


@pytest.fixture
def replicas(edgerc: Path, sandbox: SandboxServer, index_folder: Path, redis: RedisProcess) -> Iterator[Forker]:
    """A process whose children are replicas, with one Redis."""
    chosen = {"edgerc": str(edgerc), "ca_bundle": str(sandbox.ca_bundle), "cache_dir": str(index_folder), "retries": 0}
    with opened(chosen | {"redis_url": redis.url, "shared_key": KEY}) as one:
        yield one


@contextmanager
def opened(chosen: dict[str, Any]) -> Iterator[Forker]:
    script = Path(__file__).with_name("crashing.py")
    process = subprocess.Popen(
        [sys.executable, str(script), json.dumps(chosen)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield Forker(process)
    process.communicate(timeout=30)


def arrived(fake: FakeAkamai) -> Counter[str]:
    """How often each change arrived, by its list."""
    return Counter(
        request.target.partition("?")[0].rpartition("/")[2] for request in fake.requests if request.method in {"PUT", "DELETE"}
    )


@dataclass(slots=True)
class Seen:
    """What was seen at all points together."""

    midway: int = 0
    unknown: int = 0
    gone: int = 0

    def check(self, ended: dict[str, Any], before: Counter[str], fake: FakeAkamai) -> None:
        """Nothing is sent twice, nothing is lost, and what nobody knows is told."""
        after = arrived(fake)
        assert all(count == 1 for count in after.values()), "sent twice"
        self.midway += 0 < sum(before.values()) < CHANGES
        if not ended["kept"]:  # nothing was planned yet, or the store is gone
            self.gone += bool(before)
            assert after == before
            return
        rows = dict(map(tuple, ended["answer"]["body"]))
        assert set(rows) == set(range(CHANGES))
        assert all(after[f"{i}_A"] for i, state in rows.items() if state == "done"), "told as done, and never sent"
        assert {state for i, state in rows.items() if not after[f"{i}_A"]} <= {"unknown"}, "lost"
        told = ended["answer"]["changes"]
        assert told.get("unknown", 0) == list(rows.values()).count("unknown")
        assert sum(told.values()) == CHANGES
        self.unknown += told.get("unknown", 0)


def timed(forker: Forker, fake: FakeAkamai, folder: Path) -> Callable[[], float]:
    """Run the program once, and return a chance for moments, most of them between the first and the last change."""
    forker.order(folder / "first")  # what a process reads from the disk for the first time takes longer
    fake.reset()
    whole = forker.order(folder)
    assert "failed" in whole, whole
    assert not whole["failed"], json.dumps(whole)[:1500]
    assert (whole["failed"], arrived(fake)) == (False, Counter({f"{i}_A": 1 for i in range(CHANGES)}))
    first, *_, last = [request.at - whole["begun"] for request in fake.requests if request.method in {"PUT", "DELETE"}]
    chance = random.Random(22)
    return lambda: chance.uniform(0.0, whole["seconds"]) if chance.random() < ANYWHERE else chance.uniform(first, last)


def test_a_run_that_is_killed_goes_on_and_nothing_is_sent_twice_or_lost(forker: Forker, fake: FakeAkamai, tmp_path: Path) -> None:
    moment, seen = timed(forker, fake, tmp_path / "whole"), Seen()
    for point in range(POINTS):
        fake.reset()
        forker.order(tmp_path / str(point), kill_after=moment())
        before = arrived(fake)
        seen.check(forker.order(tmp_path / str(point), go_on=True), before, fake)
    sys.stdout.write(f"{POINTS} points: {seen}\n")
    assert seen.midway, "the process was never killed while it made changes"
    assert not seen.gone


@pytest.mark.skipif(not REPLICA_POINTS, reason="it takes half a minute; `make crashes` runs it")
def test_another_replica_goes_on_with_a_run_whose_replica_was_killed(
    replicas: Forker, redis: RedisProcess, fake: FakeAkamai, tmp_path: Path
) -> None:
    moment, seen = timed(replicas, fake, tmp_path), Seen()
    for _ in range(REPLICA_POINTS):
        redis.ask("FLUSHALL")
        fake.reset()
        replicas.order(tmp_path, kill_after=moment())
        before = arrived(fake)
        seen.check(replicas.order(tmp_path, go_on=True), before, fake)
    sys.stdout.write(f"{REPLICA_POINTS} points: {seen}\n")
    assert not seen.gone


@pytest.mark.skipif(not REPLICA_POINTS, reason="it takes half a minute; `make crashes` runs it")
def test_a_run_whose_redis_was_killed_sends_nothing_further_and_nothing_twice(
    replicas: Forker, redis: RedisProcess, fake: FakeAkamai, tmp_path: Path
) -> None:
    moment, seen = timed(replicas, fake, tmp_path), Seen()
    for _ in range(REPLICA_POINTS):
        redis.restart()
        fake.reset()
        killing = threading.Timer(moment(), redis.kill)
        killing.start()
        told = replicas.order(tmp_path)
        killing.join()
        before, changed = arrived(fake), told["answer"].get("changes", {})
        assert sum(before.values()) <= sum(changed.values()), "a change that was sent is not told"
        redis.start()
        seen.check(replicas.order(tmp_path, go_on=True), before, fake)
    sys.stdout.write(f"{REPLICA_POINTS} points: {seen}\n")
