"""A raw client of MCP over HTTP: JSON-RPC on kept-alive connections, without an HTTP or MCP library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.replicas import LOOPBACK, free_port, running, until_open
from benchmarks.stdio import BenchmarkError

SECONDS: Final = 60.0
HEAD: Final = (
    "POST /mcp HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
    "MCP-Protocol-Version: 2025-06-18\r\nContent-Length: {length}\r\n\r\n"
)
FAILED: Final = (b'"isError":true', b'"error":{')
MAX_ANSWER: Final = 1024 * 1024


Call = Callable[[int], tuple[str, dict[str, Any]]]


@dataclass(slots=True)
class Connection:
    """One connection, which carries one call at a time."""

    host: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def call(self, tool: str, arguments: dict[str, Any]) -> bytes:
        """The body of the response to a tool call. Raises BenchmarkError if the call failed."""
        params = {"name": tool, "arguments": arguments}
        body = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        self.writer.write(HEAD.format(host=self.host, length=len(body)).encode() + body)
        async with asyncio.timeout(SECONDS):
            answer = await self._answer()
        if any(mark in answer for mark in FAILED):
            raise BenchmarkError(f"{tool}: {answer[:400].decode(errors='replace')}")
        return answer

    async def _answer(self) -> bytes:
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise BenchmarkError(head.partition(b"\r\n")[0].decode())
        if b"\r\ntransfer-encoding: chunked" in head:
            return b"".join([chunk async for chunk in self._chunks()])
        length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        return await self.reader.readexactly(int(length))

    async def _chunks(self) -> AsyncIterator[bytes]:
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            yield (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readexactly(2)


@dataclass(frozen=True, slots=True)
class HttpServer:
    """A running server, by its port."""

    port: int

    @asynccontextmanager
    async def connections(self, count: int) -> AsyncIterator[list[Connection]]:
        """Open connections, and close them afterwards."""
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(self._connection()) for _ in range(count)]

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port, limit=MAX_ANSWER)
        try:
            yield Connection(f"{LOOPBACK}:{self.port}", reader, writer)
        finally:
            writer.close()


async def drain(connections: Sequence[Connection], work: Sequence[int], call: Call) -> None:
    """Make a call for each number, one at a time on each connection."""
    numbers = iter(work)

    async def worker(connection: Connection) -> None:
        for number in numbers:
            await connection.call(*call(number))

    await asyncio.gather(*map(worker, connections))


@asynccontextmanager
async def running_http(
    command: Sequence[str], environment: dict[str, str], log: Path, *, port_setting: str
) -> AsyncIterator[HttpServer]:
    """Run a server that takes its port from the environment."""
    port = free_port()
    async with running(command, environment | {port_setting: str(port)}, log) as process:
        await until_open(port, process, command[-1])
        yield HttpServer(port)
