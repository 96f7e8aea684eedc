"""The state of a path that all replicas agree on, as counters in Redis that each change moves on.

The state of a path is the sum of the changes to it, to an ancestor and below it, for one identity: what `pipeline.freshness`
knows of one process. A change moves it on before it is sent, and again before its result is told; in between a marker says
that it is under way. A read learns the state before it asks, and what it brings is good for that state alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from akamai_mcp.pipeline.call import Call, Shared
from akamai_mcp.pipeline.versions import normal, prefixes
from akamai_mcp.replicas.connection import Command, Session, to_members, to_seconds
from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import BIRTH, EPOCH, MEMBERS, CutOffError, Link
from akamai_mcp.replicas.policy import SharingPolicy

MAX_FIELDS: Final = 20_000
KEPT_FOR: Final = 7 * 24 * 3600  # longer than any answer is kept; without counters a path begins anew, under a name of its own
BORN: Final = "born"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A path as Redis knows it: a digest of it, and of it and each of its ancestors."""

    at: str
    above: tuple[str, ...]

    @property
    def read_fields(self) -> tuple[str, ...]:
        """The counters of changes that a read of the path would see."""
        return (*("a" + name for name in self.above), "b" + self.at)

    @property
    def written_fields(self) -> tuple[str, ...]:
        """The counters that a change of the path moves on."""
        return ("a" + self.at, *("b" + name for name in self.above))

    def touches(self, read: Place) -> bool:
        """True where a change here is seen by a read there."""
        return self.at in read.above or read.at in self.above


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A change that replicas are told of: whose, where, and the name of the marker that says it is under way."""

    owner: str
    places: tuple[Place, ...]
    marker: str = field(default_factory=lambda: secrets.token_hex(8))

    def marked(self, until: float) -> bytes:
        """The marker, good until a time."""
        return orjson.dumps([until, [[place.at, place.above] for place in self.places]])


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a run of Redis says at one moment of replicas and of one path."""

    run: str
    now: float
    epoch: str | None
    birth: float | None
    members: Mapping[str, float]
    born: str | None
    counts: tuple[int, ...]
    markers: tuple[bytes, ...]

    def state(self, read: Place, settling: float) -> str:
        """The state of the path; empty where a replica is silent, a change is under way, or Redis has only begun."""
        agreed = self.epoch and self.born and self.birth is not None and self.now - self.birth >= settling
        if not agreed or any(until <= self.now for until in self.members.values()):
            return ""
        if any(_is_under_way(marker, self.now, read) for marker in self.markers):
            return ""
        return f"{self.run}.{self.epoch}.{self.born}.{sum(self.counts)}"


def _is_under_way(marker: bytes, now: float, read: Place) -> bool:
    until, places = orjson.loads(marker)
    return until >= now and any(Place(at=at, above=tuple(above)).touches(read) for at, above in places)


class States:
    """Learns states for reads, and moves them on for changes."""

    def __init__(self, link: Link, keyring: Keyring, policy: SharingPolicy) -> None:
        self._link = link
        self._keyring = keyring
        self._policy = policy

    async def learn(self, call: Call, shared: Shared) -> str:
        """The state of a read's path; empty where replicas do not agree on one now."""
        owner = self._keyring.name("owner", call.identity)
        read = self._place(call.identity, call.path)
        try:
            view = await self._link.ask(shared, lambda session: look(session, owner, read))
        except CutOffError:
            return ""
        self._link.meet(view.members)
        return view.state(read, self._policy.settling)

    async def announce(self, call: Call, shared: Shared) -> Notice:
        """Tell of a change before it is sent; without Redis it is told of later."""
        paths = dict.fromkeys((call.path, *call.touches))
        notice = Notice(
            owner=self._keyring.name("owner", call.identity),
            places=tuple(self._place(call.identity, path) for path in paths),
        )
        await self._tell(notice, shared, for_seconds=self._policy.longest_call)
        return notice

    async def close(self, notice: Notice, shared: Shared, *, for_seconds: float) -> bool:
        """Tell that a change is done; its effect may come for some seconds more. False where it could not be told."""
        return await self._tell(notice, shared, for_seconds=for_seconds)

    async def _tell(self, notice: Notice, shared: Shared, *, for_seconds: float) -> bool:
        until = self._link.now() + for_seconds if for_seconds else 0.0
        try:
            fields = await self._link.ask(shared, lambda session: move_on(session, notice, until))
            if fields > MAX_FIELDS:
                await self._link.ask(shared, lambda session: session.do(("DEL", _counters(session, notice.owner))))
        except CutOffError:
            return False
        return True

    def _place(self, identity: str, path: str) -> Place:
        def name(text: str) -> str:
            return self._keyring.name("path", identity, text)

        return Place(at=name(normal(path)), above=tuple(name(prefix) for prefix in prefixes(path)))


async def look(session: Session, owner: str, read: Place) -> View:
    """What Redis says now of a path, which gets counters where it has none."""
    view = await _look(session, owner, read)
    if view.born is None:
        counters = _counters(session, owner)
        await session.do(("HSETNX", counters, BORN, secrets.token_hex(8)), ("EXPIRE", counters, KEPT_FOR))
        view = await _look(session, owner, read)
    return view


async def _look(session: Session, owner: str, read: Place) -> View:
    told, (epoch, birth), members, (born, *counts), markers = await session.do(
        ("TIME",),
        ("MGET", session.key(EPOCH), session.key(BIRTH)),
        ("ZRANGE", session.key(MEMBERS), 0, -1, "WITHSCORES"),
        ("HMGET", _counters(session, owner), BORN, *read.read_fields),
        ("HVALS", _markers(session, owner)),
    )
    return View(
        run=session.run,
        now=to_seconds(told),
        epoch=_text(epoch),
        birth=float(birth) if birth else None,
        members=to_members(members),
        born=_text(born),
        counts=tuple(int(count) for count in counts if count),
        markers=tuple(markers),
    )


async def move_on(session: Session, notice: Notice, until: float) -> int:
    """Move on what a change touches, and mark it as under way until a time, or as ended; how many counters there are."""
    counters, markers = _counters(session, notice.owner), _markers(session, notice.owner)
    marker: Command = ("HDEL", markers, notice.marker)
    if until:
        marker = ("HSET", markers, notice.marker, notice.marked(until))
    replies = await session.do(
        *(("HINCRBY", counters, name, 1) for place in notice.places for name in place.written_fields),
        ("HSETNX", counters, BORN, secrets.token_hex(8)),
        ("EXPIRE", counters, KEPT_FOR),
        marker,
        ("EXPIRE", markers, KEPT_FOR),
        ("HLEN", counters),
    )
    return int(replies[-1])


def _counters(session: Session, owner: str) -> str:
    return session.key("counters", owner)


def _markers(session: Session, owner: str) -> str:
    return session.key("markers", owner)


def _text(value: Any) -> str | None:
    return value.decode() if isinstance(value, bytes) else None
