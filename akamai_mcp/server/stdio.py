"""The stdio transport on the event loop, with a graceful shutdown.

The SDK reads and writes in threads: three thread switches per call, a quarter of the cost of a cache hit. Here the event loop
waits for the descriptors itself. The SDK also cancels calls in progress as soon as its input ends, so the end of input, and
SIGTERM, are passed on only when no call is in progress or the time limit is over.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, Final

from fastmcp import FastMCP

from akamai_mcp.server.idle_loading import Step, loading_when_idle
from akamai_mcp.server.messages.lines import LineSplitter, LongLine
from akamai_mcp.server.messages.refusal_log import RefusalLog

DRAIN_SECONDS: Final = 10.0
SETTLE_SECONDS: Final = 0.05  # for a call that was read but has not started, or whose result is not written
POLL_SECONDS: Final = 0.02
READ_BYTES: Final = 32 * 1024
SURE_BYTES: Final = select.PIPE_BUF  # a pipe that is ready accepts this many bytes without blocking (POSIX)

Drain = Callable[[], Any]


class Lines:
    """The lines of a descriptor; they end only when `drain` has returned."""

    def __init__(self, descriptor: int, drain: Drain) -> None:
        self._descriptor = descriptor
        self._drain = drain
        self._data = b""
        self._ended = self._stopped = False
        self._watching = False
        self._waiter: asyncio.Future[None] | None = None
        self.started = asyncio.Event()  # set once a line was read

    def stop(self) -> None:
        """Stop reading, as if the input had ended; a line that is not complete is dropped."""
        self._stopped = True
        self._end()

    def _end(self) -> None:
        self._ended = True
        self._unwatch()
        _settle(self._waiter)

    async def __aiter__(self) -> AsyncIterator[bytes | LongLine]:
        """Yield each line, and what follows the last line feed."""
        splitter = LineSplitter()
        while data := await self._read():
            for line in splitter.feed(data):
                self.started.set()
                yield line
        if not self._stopped:
            for line in splitter.end():
                yield line
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
        except PermissionError:  # epoll does not accept regular files, which are always ready
            self._take()

    def _unwatch(self) -> None:
        if self._watching:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self._watching = False

    def _take(self) -> None:
        if self._data:  # backpressure: read no more until this is consumed
            self._unwatch()
            return
        try:
            self._data = os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:  # another process set the descriptor not to block, and was faster
            return
        except OSError:  # a peer that is gone, a terminal that was closed
            self._data = b""
        if not self._data:
            self._end()
        _settle(self._waiter)


class Output:
    """Writes text to a descriptor without blocking the event loop, at the speed of its reader."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)

    async def write(self, text: str) -> None:
        """Write the whole text."""
        # The descriptor stays blocking, because other processes may share it; so each write is small enough not to block.
        data = memoryview(text.encode())
        while data:
            if not self._poll.poll(0):
                await self._writable()
            data = data[os.write(self._descriptor, data[:SURE_BYTES]) :]

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
    """Wait until no call is in progress, at most `limit` seconds."""
    await asyncio.sleep(SETTLE_SECONDS)
    until = asyncio.get_running_loop().time() + limit
    while in_flight() and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - polled only at shutdown
        await asyncio.sleep(POLL_SECONDS)
    await asyncio.sleep(SETTLE_SECONDS)


def take_descriptors() -> tuple[int, int]:
    """Move stdin and stdout to new descriptors: stray reads and child processes get nothing, stray prints go to stderr."""
    descriptors = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return descriptors


async def serve_lines(server: FastMCP[Any], in_flight: Callable[[], int], postponed: Sequence[Step] = ()) -> None:
    """Serve MCP on stdin and stdout until either is closed or SIGTERM arrives; load what the start postponed in idle time."""
    from fastmcp.server.context import set_transport  # 10 ms: not needed over HTTP

    from akamai_mcp.server.messages.connection import serve_connection

    incoming, outgoing = take_descriptors()
    lines = Lines(incoming, lambda: drain(in_flight))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lines.stop)
    set_transport("stdio")
    write = partial(_write_line, Output(outgoing), lines)
    loading = loading_when_idle(postponed, in_flight, after=lines.started.wait)
    async with server._lifespan_manager(), loading:  # noqa: SLF001 - FastMCP's own method takes no streams
        await serve_connection(server, aiter(lines), write, RefusalLog("stdio"))


async def _write_line(output: Output, lines: Lines, text: str) -> bool:
    """Write a line; if nobody reads it any more, stop reading as well and return False."""
    try:
        await output.write(text + "\n")
    except OSError:
        lines.stop()
        return False
    return True
