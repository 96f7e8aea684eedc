"""A real Redis on the loopback, wires to it that can be cut, and replicas that share through it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.stack import Pipeline, PipelinePolicies, build_pipeline

REDIS = shutil.which("redis-server")
NO_REDIS = "redis-server is not installed"
KEY = "0123456789abcdef" * 2
SECONDS = 20.0


@dataclass(slots=True)
class RedisProcess:
    """A redis-server that keeps nothing on disk unless it is told to, and that can be paused, killed and started again."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = field(default_factory=lambda: free_port())  # noqa: PLW0108 - defined below
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        assert REDIS
        self.process = subprocess.Popen(
            [REDIS, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder), *self.options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self.port, self.process)

    def pause(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        assert self.process
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGCONT)
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()

    def ask(self, *words: str) -> bytes:
        """What it answers to one command, over a connection of our own."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as link:
            link.sendall(b"".join([b"*%d\r\n" % len(words), *(b"$%d\r\n%b\r\n" % (len(w), w.encode()) for w in words)]))
            return link.recv(1 << 20)

    def keys(self, pattern: str) -> list[str]:
        """The names of keys."""
        return [line.decode() for line in self.ask("KEYS", pattern).split(b"\r\n") if line.startswith(b"akamai-mcp:")]

    def members(self) -> int:
        """How many replicas have said that they are there."""
        names = self.keys("*:members")
        return int(self.ask("ZCARD", names[0]).strip(b":\r\n")) if names else 0

    def settle(self) -> None:
        """Let replicas take it as having run for long."""
        for name in self.keys("*:birth"):
            self.ask("SET", name, "1")

    def everything(self) -> bytes:
        """Every key and value, as Redis would write them to disk."""
        self.ask("SAVE")
        return (self.folder / "dump.rdb").read_bytes()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
    pytest.fail("redis-server did not start")


@pytest.fixture(scope="session")
def one_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    if REDIS is None:
        pytest.skip(NO_REDIS)
    # Values are searched for in its dump, so they stand there as they are.
    process = RedisProcess(tmp_path_factory.mktemp("redis"), ("--rdbcompression", "no"))
    process.start()
    yield process
    process.kill()


@pytest.fixture
def redis(one_redis: RedisProcess) -> Iterator[RedisProcess]:
    """A running Redis; what a test did to it is undone."""
    if one_redis.process is None or one_redis.process.poll() is not None:
        one_redis.start()
    one_redis.ask("FLUSHALL")
    yield one_redis
    one_redis.resume()


class Wire:
    """A TCP proxy between one replica and Redis, which can be cut and joined again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._ends: set[asyncio.Task[Any]] = set()
        self.is_cut = False
        self.hangs = False
        self.delay = 0.0
        self.joins = 0
        self.url = ""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    async def stop(self) -> None:
        self.cut()
        assert self._server
        self._server.close()
        await asyncio.gather(*self._ends, return_exceptions=True)

    def cut(self) -> None:
        """Close every connection, and each that comes."""
        self.is_cut = True
        for writer in self._open:
            writer.close()

    def hang(self) -> None:
        """Let nothing through any more, and close nothing: what a lost route looks like."""
        self.hangs = True

    def mend(self) -> None:
        """What hung is lost; what comes gets through again."""
        self.cut()
        self.is_cut = self.hangs = False

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.joins += 1
        task = asyncio.current_task()
        assert task
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)
        self._open.add(writer)
        try:
            if not self.is_cut:
                there_reader, there = await asyncio.open_connection("127.0.0.1", self._port)
                self._open.add(there)
                try:
                    await asyncio.gather(self._carry(reader, there), self._carry(there_reader, writer))
                finally:
                    self._open.discard(there)
                    there.close()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(1 << 16):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if not self.hangs:
                    sink.write(data)
                    await sink.drain()
        sink.close()


@dataclass(slots=True)
class Replica:
    """One replica's pipeline on a common upstream, and its wire to Redis."""

    handler: Handler
    pipeline: Pipeline
    replicas: Any
    wire: Wire

    async def __call__(self, call: Call) -> Response:
        return await self.handler(call)

    async def joined(self) -> None:
        """Wait until it and all the others are there."""
        await until(lambda: self.replicas.health().joined and not self.replicas.health().silent_replicas)

    async def cut_off(self) -> None:
        await until(lambda: not self.replicas.health().joined)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():
            await asyncio.sleep(0.005)


def sharing_policy(url: str, **changes: Any) -> Any:
    """Times that suit a test on a busy machine: only where it looks at them are they short."""
    from akamai_mcp.replicas.policy import SharingPolicy

    chosen = SharingPolicy(url=url, key=KEY.encode(), patience=1.0, lease=1.5, beat=0.1, settling=0.0)
    return replace(chosen, **changes)


@asynccontextmanager
async def open_replicas(
    redis: RedisProcess, upstream: Handler, count: int = 3, policies: PipelinePolicies | None = None, **changes: Any
) -> AsyncIterator[list[Replica]]:
    """So many replicas that have joined."""
    from akamai_mcp.replicas.replica import Replicas

    policies = policies or PipelinePolicies()
    opened: list[Replica] = []
    for _ in range(count):
        wire, counters = Wire(redis.port), Counters()
        await wire.start()
        replicas = Replicas(sharing_policy(wire.url, **changes), policies, counters)
        replicas.start()
        pipeline = build_pipeline(upstream, policies, counters, replicas.sharing)
        opened.append(Replica(pipeline.handler, pipeline, replicas, wire))
    try:
        for replica in opened:
            await replica.joined()
        yield opened
    finally:
        for replica in opened:
            await replica.replicas.aclose()
            await replica.wire.stop()
