"""A process is killed at any moment of a run: what goes on afterwards sends nothing twice, loses nothing, and tells what it cannot know."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from redis_stage import KEY, RedisProcess

from akamai_mcp.sandbox.app import FakeAkamai, RecordedRequest
from akamai_mcp.sandbox.server import SandboxServer

POINTS = int(os.environ.get("CRASH_POINTS", "6"))
REPLICA_POINTS = int(os.environ.get("CRASH_REPLICA_POINTS", "0"))
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
class Point:
    """A moment of a run: a step of its process, some time after it, or the arrival of one of its changes at Akamai."""

    step: int = 0
    wait: float = 0.0
    arrival: int = 0


@dataclass(frozen=True, slots=True)
class Forker:
    """The process that drives runs in children of its own."""

    process: subprocess.Popen[str]
    number: Path

    def order(self, folder: Path, *, go_on: bool = False, trap: dict[str, Any] | None = None) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        order = {"folder": str(folder), "program": PROGRAM, "go_on": go_on, "trap": trap or {}, "number": str(self.number)}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        told = dict(json.loads(self.process.stdout.readline()))
        assert not told["late"], "it hung"
        return told

    def kill_at(self, point: Point, folder: Path, arrivals: Arrivals) -> dict[str, Any]:
        """Begin a run whose process is killed at a point."""
        arrivals.until(point.arrival, lambda: os.kill(int(self.number.read_text()), signal.SIGKILL))
        told = self.order(folder, trap={"at": point.step, "wait": point.wait})
        arrivals.until(0)
        return told


class Arrivals(deque[RecordedRequest]):
    """The requests that arrived; something is done when so many changes have."""

    left = 0
    act: Callable[[], None] = staticmethod(lambda: None)

    def until(self, number: int, act: Callable[[], None] = lambda: None) -> None:
        self.left, self.act = number, act

    def append(self, request: RecordedRequest) -> None:
        super().append(request)
        if request.method in {"PUT", "DELETE"} and self.left:
            self.left -= 1
            if not self.left:
                self.act()


@pytest.fixture
def arrivals(fake: FakeAkamai, monkeypatch: pytest.MonkeyPatch) -> Arrivals:
    found = Arrivals(maxlen=fake.requests.maxlen)
    monkeypatch.setattr(fake, "requests", found)
    return found


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
    with TemporaryDirectory() as folder:
        yield Forker(process, Path(folder) / "number")
        process.communicate(timeout=30)


def arrived(fake: FakeAkamai) -> Counter[str]:
    """How often each change arrived, by its list."""
    return Counter(
        request.target.partition("?")[0].rpartition("/")[2] for request in fake.requests if request.method in {"PUT", "DELETE"}
    )


@dataclass(slots=True)
class Seen:
    """What was seen at all points together: how many changes had arrived at the kill, how many stayed unknown."""

    points: int = 0
    midway: int = 0
    unknown: int = 0
    not_begun: int = 0
    changes: int = 0

    def check(self, ended: dict[str, Any], before: Counter[str], fake: FakeAkamai) -> None:
        """Nothing is sent twice, nothing is lost, and what nobody knows is told."""
        after = arrived(fake)
        assert all(count == 1 for count in after.values()), "sent twice"
        self.points += 1
        self.changes += sum(before.values())
        self.midway += 0 < sum(before.values()) < CHANGES
        if not ended["kept"]:  # nothing was planned yet, or the store is gone
            self.not_begun += 1
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


def draw_points(forker: Forker, fake: FakeAkamai, folder: Path, number: int) -> list[Point]:
    """Run the program once, and draw from all that it does: each step, a moment after it, each arrival of a change.

    Before the first change is intended a run has little to lose, so one in twenty points may be there.
    """
    whole = forker.order(folder)
    assert "failed" in whole, whole
    assert not whole["failed"], json.dumps(whole)[:1500]
    assert arrived(fake) == Counter({f"{i}_A": 1 for i in range(CHANGES)})
    steps = whole["steps"]
    first = steps.index("before intended is written") + 1
    assert Counter(steps)["after done is written"] == CHANGES
    chance = random.Random(22)
    within = [Point(step=step) for step in range(first, len(steps) + 1)] + [Point(arrival=one) for one in range(1, CHANGES + 1)]
    early = [Point(step=step) for step in range(1, first)]
    drawn = chance.sample(within, min(number - number // 20, len(within))) + chance.choices(early, k=number // 20)
    more = [Point(step=chance.randint(first, len(steps)), wait=chance.uniform(0.0, 0.004)) for _ in range(number - len(drawn))]
    chance.shuffle(drawn)
    return drawn + more


def test_a_run_that_is_killed_goes_on_and_nothing_is_sent_twice_or_lost(
    forker: Forker, fake: FakeAkamai, arrivals: Arrivals, tmp_path: Path
) -> None:
    seen = Seen()
    for place, point in enumerate(draw_points(forker, fake, tmp_path / "whole", POINTS)):
        fake.reset()
        told = forker.kill_at(point, tmp_path / str(place), arrivals)
        assert told["killed"] or point.wait, point
        before = arrived(fake)
        seen.check(forker.order(tmp_path / str(place), go_on=True), before, fake)
    sys.stdout.write(f"{seen}\n")
    assert seen.midway > POINTS / 2, "the process was seldom killed while it made changes"


@pytest.mark.skipif(not REPLICA_POINTS, reason="it takes minutes; `make crashes` runs it")
def test_another_replica_goes_on_with_a_run_whose_replica_was_killed(
    replicas: Forker, redis: RedisProcess, fake: FakeAkamai, arrivals: Arrivals, tmp_path: Path
) -> None:
    seen = Seen()
    for point in draw_points(replicas, fake, tmp_path, REPLICA_POINTS):
        redis.ask("FLUSHALL")
        fake.reset()
        replicas.kill_at(point, tmp_path, arrivals)
        before = arrived(fake)
        seen.check(replicas.order(tmp_path, go_on=True), before, fake)
    sys.stdout.write(f"{seen}\n")
    assert seen.midway > REPLICA_POINTS / 2


@pytest.mark.skipif(not REPLICA_POINTS, reason="it takes minutes; `make crashes` runs it")
def test_a_run_whose_redis_was_killed_sends_nothing_further_and_nothing_twice(
    replicas: Forker, redis: RedisProcess, fake: FakeAkamai, arrivals: Arrivals, tmp_path: Path
) -> None:
    seen = Seen()
    for point in draw_points(replicas, fake, tmp_path, REPLICA_POINTS):
        redis.restart()
        fake.reset()
        arrivals.until(point.arrival, redis.kill)
        assert redis.process
        told = replicas.order(tmp_path, trap={"at": point.step, "wait": point.wait, "victim": redis.process.pid})
        arrivals.until(0)
        before, changed = arrived(fake), told["answer"].get("changes", {})
        assert sum(before.values()) <= sum(changed.values()), "a change that was sent is not told"
        redis.restart()
        seen.check(replicas.order(tmp_path, go_on=True), before, fake)
    sys.stdout.write(f"{seen}\n")
    assert seen.midway > REPLICA_POINTS / 2
