"""Calls that time out, are cancelled or are refused leave no open descriptor, task or connection: more than 200 of each."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage
from redis_stage import KEY, RedisProcess, free_port
from stalling_akamai import served_over_tls, write_edgerc

CALLS = 80  # of each way to time out, be cut off, be cancelled or be refused, of which there are three or more
AT_ONCE = 20
SECONDS = 20.0
DESCRIPTORS = Path("/dev/fd")
HEAD = b"\r\n\r\n"
HALF_AN_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n" + b" " * 70_000

pytestmark = pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="the descriptors of a process are not listed here")


@dataclass(slots=True)
class Peer:
    """A server that takes a request, sends `answer` and then nothing more, and counts its open connections."""

    answer: bytes = b""
    drops: bool = False
    stops_reading: bool = False
    open: int = 0
    asked: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    settings: dict[str, Any] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await reader.readuntil(HEAD)
                self.asked += 1
                writer.write(self.answer)
                await self._stay(reader, writer)
        finally:
            writer.close()
            self.open -= 1

    async def _stay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Wait until the client closes the connection. A peer that stops reading does not notice, as after a lost route."""
        if self.stops_reading:
            writer.transport.pause_reading()
            await self.over.wait()
            writer.transport.abort()
        while not self.drops and await reader.read(65536):
            pass

    async def see_all_go(self) -> None:
        if self.stops_reading and not self.over.is_set():
            return
        async with asyncio.timeout(SECONDS):
            while self.open:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def over_tls(folder: Path, **how: Any) -> AsyncIterator[Peer]:
    peer = Peer(**how)
    async with served_over_tls(folder, peer.serve) as peer.settings:
        yield peer
        peer.over.set()
        await peer.see_all_go()


@asynccontextmanager
async def without_a_handshake(folder: Path) -> AsyncIterator[Peer]:
    """A peer that never answers the TLS handshake: the client's first message does not end like a request's head."""
    peer = Peer()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    async with server:
        peer.settings = {"edgerc": write_edgerc(folder, server.sockets[0].getsockname()[1])}
        yield peer


@asynccontextmanager
async def closed_port(folder: Path) -> AsyncIterator[Peer]:
    yield Peer(settings={"edgerc": write_edgerc(folder, free_port())})


Attempt = Callable[[Stage, Peer, int], Awaitable[None]]


def arguments(number: int) -> dict[str, Any]:
    """A request to an API of its own, so that no circuit opens and no response is shared."""
    return {"method": "GET", "path": f"/api-{number}/v1/things/{number}"}


async def fails(stage: Stage, peer: Peer, number: int) -> None:
    assert (await stage.ask("akamai_raw_request", arguments(number))).failed


async def is_refused(tool: str, given: dict[str, Any], stage: Stage, peer: Peer, number: int) -> None:
    assert (await stage.ask(tool, given)).failed
    assert not peer.asked


async def is_cancelled(stage: Stage, peer: Peer, number: int) -> None:
    """Cancel at varying moments: some calls before they are sent, most while they are under way."""
    call = asyncio.ensure_future(stage.ask("akamai_raw_request", arguments(number)))
    for _ in range(number % 100):
        await asyncio.sleep(0)
    if number % 4:
        await asyncio.sleep(number % 7 / 100)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)


READ = {"name": "papi/v1#get-property", "arguments": {"propertyId": "prp_1", "contractId": "ctr_1", "groupId": "grp_1"}}
BAD = {"name": "papi/v1#get-property", "arguments": {"propertyId": 7, "nonsense": True}}
CHANGE = {"method": "POST", "path": "/papi/v1/properties", "body": {}}

