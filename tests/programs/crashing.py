"""Drives runs in forked processes that can be killed at any moment: orders come in as lines of JSON, and so does what came of each.

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
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import locate, open_catalogue
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.parts import build_parts
from akamai_mcp.programs.requests import ProgramRequest
from akamai_mcp.result.answer import to_error_answer
from akamai_mcp.runs.record import RunPolicy
from akamai_mcp.settings import Settings

SHORT_LEASE = 4.0
HELD = "driven by another call or replica"


class ShortlyHeld(Settings):
    """Settings by which a run of a killed replica is free after some seconds."""

    def run_policy(self, default_folder: Callable[[], Path]) -> RunPolicy:
        return replace(super().run_policy(default_folder), lease_seconds=SHORT_LEASE)


async def drive(settings: Settings, catalogue: Catalogue, order: dict[str, Any]) -> dict[str, Any]:
    """Begin a run, or go on with the one that is kept, and say yes to each plan."""
    parts = build_parts(settings, catalogue)
    programs = parts.programs
    assert programs
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
                return {"kept": True, "answer": answer.content, "failed": answer.is_error}
    finally:
        await parts.aclose()


def perform(settings: Settings, catalogue: Catalogue, order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order in a process of its own, which is killed after the order's seconds unless it ended before."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.close(reading)
        random.seed()
        told = asyncio.run(drive(settings, catalogue, order))
        os.write(writing, json.dumps(told).encode())
        os._exit(0)
    os.close(writing)
    begun = time.time()
    ready, _, _ = select.select([reading], [], [], order["kill_after"])
    if not ready:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    content = b""
    while ready and (part := os.read(reading, 65536)):
        content += part
    os.close(reading)
    return {"killed": not content, "begun": begun, "seconds": time.time() - begun, **(json.loads(content) if content else {})}


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
