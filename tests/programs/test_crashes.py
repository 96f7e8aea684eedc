"""A process is killed at any moment of a run: what goes on afterwards sends nothing twice, loses nothing, and tells what it cannot know."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.server import SandboxServer

POINTS = int(os.environ.get("CRASH_POINTS", "10"))
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


def test_a_run_that_is_killed_goes_on_and_nothing_is_sent_twice_or_lost(forker: Forker, fake: FakeAkamai, tmp_path: Path) -> None:
    whole = forker.order(tmp_path / "whole")
    first, *_, last = [request.at - whole["begun"] for request in fake.requests if request.method in {"PUT", "DELETE"}]
    assert (whole["failed"], arrived(fake)) == (False, Counter({f"{i}_A": 1 for i in range(CHANGES)}))
    chance = random.Random(22)
    midway = unknown = 0
    for point in range(POINTS):
        fake.reset()
        folder = tmp_path / str(point)
        moment = chance.uniform(0.0, whole["seconds"]) if point % 5 == 0 else chance.uniform(first, last)
        killed = forker.order(folder, kill_after=moment)
        before = arrived(fake)
        ended = forker.order(folder, go_on=True)
        if not ended["kept"]:  # nothing was planned yet
            assert before == Counter()
            continue
        rows = dict(map(tuple, ended["answer"]["body"]))
        assert set(rows) == set(range(CHANGES))
        after = arrived(fake)
        assert all(count == 1 for count in after.values()), "sent twice"
        assert all(after[f"{i}_A"] for i, state in rows.items() if state == "done"), "told as done, and never sent"
        assert {state for i, state in rows.items() if not after[f"{i}_A"]} <= {"unknown"}, "lost"
        told = ended["answer"]["changes"]
        assert told.get("unknown", 0) == list(rows.values()).count("unknown")
        assert sum(told.values()) == CHANGES
        midway += bool(killed["killed"] and before and sum(before.values()) < CHANGES)
        unknown += told.get("unknown", 0)
    sys.stdout.write(f"{POINTS} points, {midway} of them between the first and the last change, {unknown} unknown changes\n")
    assert midway, "the process was never killed while it made changes"
