"""One run of a Redis process, and nothing of another: what a restart or a failover may have lost is never asked for.

A session is two connections to one process, for small questions and for content, and each key carries the process's run.
So after a restart from an old snapshot nothing of before is found, be it a version, an answer or a used token. One task
owns a connection and sends what has gathered in one piece: a caller that goes away leaves no half exchange behind.
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
PREFIX: Final = "akamai-mcp"
MOST_AT_ONCE: Final = 128

Value = str | bytes | int | float
Command = tuple[Value, ...]


class ForeignRunError(RedisError):
    """Another Redis process answers on one connection than on the other."""


class EvictingError(RedisError):
    """The Redis may drop keys at will, so no agreement can rest on it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Unit:
    """Commands that are carried out together or not at all, and who waits for their replies."""

    commands: tuple[Command, ...]
    replies: asyncio.Future[list[Any]]

    @property
    def lines(self) -> tuple[Command, ...]:
        """What is sent."""
        return self.commands if len(self.commands) == 1 else (("MULTI",), *self.commands, ("EXEC",))

    def settle(self, replies: Sequence[Any]) -> None:
        """Give whoever still waits the replies, or the first error among them."""
        if self.replies.done():
            return
        error = next((reply for reply in replies if isinstance(reply, BaseException)), None)
        if error is not None:
            self.replies.set_exception(error)
        else:
            self.replies.set_result(list(replies) if len(self.commands) == 1 else list(replies[-1]))


class Lane:
    """A connection with one owner, which sends what has gathered while it waited for the last replies."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._waiting: asyncio.Queue[_Unit] = asyncio.Queue()
        self._owner = asyncio.ensure_future(self._work())

    async def run(self, commands: tuple[Command, ...]) -> list[Any]:
        """Carry commands out together; their replies. Raises what is in FAILURES."""
        if self._owner.done():
            raise RedisConnectionError("the connection has ended")
        unit = _Unit(commands, asyncio.get_running_loop().create_future())
        self._waiting.put_nowait(unit)
        return await unit.replies

    async def aclose(self) -> None:
        """End, and let nobody wait any longer."""
        self._owner.cancel()
        with suppress(asyncio.CancelledError):
            await self._owner
        await self._connection.disconnect(nowait=True)

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
        await self._connection.send_packed_command(self._connection.pack_commands(lines), check_health=False)
        for unit in units:
            unit.settle([await self._reply() for _ in unit.lines])

    async def _reply(self) -> Any:
        try:
            return await self._connection.read_response()
        except ResponseError as refused:  # the answer to one command, and no fault of the connection
            return refused

    def _give_up(self, units: list[_Unit], error: Exception) -> None:
        while not self._waiting.empty():
            units.append(self._waiting.get_nowait())
        for unit in units:
            unit.settle([error])


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """Connections to one run of Redis, and its time: `offset` added to our clock is never later than Redis's own time."""

    small: Lane
    large: Lane
    run: str
    offset: float

    def key(self, *parts: str) -> str:
        """A key of this run."""
        return ":".join((PREFIX, self.run, *parts))

    async def do(self, *commands: Command) -> list[Any]:
        """Carry commands out together or not at all; their replies. Raises what is in FAILURES."""
        return await self.small.run(commands)

    async def get(self, *keys: str) -> tuple[bytes | None, ...]:
        """What stands under some keys."""
        (values,) = await self.large.run((("MGET", *keys),))
        return tuple(value if isinstance(value, bytes) else None for value in values)

    async def put(self, key: str, value: bytes, seconds: float) -> bool:
        """Write content for some seconds; True once it stands there."""
        (done,) = await self.large.run((("SET", key, value, "PX", _milliseconds(seconds)),))
        return bool(done)

    async def claim(self, key: str, value: str, seconds: float) -> bool:
        """Write something small for some seconds where nothing stands; True for the first who does."""
        (done,) = await self.do(("SET", key, value, "PX", _milliseconds(seconds), "NX"))
        return bool(done)

    async def evaluate(self, script: str, key: str, *arguments: str) -> Any:
        """What a script over one key answers."""
        (answer,) = await self.do(("EVAL", script, 1, key, *arguments))
        return answer

    async def aclose(self) -> None:
        """Close the connections."""
        await asyncio.gather(self.small.aclose(), self.large.aclose())


async def open_session(url: str, clock: Callable[[], float]) -> Session:
    """Connect to Redis. Raises what is in FAILURES."""
    small, large = Lane(_connection(url)), Lane(_connection(url))
    try:
        facts = [parse_info((await lane.run((("INFO",),)))[0]) for lane in (small, large)]
        refuse_eviction(facts[0])
        if facts[0]["run_id"] != facts[1]["run_id"]:
            raise ForeignRunError("two Redis processes answer")
        (told,) = await small.run((("TIME",),))
        return Session(small=small, large=large, run=facts[0]["run_id"], offset=to_seconds(told) - clock())
    except BaseException:
        await asyncio.gather(small.aclose(), large.aclose())
        raise


def _connection(url: str) -> AbstractConnection:
    # No pool and no second attempt: a lost connection is never made anew unseen, and a call's patience is ours to spend.
    told: dict[str, Any] = {**parse_url(url)}
    kind = told.pop("connection_class", Connection)
    made: AbstractConnection = kind(**told, protocol=2, retry=Retry(NoBackoff(), 0), socket_timeout=None, client_name=PREFIX)
    return made


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def to_seconds(told: Any) -> float:
    """What TIME answers, as seconds since 1970."""
    return int(told[0]) + int(told[1]) / 1_000_000


def to_members(told: Sequence[bytes]) -> dict[str, float]:
    """What ZRANGE answers with scores: until when each replica has said that it is there."""
    return {name.decode(): float(until) for name, until in pairs(told)}


def pairs(flat: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    """A flat list by twos."""
    items = iter(flat)
    return zip(items, items, strict=True)


def parse_info(answer: bytes | str) -> dict[str, str]:
    """What INFO answers, by name."""
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def refuse_eviction(facts: Mapping[str, str]) -> None:
    """Pass where Redis keeps what it was given. Raises EvictingError."""
    policy = facts.get("maxmemory_policy", "noeviction")
    if facts.get("maxmemory", "0") != "0" and policy != "noeviction":
        raise EvictingError(f"Redis drops keys when its memory is full (maxmemory-policy {policy})")
