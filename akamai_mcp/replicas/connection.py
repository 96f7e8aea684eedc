"""Connections to one run of a Redis process; data of an earlier run, which a restart may have lost in part, is never read.

There are two connections to the process, for small commands and for content. Each key contains the process's run id, so after a
restart from an old snapshot no earlier version, response or used token is found. One task owns each connection and pipelines
the waiting commands, so a cancelled caller leaves no half exchange behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

FAILURES: Final = (RedisError, OSError, TimeoutError)
KEY_PREFIX: Final = "akamai-mcp"
MOST_AT_ONCE: Final = 128  # commands in one write; more would let a burst delay its first reply

Value = str | bytes | int | float
Command = tuple[Value, ...]


class ForeignRunError(RedisError):
    """The two connections reached different Redis processes, as during a failover."""


class EvictingError(RedisError):
    """Redis may evict keys, so the replicas' agreement cannot rest on it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Unit:
    """Commands that run together or not at all, and the future of their replies."""

    commands: tuple[Command, ...]
    replies: asyncio.Future[list[Any]]

    @property
    def lines(self) -> tuple[Command, ...]:
        """The commands to send, in a transaction if there are several."""
        return self.commands if len(self.commands) == 1 else (("MULTI",), *self.commands, ("EXEC",))

    def settle(self, replies: Sequence[Any]) -> None:
        """Set the replies, or the first error among them, unless the caller was cancelled."""
        if self.replies.done():
            return
        error = next((reply for reply in replies if isinstance(reply, BaseException)), None)
        if error is not None:
            self.replies.set_exception(error)
        else:
            self.replies.set_result(list(replies) if len(self.commands) == 1 else list(replies[-1]))


class PipelinedConnection:
    """A connection with one owner task, which pipelines the commands that queued up while it waited for replies."""

    def __init__(self, redis: AbstractConnection) -> None:
        self._redis = redis
        self._waiting: asyncio.Queue[_Unit] = asyncio.Queue()
        self._owner = asyncio.ensure_future(self._work())

    async def run(self, commands: tuple[Command, ...]) -> list[Any]:
        """Run commands together and return their replies. Raises the errors in FAILURES."""
        if self._owner.done():
            raise RedisConnectionError("the connection has ended")
        unit = _Unit(commands, asyncio.get_running_loop().create_future())
        self._waiting.put_nowait(unit)
        return await unit.replies

    async def aclose(self) -> None:
        """Close the connection and fail the waiting commands."""
        writer: asyncio.StreamWriter | None = getattr(self._redis, "_writer", None)
        self._owner.cancel()
        with suppress(asyncio.CancelledError):
            await self._owner
        await self._redis.disconnect(nowait=True)
        # A close alone first sends what a paused Redis has not read yet, and over TLS waits for its farewell.
        if writer is not None:
            writer.transport.abort()

    async def _work(self) -> None:
        units: list[_Unit] = []
        try:
            while True:
                units = [await self._waiting.get()]
                while len(units) < MOST_AT_ONCE and not self._waiting.empty():
                    units.append(self._waiting.get_nowait())
                await self._exchange(units)
        except FAILURES as error:
            self._give_up(units, error)
        finally:
            self._give_up(units, RedisConnectionError("the connection was closed"))

    async def _exchange(self, units: list[_Unit]) -> None:
        lines = [line for unit in units for line in unit.lines]
        await self._redis.send_packed_command(self._redis.pack_commands(lines), check_health=False)
        for unit in units:
            unit.settle([await self._reply() for _ in unit.lines])

    async def _reply(self) -> Any:
        try:
            return await self._redis.read_response()
        except ResponseError as refused:  # the reply to one command; the connection itself works
            return refused

    def _give_up(self, units: list[_Unit], error: Exception) -> None:
        while not self._waiting.empty():
            units.append(self._waiting.get_nowait())
        for unit in units:
            unit.settle([error])