KINDS: dict[str, tuple[Callable[[Path], AbstractAsyncContextManager[Peer]], dict[str, Any], Attempt]] = {
    "time out without an answer": (over_tls, {"timeout": 0.05}, fails),
    "time out in all": (over_tls, {"total_timeout": 0.05}, fails),
    "time out in an answer": (partial(over_tls, answer=HALF_AN_ANSWER), {"timeout": 0.05}, fails),
    "time out at a peer that stopped reading": (partial(over_tls, stops_reading=True), {"timeout": 0.05}, fails),
    "time out in an answer of a peer that stopped reading": (
        partial(over_tls, stops_reading=True, answer=HALF_AN_ANSWER),
        {"timeout": 0.05},
        fails,
    ),
    "time out without a handshake": (without_a_handshake, {"connect_timeout": 0.05}, fails),
    "find a closed port": (closed_port, {}, fails),
    "are cut off": (partial(over_tls, drops=True), {}, fails),
    "are cut off in an answer": (partial(over_tls, drops=True, answer=HALF_AN_ANSWER), {}, fails),
    "are cancelled": (over_tls, {}, is_cancelled),
    "are cancelled at a peer that stopped reading": (partial(over_tls, stops_reading=True), {}, is_cancelled),
    "are cancelled in an answer": (partial(over_tls, answer=HALF_AN_ANSWER), {}, is_cancelled),
    "are cancelled without a handshake": (without_a_handshake, {}, is_cancelled),
    "are cancelled in a queue": (over_tls, {"concurrency": 1}, is_cancelled),
    "are refused by a rule": (over_tls, {"deny": ("papi",)}, partial(is_refused, "akamai_read", READ)),
    "are refused by a server for reading": (over_tls, {"read_only": True}, partial(is_refused, "akamai_raw_request", CHANGE)),
    "are refused for their arguments": (over_tls, {}, partial(is_refused, "akamai_read", BAD)),
    "are refused for their name": (over_tls, {}, partial(is_refused, "akamai_read", {"name": "nonsense"})),
    "are refused for their customer": (over_tls, {}, partial(is_refused, "akamai_read", READ | {"customer": "nobody"})),
}


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds open."""

    descriptors: int
    tasks: int

    def exceeds(self, before: Held) -> bool:
        # Less is no leak: a connection that was just being given up may have been counted before.
        return self.descriptors > before.descriptors or self.tasks > before.tasks


def held(peer: Peer) -> Held:
    """Count without the peer, each of whose connections is a descriptor and a task."""
    gc.collect()  # garbage is not held
    return Held(descriptors=len(list(DESCRIPTORS.iterdir())) - peer.open, tasks=len(asyncio.all_tasks()) - peer.open)


async def settled(before: Held, peer: Peer) -> Held:
    """What is held once the peer has seen its connections close and the loop has had its turns."""
    await peer.see_all_go()
    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS / 4):
            while held(peer).exceeds(before):
                await asyncio.sleep(0.02)
    return held(peer)


async def attempt_many(attempt: Attempt, stage: Stage, peer: Peer, numbers: range) -> None:
    for begin in numbers[::AT_ONCE]:
        await asyncio.gather(*(attempt(stage, peer, number) for number in range(begin, begin + AT_ONCE)))


@pytest.fixture(autouse=True, scope="module")
def old_objects_rest() -> Iterator[None]:
    """Collections look at what these tests made alone: they come by the dozen, and other tests leave a million objects."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("kind", KINDS)
async def test_failed_calls_leave_nothing_open(open_stage: OpenStage, tmp_path: Path, kind: str) -> None:
    opened, changes, attempt = KINDS[kind]
    async with opened(tmp_path) as peer:
        outside = held(peer)
        async with open_stage(**peer.settings, **changes) as stage:
            await attempt_many(attempt, stage, peer, range(AT_ONCE))  # opens what stays open, such as the index
            await peer.see_all_go()
            before = held(peer)
            await attempt_many(attempt, stage, peer, range(AT_ONCE, CALLS + AT_ONCE))
            assert not (await settled(before, peer)).exceeds(before)
        assert not (await settled(outside, peer)).exceeds(outside)


@pytest.mark.parametrize("way", ["pause", "kill"])
async def test_a_server_that_loses_its_redis_leaves_no_connection_to_it(
    open_stage: OpenStage, tmp_path: Path, redis: RedisProcess, way: str
) -> None:
    async with closed_port(tmp_path) as peer:
        outside = held(peer)
        for _ in range(5):
            async with open_stage(**peer.settings, redis_url=redis.url, shared_key=KEY) as stage:
                async with asyncio.timeout(SECONDS):
                    while not redis.members():
                        await asyncio.sleep(0.02)
                getattr(redis, way)()
                await attempt_many(fails, stage, peer, range(AT_ONCE))
            redis.resume() if way == "pause" else redis.start()
        assert not (await settled(outside, peer)).exceeds(outside)
