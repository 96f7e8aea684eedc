"""Servers that are forked off a process which has loaded what `serve` loads: one takes 0.2 s of the processor to start, not 1.1 s.

What a start loads, and what it does before that, is tested by processes of their own: those of test_stdio.py, test_departures.py,
test_shutdown.py and test_idle_loading.py among others. So is whatever an environment changes in Python itself.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

MOST = 256 * 1024  # bytes of an order
BEFORE = dict(os.environ)
# What a process reads before it gets to `serve`: with another value of one of these it must be started.
READ_EARLY = ("PYTHON", "FASTMCP_", "PYDANTIC_", "OTEL_PYTHON", "LANG", "LC_", "LD_", "MALLOC_", "TZ")


def can_fork(environment: dict[str, str]) -> bool:
    """True if a server in this environment loads the same as the prepared process has."""
    return sys.platform == "linux" and _early(environment) == _early(BEFORE)


def _early(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_EARLY)}


@dataclass(slots=True, kw_only=True)
class Forked:
    """What `asyncio.subprocess.Process` offers, for a process that is no child of this one."""

    pid: int
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader
    told: asyncio.StreamReader
    returncode: int | None = None

    async def wait(self) -> int:
        """The exit status once it has ended, or less the number of the signal that ended it."""
        if self.returncode is None:
            self.returncode = int(await self.told.readline())
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        """What is left of its output, once it has ended."""
        output, errors, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return output, errors

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


@asynccontextmanager
async def forked(environment: dict[str, str], folder: Path, arguments: tuple[str, ...], limit: int) -> AsyncIterator[Forked]:
    """A server with pipes to it; whoever enters ends it."""
    (stdin, write), (read, stdout), (errors, stderr), (status, told) = (os.pipe() for _ in range(4))
    order = json.dumps({"environment": environment, "folder": str(folder), "arguments": arguments}).encode()
    theirs = (stdin, stdout, stderr, told)
    socket.send_fds(prepared(), [order], theirs)
    for one in theirs:
        os.close(one)
    loop = asyncio.get_running_loop()
    writing, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(write, "wb", 0))
    readers = [await _reader(one, limit) for one in (read, errors, status)]
    transports = [writing, *(transport for _, transport in readers)]
    try:
        process = Forked(
            pid=int(await readers[2][0].readline()),
            stdin=asyncio.StreamWriter(writing, protocol, None, loop),
            stdout=readers[0][0],
            stderr=readers[1][0],
            told=readers[2][0],
        )
        yield process
    finally:
        for transport in transports:
            transport.close()
        await asyncio.sleep(0)  # a transport closes its pipe in the next round of the loop


async def _reader(descriptor: int, limit: int) -> tuple[asyncio.StreamReader, asyncio.BaseTransport]:
    reader = asyncio.StreamReader(limit=limit)
    pipe = os.fdopen(descriptor, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader, transport


@cache
def prepared() -> socket.socket:
    """The way to the one process of this process's tests that forks servers; it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # -P: what lies beside this file is no module of a server.
    command = [sys.executable, "-P", __file__, str(theirs.fileno())]
    process = subprocess.Popen(
        command, env=BEFORE, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    theirs.close()
    atexit.register(_end, ours, process)
    return ours


def _end(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    ours.close()
    process.wait(10)


def fork_servers(descriptor: int) -> int:
    """Load what a server loads, then fork one for each order until nobody can order any more."""
    from akamai_mcp.cli.serve import _lean_imports

    os.environ.setdefault("FASTMCP_CHECK_FOR_UPDATES", "off")
    with _lean_imports():
        import akamai_mcp.server.app
        import akamai_mcp.settings  # noqa: F401

    orders = socket.socket(fileno=descriptor)
    while True:
        order, pipes, _, _ = socket.recv_fds(orders, MOST, 4)
        reap(0 if not order else os.WNOHANG)
        if not order:
            return 0
        if os.fork() == 0:
            orders.close()
            return watch(json.loads(order), *pipes)
        for one in pipes:
            os.close(one)


def reap(options: int) -> None:
    """Wait for those that have ended, so that the time of their servers counts as this process's, and its as the tests'."""
    with suppress(ChildProcessError):  # there is none, or none any more
        while os.waitpid(-1, options)[0]:
            pass


def watch(order: dict[str, Any], stdin: int, stdout: int, stderr: int, told: int) -> int:
    """Fork the server, tell its number, and its exit status once it has ended."""
    if (number := os.fork()) == 0:
        return become_server(order, (stdin, stdout, stderr))
    for one in (stdin, stdout, stderr):
        os.close(one)
    os.write(told, f"{number}\n".encode())
    os.write(told, f"{os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])}\n".encode())
    os._exit(0)


def become_server(order: dict[str, Any], pipes: tuple[int, int, int]) -> int:
    """What `python -m akamai_mcp` does once everything is loaded."""
    from akamai_mcp.cli import main

    for own, pipe in enumerate(pipes):
        os.dup2(pipe, own)
    os.closerange(3, 256)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["akamai-mcp", *order["arguments"]]
    return main()


if __name__ == "__main__":
    sys.exit(fork_servers(int(sys.argv[1])))