@dataclass(slots=True, kw_only=True, eq=False)
class RedisConnection:
    """Connections to one run of Redis. `offset` added to this machine's clock is never later than Redis's own time."""

    small: PipelinedConnection
    large: PipelinedConnection
    run: str
    offset: float

    def key(self, *parts: str) -> str:
        """Build a key of this run."""
        return ":".join((KEY_PREFIX, self.run, *parts))

    async def do(self, *commands: Command) -> list[Any]:
        """Run commands together or not at all, and return their replies. Raises the errors in FAILURES."""
        return await self.small.run(commands)

    async def get(self, *keys: str) -> tuple[bytes | None, ...]:
        """Return the values of keys."""
        (values,) = await self.large.run((("MGET", *keys),))
        return tuple(value if isinstance(value, bytes) else None for value in values)

    async def put(self, key: str, value: bytes, seconds: float) -> bool:
        """Store content for some seconds; return whether it was stored."""
        (done,) = await self.large.run((("SET", key, value, "PX", _milliseconds(seconds)),))
        return bool(done)

    async def claim(self, key: str, value: str, seconds: float) -> bool:
        """Set a key for some seconds if it does not exist; return whether this caller was the first."""
        (done,) = await self.do(("SET", key, value, "PX", _milliseconds(seconds), "NX"))
        return bool(done)

    async def evaluate(self, script: str, key: str, *arguments: Value) -> Any:
        """Run a script over one key and return its reply."""
        (answer,) = await self.do(("EVAL", script, 1, key, *arguments))
        return answer

    async def aclose(self) -> None:
        """Close the connections."""
        await asyncio.gather(self.small.aclose(), self.large.aclose())


async def open_connection(url: str, clock: Callable[[], float]) -> RedisConnection:
    """Connect to Redis. Raises the errors in FAILURES."""
    small, large = PipelinedConnection(_connect(url)), PipelinedConnection(_connect(url))
    try:
        facts = [parse_info((await queue.run((("INFO",),)))[0]) for queue in (small, large)]
        refuse_eviction(facts[0])
        if facts[0]["run_id"] != facts[1]["run_id"]:
            raise ForeignRunError("two Redis processes answer")
        (time,) = await small.run((("TIME",),))
        return RedisConnection(small=small, large=large, run=facts[0]["run_id"], offset=to_seconds(time) - clock())
    except BaseException:
        await asyncio.gather(small.aclose(), large.aclose())
        raise


def _connect(url: str) -> AbstractConnection:
    # No pool and no retries: a silent reconnect could reach another Redis process, and would spend the call's patience.
    options: dict[str, Any] = {**parse_url(url)}
    kind = options.pop("connection_class", Connection)
    created: AbstractConnection = kind(
        **options, protocol=2, retry=Retry(NoBackoff(), 0), socket_timeout=None, client_name=KEY_PREFIX
    )
    return created


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def to_seconds(reply: Any) -> float:
    """Convert the reply of TIME to seconds since the epoch."""
    return int(reply[0]) + int(reply[1]) / 1_000_000


def to_members(reply: Sequence[bytes]) -> dict[str, float]:
    """Convert the reply of ZRANGE with scores: when the lease of each replica ends."""
    return {name.decode(): float(until) for name, until in pairs(reply)}


def pairs(flat: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    """Group a flat list into pairs."""
    items = iter(flat)
    return zip(items, items, strict=True)


def parse_info(answer: bytes | str) -> dict[str, str]:
    """Parse the reply of INFO."""
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def refuse_eviction(facts: Mapping[str, str]) -> None:
    """Check that Redis does not evict keys. Raises EvictingError."""
    policy = facts.get("maxmemory_policy", "noeviction")
    if facts.get("maxmemory", "0") != "0" and policy != "noeviction":
        raise EvictingError(
            f"Redis evicts keys when its memory is full (maxmemory-policy {policy}); set maxmemory-policy to noeviction"
        )
