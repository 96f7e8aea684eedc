"""Drives runs in forked processes that are killed at a step of their course: orders come in as lines of JSON, and so does what came of each.

The modules and the catalogue are loaded once, before the first fork, so that a run costs tenths of a second.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import select
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import locate, open_catalogue
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.parts import Parts, build_parts
from akamai_mcp.programs.durable.keeping import KeptRuns
from akamai_mcp.programs.durable.sealed_store import SealedRuns
from akamai_mcp.programs.requests import ProgramRequest
from akamai_mcp.result.answer import to_error_answer
from akamai_mcp.runs.record import Run, RunChange, RunPolicy
from akamai_mcp.runs.sqlite import SqliteRuns
from akamai_mcp.runs.store import RunStore
from akamai_mcp.settings import Settings

SHORT_LEASE = 5.0  # a busy machine may keep a process from renewing it for seconds
HELD = "driven by another call or replica"
PATIENCE = 120.0


class ShortlyHeld(Settings):
    """Settings by which a run of a killed replica is free after some seconds."""

    def run_policy(self, default_folder: Callable[[], Path]) -> RunPolicy:
        return replace(super().run_policy(default_folder), lease_seconds=SHORT_LEASE)


@dataclass(slots=True)
class Trap:
    """Kills a process at one step of a run, or `wait` seconds after it; at 0 it only notes the steps."""

    at: int = 0
    wait: float = 0.0
    victim: int = 0
    steps: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> None:
        self.steps.append(name)
        if len(self.steps) == self.at:
            if self.wait:
                threading.Timer(self.wait, self.kill).start()
            else:
                self.kill()

    def kill(self) -> None:
        os.kill(self.victim or os.getpid(), signal.SIGKILL)


class SteppedRuns:
    """A store of runs that notes a step before and after each time it writes."""

    def __init__(self, inner: RunStore, trap: Trap) -> None:
        self.is_durable = inner.is_durable
        self._inner = inner
        self._trap = trap
        self.find, self.find_by_token, self.list, self.stop = inner.find, inner.find_by_token, inner.list, inner.stop
        self.abandon, self.aclose = inner.abandon, inner.aclose

    async def begin(self, run: Run) -> None:
        self._trap("before the run is begun")
        await self._inner.begin(run)
        self._trap("after the run is begun")

    async def claim(self, name: str) -> tuple[Run, Sequence[RunChange]]:
        return await self._inner.claim(name)

    async def save(self, run: Run) -> None:
        self._trap(f"before the state is saved: {run.status}")
        await self._inner.save(run)
        self._trap(f"after the state is saved: {run.status}")

    async def intend(self, name: str, change: RunChange) -> None:
        self._trap("before intended is written")
        await self._inner.intend(name, change)
        self._trap("after intended is written")

    async def settle(self, name: str, change: RunChange) -> None:
        self._trap(f"before {change.state} is written")
        await self._inner.settle(name, change)
        self._trap(f"after {change.state} is written")


def watch(parts: Parts, settings: ShortlyHeld, trap: Trap) -> None:
    """Let the runs of a server tell the trap of their steps."""
    assert parts.programs
    policy = settings.run_policy(lambda: settings.runs_dir or Path())
    if parts.replicas:
        policy = replace(policy, key=parts.replicas.key("runs"))
        store: RunStore = parts.replicas.runs(policy)
    else:
        assert policy.folder
        policy.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = SqliteRuns(policy, policy.folder)
    parts.programs.runs = KeptRuns(SealedRuns(policy, settings.program_policy().state, SteppedRuns(store, trap)))


async def drive(settings: ShortlyHeld, catalogue: Catalogue, order: dict[str, Any], trap: Trap) -> dict[str, Any]:
    """Begin a run, or go on with the one that is kept, and say yes to each plan."""
    parts = build_parts(settings, catalogue)
    programs = parts.programs
    assert programs
    watch(parts, settings, trap)
    try:
        kept = await programs.runs.list(None) if order["go_on"] else []
        if order["go_on"] and not kept:
            return {"kept": False}
        request = ProgramRequest(source=order["program"])
        token = ""
        while True:
            try:
                if token:
                    answer = await programs.go_on(token)
                else:
                    answer = await (programs.resume(kept[0].name) if kept else programs.run(request))
            except AkamaiMcpError as error:
                answer = to_error_answer(error)
            if HELD in str(answer.content.get("problem")) and kept:
                await asyncio.sleep(SHORT_LEASE / 5)
                continue
            token = answer.content.get("confirm", "")
            if not token:
                return {"kept": True, "answer": answer.content, "failed": answer.is_error, "steps": trap.steps}
    finally:
        await parts.aclose()


def perform(settings: ShortlyHeld, catalogue: Catalogue, order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order in a process of its own, whose number is in a file while it lives."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.close(reading)
        random.seed()
        told = asyncio.run(drive(settings, catalogue, order, Trap(**order["trap"])))
        os.write(writing, json.dumps(told).encode())
        os._exit(0)
    os.close(writing)
    Path(order["number"]).write_text(str(child))
    ready, _, _ = select.select([reading], [], [], PATIENCE)
    if not ready:
        os.kill(child, signal.SIGKILL)
    content = b""
    while ready and (part := os.read(reading, 65536)):
        content += part
    os.close(reading)
    os.waitpid(child, 0)
    return {"killed": not content, "late": not ready, **(json.loads(content) if content else {})}


def main() -> None:
    chosen = json.loads(sys.argv[1])
    settings = ShortlyHeld(**chosen)
    catalogue = open_catalogue(locate(None), Path(chosen["cache_dir"]))
    for line in sys.stdin:
        order = json.loads(line)
        own = settings.model_copy(update={"runs_dir": Path(order["folder"])})
        sys.stdout.write(json.dumps(perform(own, catalogue, order)) + "\n")
        sys.stdout.flush()


main()
