"""Paused programs that go on by themselves: over HTTP only, where the operator wants it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from akamai_mcp.access.callers import Caller, calling
from akamai_mcp.background import running
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.logs import get_logger

if TYPE_CHECKING:
    from akamai_mcp.parts import Parts
    from akamai_mcp.programs.service import Programs
    from akamai_mcp.runs.record import Run
    from akamai_mcp.settings import Settings

LOOK_SECONDS: Final = 5.0
FindCaller = Callable[[str], Caller | None]


def unnamed_only(caller: Caller) -> FindCaller:
    """Finds the one caller of a server without authentication."""
    return lambda name: caller if name == caller.name else None


@asynccontextmanager
async def due_runs(settings: Settings, parts: Parts, find_caller: FindCaller) -> AsyncIterator[None]:
    """Let due runs go on while the server runs."""
    if not settings.runs_go_on or settings.transport == "stdio" or parts.programs is None:
        yield
        return
    async with running(_go_on_for_ever(parts.programs, find_caller)):
        yield


async def _go_on_for_ever(
    programs: Programs, find_caller: FindCaller, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> None:
    while True:
        await sleep(LOOK_SECONDS)
        with suppress(AkamaiMcpError):  # a store that cannot be read now may be readable later
            await go_on_with_due(programs, find_caller)


async def go_on_with_due(programs: Programs, find_caller: FindCaller) -> None:
    """Let each run go on that is paused and due, for its own caller; one whose plan asks waits for its user. Raises RunError."""
    now = programs.runs.clock()
    due = [run for run in await programs.runs.list(None) if run.status == "paused" and run.due is not None and run.due <= now]
    callers = [(run, caller) for run in due if (caller := find_caller(run.caller)) is not None]
    await asyncio.gather(*[_go_on(programs, run, caller) for run, caller in callers])


async def _go_on(programs: Programs, run: Run, caller: Caller) -> None:
    with calling(lambda: caller), programs.held():
        try:
            answer = await programs.resume(run.name)
        except AkamaiMcpError as error:  # a plan that asks, another replica that was faster
            get_logger().info("a due run did not go on", reason=error.title)
        else:
            get_logger().info("a due run went on", status=answer.content.get("status", "over"))
