"""Resources of kept runs: the caller's list, and one with its changes."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final

import orjson
from fastmcp import FastMCP

from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.programs.service import Programs
from akamai_mcp.server.resources import refusal
from akamai_mcp.server.text_resources import resource

RUNS: Final = "akamai://runs"
HISTORY: Final = "akamai://history"
RUN: Final = "akamai://runs/{name}"


def add_run_resources(server: FastMCP[Any], programs: Programs) -> None:
    """Add the resources to a server."""

    @resource(server, RUNS, name="runs", title="Kept runs")
    async def runs() -> str:
        """The programs of the last 7 days that changed something, and the calls whose work is waited for: where each stands."""
        return await _told(programs.own_runs())

    @resource(server, HISTORY, name="history", title="What was changed")
    async def history() -> str:
        """What the caller changed through this server, newest first: by runs, and by single calls that were audited."""
        return await _told(programs.history())

    @resource(server, RUN, name="run", title="A kept run")
    async def run(name: str) -> str:
        """One run: its status, and what it changed."""
        return await _told(programs.show(name))


async def _told(found: Awaitable[object]) -> str:
    """What a resource says, as JSON."""
    try:
        return orjson.dumps(await found).decode()
    except AkamaiMcpError as error:
        raise refusal(f"{error.message} {error.advice}") from error
