"""The membership of one replica: its connection to Redis, and the lease by which the others know that it is alive.

The agreement between replicas: one that cannot reach Redis cannot announce its changes, so its lease ends, and while a lease
has ended no replica serves a cached response. The replica that lost Redis returns no result of a change before the others must
have noticed. Leases carry their absolute end, so a command that Redis runs late, after a pause, extends nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final, TypeVar

from redis.exceptions import ResponseError

from akamai_mcp.pipeline.call import Shared
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.replicas.connection import FAILURES, Command, RedisConnection, open_connection, to_members, to_seconds
from akamai_mcp.replicas.health import ReplicaHealth, describe
from akamai_mcp.replicas.policy import SharingPolicy

Found = TypeVar("Found")
Clock = Callable[[], float]
MEMBERS: Final = "members"
EPOCH: Final = "epoch"
BIRTH: Final = "birth"


class RedisUnavailableError(Exception):
    """Redis did not answer within the call's patience, or is known to be unreachable."""


class Membership:
    """Sends commands to Redis for calls, renews this replica's lease, and reconnects after an outage."""

    def __init__(
        self,
        policy: SharingPolicy,
        counters: Counters,
        *,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        connect: Callable[[str, Clock], Awaitable[RedisConnection]] = open_connection,
    ) -> None:
        self._policy = policy
        self._counters = counters
        self._clock = clock
        self._sleep = sleep
        self._connect = connect
        self._replica_id = secrets.token_hex(8)
        self._connection: RedisConnection | None = None
        self._known: Mapping[str, float] = {}
        self._needs_new_epoch = False
        self._leased: float | None = None
        self._lost = clock()
        self._not_before = clock()
        self._reason = "it was not contacted yet"
        self._attempted = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def run(self) -> str:
        """The id of the Redis run that is connected; "" if none is."""
        return self._connection.run if self._connection else ""

    def now(self) -> float:
        """Redis's time, or slightly less."""
        return self._clock() + (self._connection.offset if self._connection else 0.0)

    def patience(self) -> Shared:
        """The time budget of a call that begins now."""
        return Shared(state="", left=self._policy.patience)

    def start(self) -> None:
        """Start to connect and to renew the lease."""
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self._keep())

    async def aclose(self) -> None:
        """Leave the other replicas, if Redis can be reached, and close the connection."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        await asyncio.gather(*self._tasks, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._leave(connection)

    async def _leave(self, connection: RedisConnection) -> None:
        with suppress(*FAILURES):
            async with asyncio.timeout(self._policy.connect):
                await connection.do(
                    self._epoch(connection, new=self._needs_new_epoch), ("ZREM", connection.key(MEMBERS), self._replica_id)
                )
        await self._discard(connection)  # also if Redis did not accept the farewell

    async def ask(self, shared: Shared, work: Callable[[RedisConnection], Awaitable[Found]], *, lenient: bool = False) -> Found:
        """Run work on Redis within the call's remaining patience; `lenient`: for large content. Raises RedisUnavailableError."""
        connection = self._connection
        if connection is None or shared.left <= 0:
            self._counters.add("sharedSkipped")
            raise RedisUnavailableError
        began, seconds = self._clock(), shared.left
        try:
            async with asyncio.timeout(seconds):
                return await work(connection)
        except FAILURES as error:
            hasty = isinstance(error, TimeoutError) and seconds < self._policy.patience / 2
            too_much = lenient and isinstance(error, (TimeoutError, ResponseError))
            # A nearly used up budget or large content explains a timeout: neither means that Redis is down.
            if not hasty and not too_much:
                self.cut(connection, error)
            raise RedisUnavailableError from error
        finally:
            shared.left -= self._clock() - began

    def hold(self, work: Awaitable[Found]) -> asyncio.Task[Found]:
        """Run work to its end even if its caller is cancelled; `aclose` waits for it."""
        task: asyncio.Task[Found] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._release)
        return task

    def _release(self, task: asyncio.Task[Found]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not log it; a caller that still waits gets it too

    def cut(self, connection: RedisConnection | None = None, error: BaseException | None = None) -> None:
        """Drop the connection; the next attempt waits until the others must have noticed that this replica is silent."""
        current = self._connection
        if current is None or (connection is not None and connection is not current):
            return
        self._connection = None
        self._lost = self._clock()
        self._reason = describe(error)
        self._counters.add("sharedLost")
        self.hold(self._discard(current))

    async def _discard(self, connection: RedisConnection) -> None:
        with suppress(*FAILURES):
            async with asyncio.timeout(self._policy.connect):
                await connection.aclose()

    # What the other replicas know.

    def require_new_epoch(self, *, quiet_for: float = 0.0) -> None:
        """Remember a change that the others do not know of; its effect may take `quiet_for` more seconds."""
        self._needs_new_epoch = True
        self._not_before = max(self._not_before, self._clock() + quiet_for)

    def seconds_until_silent(self) -> float:
        """Seconds until the others must have noticed that this replica is silent; 0 if they have."""
        return 0.0 if self._leased is None else max(0.0, self._leased + self._policy.lease - self._clock())

    def may_change(self) -> bool:
        """True while changes may be sent: the others know of this replica, or do not yet count it as gone."""
        if self._connection is not None:
            return True
        return self._leased is not None and self._clock() - self._leased < self._policy.fenced

    @property
    def is_new(self) -> bool:
        """True until Redis is reached for the first time."""
        return self._leased is None

    async def first_attempt(self) -> None:
        """Wait for the first attempt to reach Redis, at most one second."""
        self.start()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._attempted.wait(), self._policy.connect)

    def note_members(self, members: Mapping[str, float]) -> None:
        """Remember the replicas, to restore them in a Redis that has lost its data."""
        self._known = members

    def health(self) -> ReplicaHealth:
        """Return the state of the connection."""
        joined, now = self._connection is not None, self.now()
        return ReplicaHealth(
            joined=joined,
            reason="" if joined else self._reason,
            cut_off_seconds=0.0 if joined else self._clock() - self._lost,
            changes_refused=not self.may_change(),
            silent_replicas=sum(1 for until in self._known.values() if until < now) if joined else 0,
        )

    # Connecting, renewing the lease, reconnecting.

    async def _keep(self) -> None:
        while True:
            if self._connection is not None:
                await self._beat(self._connection)
            elif self.seconds_until_silent() == 0 and self._clock() >= self._not_before:
                await self._join()
            self._attempted.set()
            await self._sleep(self._policy.beat)

    async def _join(self) -> None:
        connection: RedisConnection | None = None
        try:
            async with asyncio.timeout(self._policy.connect):
                connection = await self._connect(self._policy.url, self._clock)
                await self._enter(connection)
            self._connection = connection
        except FAILURES as error:
            self._reason = describe(error)
        finally:
            if connection is not None and self._connection is None:
                self.hold(self._discard(connection))

    async def _enter(self, connection: RedisConnection) -> None:
        needed, self._needs_new_epoch = self._needs_new_epoch, False
        now = self._lease(connection)
        members = connection.key(MEMBERS)
        others = tuple(("ZADD", members, "NX", until, name) for name, until in self._known.items() if name != self._replica_id)
        try:
            await connection.do(
                self._epoch(connection, new=needed),
                ("SET", connection.key(BIRTH), now, "NX"),
                *others,
                ("ZADD", members, now + self._policy.lease, self._replica_id),
            )
        except BaseException:
            self._needs_new_epoch = self._needs_new_epoch or needed
            raise

    async def _beat(self, connection: RedisConnection) -> None:
        now = self._lease(connection)
        gone = now - self._policy.forgotten
        try:
            async with asyncio.timeout(self._policy.connect):
                members = connection.key(MEMBERS)
                _, silent, members_now, time_now = await connection.do(
                    ("ZADD", members, now + self._policy.lease, self._replica_id),
                    ("ZCOUNT", members, "-inf", gone),
                    ("ZRANGE", members, 0, -1, "WITHSCORES"),
                    ("TIME",),
                )
                connection.offset = to_seconds(time_now) - self._clock()
                self.note_members(to_members(members_now))
                if silent:
                    await self._forget(connection, gone)
        except FAILURES as error:
            self.cut(connection, error)

    async def _forget(self, connection: RedisConnection, gone: float) -> None:
        """Remove replicas that were silent for too long, and start a new epoch, which invalidates the cache."""
        await connection.do(self._epoch(connection, new=True), ("ZREMRANGEBYSCORE", connection.key(MEMBERS), "-inf", gone))

    def _epoch(self, connection: RedisConnection, *, new: bool) -> Command:
        """Build the command that starts the first epoch, or a new one, which invalidates everything cached before."""
        return ("SET", connection.key(EPOCH), secrets.token_hex(8), *(() if new else ("NX",)))

    def _lease(self, connection: RedisConnection) -> float:
        """Return Redis's time, and note that a lease may be valid from now on."""
        # Noted before the command is sent: a lost reply does not mean that Redis did not set the lease.
        self._leased = self._clock()
        return self._leased + connection.offset
