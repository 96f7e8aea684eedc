"""A server of the doctor's own: started on stdio as a client would, asked for its tools, ended."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterable, Mapping
from typing import Final

import orjson

from akamai_mcp import SETTINGS_PREFIX, __version__
from akamai_mcp.errors import SettingsError
from akamai_mcp.openapi.schema import Json

# What the doctor itself starts must not write to the audit file, the metrics or the Redis of the real server, nor send events;
# it acts for its own user, whoever may call a server over HTTP.
ALONE: Final = {
    "audit_file": None,
    "events_url": None,
    "metrics": False,
    "metrics_port": None,
    "traces": False,
    "log_level": "error",
    "redis_url": None,
    "transport": "stdio",
}
COMMAND: Final = ("-m", "akamai_mcp", "serve", "--transport")
START_SECONDS: Final = 60.0  # a first start also builds the index
END_SECONDS: Final = 5.0
MAX_LINE: Final = 64 * 1024 * 1024  # tools/list of every operation is 4 MB
MAX_REASON: Final = 300
LISTENING: Final = " on http"  # in the line with the address
LISTING: Final = 2
CLIENT: Final = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "akamai-mcp doctor", "version": __version__},
}
MESSAGES: Final[tuple[Json, ...]] = (
    {"id": 1, "method": "initialize", "params": CLIENT},
    {"method": "notifications/initialized"},
    {"id": LISTING, "method": "tools/list", "params": {}},
)


async def list_tools(without: Iterable[str], seconds: float = START_SECONDS) -> list[Json]:
    """The tools of a server with the settings of the environment, some of them left out.

    Raises SettingsError where it does not start, or does not answer within `seconds`.
    """
    process = await _start(without, "stdio")
    try:
        async with asyncio.timeout(seconds):
            return await _ask(process)
    except TimeoutError:
        raise SettingsError(f"A server did not list its tools within {seconds:g} s.", advice="Start it by hand.") from None
    finally:
        await _end(process)


async def start_over_http(transport: str, without: Iterable[str], seconds: float = START_SECONDS) -> str:
    """What a server over HTTP says once it listens, on a port of its own and on loopback.

    Raises SettingsError where it does not start, or not within `seconds`.
    """
    process = await _start(without, transport, "--host", "127.0.0.1", "--port", "0")
    assert process.stderr is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(seconds):
            async for line in process.stderr:
                lines.append(line.decode(errors="replace").strip())
                if LISTENING in lines[-1]:
                    return f"starts {' '.join(lines[-1].split()[4:])}"  # behind `akamai-mcp: http on URL`
    except TimeoutError:
        raise SettingsError(f"A server did not listen within {seconds:g} s.", advice="Start it by hand.") from None
    finally:
        await _end(process, by_signal=True)
    reason = " ".join(lines).removeprefix("akamai-mcp: ")[-MAX_REASON:]
    raise SettingsError(f"A server does not start: {reason or 'it says nothing'}", advice="Correct what it names.")


async def _start(without: Iterable[str], *options: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, *COMMAND, *options),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        limit=MAX_LINE,
        env=leave_out(os.environ, without),
    )


def leave_out(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The environment without the variables of some settings, and of the files that hold them."""
    variables = {f"{SETTINGS_PREFIX}{name}{suffix}".upper() for name in names for suffix in ("", "_FILE")}
    return {name: value for name, value in environment.items() if name.upper() not in variables}


async def _ask(process: Process) -> list[Json]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.writelines(orjson.dumps({"jsonrpc": "2.0", **message}) + b"\n" for message in MESSAGES)
    async for line in process.stdout:
        answer = orjson.loads(line)
        if answer.get("id") == LISTING and "result" in answer:
            tools: list[Json] = answer["result"]["tools"]
            return tools
    reason = (await process.stderr.read()).decode(errors="replace").strip()[-MAX_REASON:]
    raise SettingsError(f"A server does not start: {reason or 'it says nothing'}", advice="Start it by hand.")


async def _end(process: Process, *, by_signal: bool = False) -> None:
    """Close its input, as a client does that is done, and tell a server over HTTP; kill it if that is not enough."""
    assert process.stdin is not None
    process.stdin.close()
    if by_signal and process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.communicate(), END_SECONDS)
    except (TimeoutError, ValueError):
        if process.returncode is None:
            process.kill()
            await process.wait()
