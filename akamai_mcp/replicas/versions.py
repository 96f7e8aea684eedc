"""The version of a path that all replicas agree on, as counters in Redis that each change increments.

The version of a path counts the changes to it, to its ancestors and below it, for one identity: the same as `pipeline.versions`
within one process. A change increments it before it is sent and again before its result is returned; in between, a marker says
that it is in progress. A read learns the version first, and its response is valid for that version only.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from akamai_mcp.pipeline.call import Call, Shared
from akamai_mcp.pipeline.versions import normal, prefixes
from akamai_mcp.replicas.connection import Command, RedisConnection, to_members, to_seconds
from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import BIRTH, EPOCH, MEMBERS, Membership, RedisUnavailableError
from akamai_mcp.replicas.policy import SharingPolicy

MAX_FIELDS: Final = 20_000  # counters of one identity; beyond that they are deleted, which invalidates its cache
KEPT_FOR: Final = 7 * 24 * 3600  # seconds, longer than any response is cached; new counters get a new random origin
BORN: Final = "born"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathDigests:
    """A path as Redis sees it: its digest, and the digests of the path and each of its ancestors."""

    at: str
    above: tuple[str, ...]

    @property
    def read_fields(self) -> tuple[str, ...]:
        """The counters of changes that affect a read of the path."""
        return (*("a" + name for name in self.above), "b" + self.at)

    @property
    def written_fields(self) -> tuple[str, ...]:
        """The counters that a change of the path increments."""
        return ("a" + self.at, *("b" + name for name in self.above))

    def touches(self, read: PathDigests) -> bool:
        """True if a change here affects a read there."""
        return self.at in read.above or read.at in self.above


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that replicas learn of: its owner, its paths, and the name of the marker while it is in progress."""

    owner: str
    places: tuple[PathDigests, ...]
    marker: str = field(default_factory=lambda: secrets.token_hex(8))

    def marked(self, until: float) -> bytes:
        """Encode the marker, valid until a time."""
        return orjson.dumps([until, [[place.at, place.above] for place in self.places]])


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What Redis says at one moment about the replicas and one path."""

    run: str
    now: float
    epoch: str | None
    birth: float | None
    members: Mapping[str, float]
    born: str | None
    counts: tuple[int, ...]
    markers: tuple[bytes, ...]

    def state(self, read: PathDigests, settling: float) -> str:
        """Return the path's version; "" if a replica is silent, a change is in progress, or Redis has just started."""
        agreed = self.epoch and self.born and self.birth is not None and self.now - self.birth >= settling
        if not agreed or any(until <= self.now for until in self.members.values()):
            return ""
        if any(_is_under_way(marker, self.now, read) for marker in self.markers):
            return ""
        return f"{self.run}.{self.epoch}.{self.born}.{sum(self.counts)}"


def _is_under_way(marker: bytes, now: float, read: PathDigests) -> bool:
    until, places = orjson.loads(marker)
    return until >= now and any(PathDigests(at=at, above=tuple(above)).touches(read) for at, above in places)


class SharedVersions:
    """Reads versions for reads, and increments them for changes."""

    def __init__(self, membership: Membership, keyring: Keyring, policy: SharingPolicy) -> None:
        self._membership = membership
        self._keyring = keyring
        self._policy = policy

    async def learn(self, call: Call, shared: Shared) -> str:
        """Return the version of a read's path; "" if the replicas do not agree on one now."""
        owner = self._keyring.name("owner", call.identity)
        read = self._digests(call.identity, call.path)
        try:
            view = await self._membership.ask(shared, lambda redis: look(redis, owner, read))
        except RedisUnavailableError:
            return ""
        self._membership.note_members(view.members)
        return view.state(read, self._policy.settling)

    async def announce(self, call: Call, shared: Shared) -> Change:
        """Record a change before it is sent; without Redis, `close` records it later."""
        paths = dict.fromkeys((call.path, *call.touches))
        change = Change(
            owner=self._keyring.name("owner", call.identity),
            places=tuple(self._digests(call.identity, path) for path in paths),
        )
        await self._record(change, shared, for_seconds=self._policy.longest_call)
        return change

    async def close(self, change: Change, shared: Shared, *, for_seconds: float) -> bool:
        """Record the end of a change whose effect may take some seconds more; False if Redis cannot be reached."""
        return await self._record(change, shared, for_seconds=for_seconds)

    async def _record(self, change: Change, shared: Shared, *, for_seconds: float) -> bool:
        until = self._membership.now() + for_seconds if for_seconds else 0.0
        try:
            fields = await self._membership.ask(shared, lambda redis: move_on(redis, change, until))
            if fields > MAX_FIELDS:
                await self._membership.ask(shared, lambda redis: redis.do(("DEL", _counters(redis, change.owner))))
        except RedisUnavailableError:
            return False
        return True

    def _digests(self, identity: str, path: str) -> PathDigests:
        def name(text: str) -> str:
            return self._keyring.name("path", identity, text)

        return PathDigests(at=name(normal(path)), above=tuple(name(prefix) for prefix in prefixes(path)))


async def look(connection: RedisConnection, owner: str, read: PathDigests) -> View:
    """Ask Redis about a path, and create its owner's counters if there are none."""
    view = await _look(connection, owner, read)
    if view.born is None:
        counters = _counters(connection, owner)
        await connection.do(("HSETNX", counters, BORN, secrets.token_hex(8)), ("EXPIRE", counters, KEPT_FOR))
        view = await _look(connection, owner, read)
    return view


async def _look(connection: RedisConnection, owner: str, read: PathDigests) -> View:
    time, (epoch, birth), members, (born, *counts), markers = await connection.do(
        ("TIME",),
        ("MGET", connection.key(EPOCH), connection.key(BIRTH)),
        ("ZRANGE", connection.key(MEMBERS), 0, -1, "WITHSCORES"),
        ("HMGET", _counters(connection, owner), BORN, *read.read_fields),
        ("HVALS", _markers(connection, owner)),
    )
    return View(
        run=connection.run,
        now=to_seconds(time),
        epoch=_text(epoch),
        birth=float(birth) if birth else None,
        members=to_members(members),
        born=_text(born),
        counts=tuple(int(count) for count in counts if count),
        markers=tuple(markers),
    )


async def move_on(connection: RedisConnection, change: Change, until: float) -> int:
    """Increment what a change touches, and set or delete its marker; return the number of counters."""
    counters, markers = _counters(connection, change.owner), _markers(connection, change.owner)
    marker: Command = ("HDEL", markers, change.marker)
    if until:
        marker = ("HSET", markers, change.marker, change.marked(until))
    replies = await connection.do(
        *(("HINCRBY", counters, name, 1) for place in change.places for name in place.written_fields),
        ("HSETNX", counters, BORN, secrets.token_hex(8)),
        ("EXPIRE", counters, KEPT_FOR),
        marker,
        ("EXPIRE", markers, KEPT_FOR),
        ("HLEN", counters),
    )
    return int(replies[-1])


def _counters(connection: RedisConnection, owner: str) -> str:
    return connection.key("counters", owner)


def _markers(connection: RedisConnection, owner: str) -> str:
    return connection.key("markers", owner)


def _text(value: Any) -> str | None:
    return value.decode() if isinstance(value, bytes) else None
