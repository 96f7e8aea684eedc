"""A raw JSON-RPC client on a child's stdio, without an MCP library, so that only the child is measured."""

from __future__ import annotations

import asyncio
import itertools
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson

ANSWER_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
MAX_LINE: Final = 64 * 1024 * 1024
INITIALIZE: Final = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "benchmark", "version": "1"},
}


class BenchmarkError(Exception):
    """A child did not respond, or responded with an error."""


class StdioServer:
    """A server as a child process; `spawned` is its start time."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = environment
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.spawned = 0.0

    async def __aenter__(self) -> Self:
        self.spawned = time.perf_counter()
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=self._environment, limit=MAX_LINE
        )
        self._reader = asyncio.create_task(self._read(self._process))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        process, reader = self._process, self._reader
        assert process is not None
        assert reader is not None
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        await reader

    async def initialize(self) -> dict[str, Any]:
        """Initialize the session and return the server's response."""
        answer = await self.request("initialize", INITIALIZE)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The result of a tool call. Raises BenchmarkError if it has isError."""
        result = await self.request("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            raise BenchmarkError(f"{tool}: {orjson.dumps(result)[:400].decode()}")
        return result

    async def request(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The result of a request; many may run at once."""
        number = next(self._ids)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}})
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await future
        if "error" in answer:
            raise BenchmarkError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def since_spawn(self) -> float:
        """Milliseconds since the start of the child."""
        return (time.perf_counter() - self.spawned) * 1000

    @property
    def pid(self) -> int:
        """The child's process number."""
        assert self._process is not None
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """The child's exit status; None while it runs."""
        return self._process.returncode if self._process else None

    def peak_memory(self) -> float:
        """The child's peak resident memory so far, in MB of 10^6 bytes (VmHWM; Linux)."""
        assert self._process is not None
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
        return int(kilobytes) * 1024 / 1e6

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps(message) + b"\n")

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            answer = orjson.loads(line)
            future = self._waiting.pop(answer.get("id", 0), None)
            if future and not future.done():  # one that was given up waits no more
                future.set_result(answer)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(BenchmarkError("The server ended before it answered."))
