"""Standard input and output on the event loop, ending gently.

The SDK reads and writes in threads: three hops a call, a third of what a small one costs. Here the loop itself waits for
the descriptors. The SDK also cancels what is under way as soon as its input ends, so the end, and SIGTERM, are told only
when nothing is in flight or the time for it is over.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from fastmcp import FastMCP

DRAIN_SECONDS: Final = 10.0
SETTLE_SECONDS: Final = 0.05
POLL_SECONDS: Final = 0.02
READ_BYTES: Final = 32 * 1024
SURE_BYTES: Final = select.PIPE_BUF  # a pipe that is ready takes at least as much without blocking (POSIX)

Drain = Callable[[], Any]


class Lines:
    """The lines of a descriptor; their end is told once `drain` has returned."""

    def __init__(self, descriptor: int, drain: Drain) -> None:
        self._descriptor = descriptor
        self._drain = drain
        self._data = b""
        self._ended = False
        self._watching = False
        self._waiter: asyncio.Future[None] | None = None

    def stop(self) -> None:
        """End as if the input had ended."""
        self._ended = True
        self._unwatch()
        _settle(self._waiter)

    async def __aiter__(self) -> AsyncIterator[str]:
        """Each line, and what stands behind the last newline."""
        rest = bytearray()
        while data := await self._read():
            *lines, last = data.split(b"\n")
            for line in lines:
                yield (rest + line).decode(errors="replace")
                rest.clear()
            rest += last
        if rest:
            yield rest.decode(errors="replace")
        await self._drain()

    async def _read(self) -> bytes:
        while not (self._data or self._ended):
            self._waiter = asyncio.get_running_loop().create_future()
            self._watch()
            await self._waiter
        data, self._data = self._data, b""
        return data

    def _watch(self) -> None:
        try:
            if not self._watching:
                asyncio.get_running_loop().add_reader(self._descriptor, self._take)
                self._watching = True
        except PermissionError:  # a file cannot be waited for, since it is always ready
            self._take()

    def _unwatch(self) -> None:
        if self._watching:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self._watching = False

    def _take(self) -> None:
        if self._data:  # not read yet: no more before it is
            self._unwatch()
            return
        self._data = os.read(self._descriptor, READ_BYTES)
        if not self._data:
            self.stop()
        _settle(self._waiter)


class Output:
    """Writes text to a descriptor as far as its reader takes it, without ever blocking the loop."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    async def write(self, text: str) -> None:
        """Write all of it. The descriptor stays blocking, since others may share it: so little is written at a time."""
        data = memoryview(text.encode())
        while data:
            if not self._poll.poll(0):
                await self._writable()
            data = data[os.write(self._descriptor, data[:SURE_BYTES]) :]

    async def flush(self) -> None:
        """Nothing is kept back."""

    async def _writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        loop.add_writer(self._descriptor, _settle, ready)
        try:
            await ready
        finally:
            loop.remove_writer(self._descriptor)


def _settle(future: asyncio.Future[None] | None) -> None:
    if future and not future.done():
        future.set_result(None)


async def drain(in_flight: Callable[[], int], limit: float = DRAIN_SECONDS) -> None:
    """Wait for the calls under way, `limit` seconds at most."""
    await asyncio.sleep(SETTLE_SECONDS)  # what was read last may not have begun yet
    until = asyncio.get_running_loop().time() + limit
    while in_flight() and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - a number, asked for at the end alone
        await asyncio.sleep(POLL_SECONDS)
    await asyncio.sleep(SETTLE_SECONDS)  # and its answer not been written


def take_descriptors() -> tuple[int, int]:
    """The wire's descriptors, hidden: children and stray reads get nothing of it, stray prints go to standard error."""
    wire = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return wire


async def serve_lines(server: FastMCP[Any], in_flight: Callable[[], int]) -> None:
    """Speak MCP on standard input and output until the input ends or SIGTERM comes."""
    from fastmcp.server.context import set_transport
    from mcp.server.stdio import stdio_server

    incoming, outgoing = take_descriptors()
    lines = Lines(incoming, lambda: drain(in_flight))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lines.stop)
    set_transport("stdio")
    wire: Any = stdio_server(lines, Output(outgoing))  # type: ignore[arg-type]
    inner = server._mcp_server  # noqa: SLF001 - FastMCP's own way in takes no streams
    async with server._lifespan_manager(), wire as (read, write):  # noqa: SLF001
        await inner.run(read, write, inner.create_initialization_options())
