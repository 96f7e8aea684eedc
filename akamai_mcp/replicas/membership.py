"""The link of one replica to Redis: within a call's patience or not at all, and known to the others as long as it holds.

The agreement between replicas: one that cannot reach Redis cannot tell the others of its changes, so it is silent, and
while one is silent none serves a kept answer. The one that is cut off tells nobody that a change is done before the
others must have noticed. Leases end at a time that is sent with them, so a command that Redis carries out late, after
a pause, prolongs nothing.
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
from akamai_mcp.replicas.connection import FAILURES, Command, Session, open_session, to_members, to_seconds
from akamai_mcp.replicas.health import LinkHealth, describe
from akamai_mcp.replicas.policy import SharingPolicy

Found = TypeVar("Found")
Clock = Callable[[], float]
MEMBERS: Final = "members"
EPOCH: Final = "epoch"
BIRTH: Final = "birth"


class CutOffError(Exception):
    """Redis did not answer within the call's patience, or is known not to answer."""


class Link:
    """Asks Redis on behalf of calls, says regularly that this replica is there, and comes back after an outage."""

    def __init__(
        self,
        policy: SharingPolicy,
        counters: Counters,
        *,
        clock: Clock = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        connect: Callable[[str, Clock], Awaitable[Session]] = open_session,
    ) -> None:
        self._policy = policy
        self._counters = counters
        self._clock = clock
        self._sleep = sleep
        self._connect = connect
        self._me = secrets.token_hex(8)
        self._session: Session | None = None
        self._known: Mapping[str, float] = {}
        self._owes = False
        self._leased: float | None = None
        self._lost = clock()
        self._not_before = clock()
        self._reason = "it was not asked yet"
        self._tried = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    @property
    def run(self) -> str:
        """The run of Redis that is reached; empty where none is."""
        return self._session.run if self._session else ""

    def now(self) -> float:
        """Redis's time, or a little less."""
        return self._clock() + (self._session.offset if self._session else 0.0)

    def patience(self) -> Shared:
        """The patience of a call that begins now."""
        return Shared(state="", left=self._policy.patience)

    def start(self) -> None:
        """Begin to keep the link."""
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self._keep())

    async def aclose(self) -> None:
        """Say goodbye, where Redis can be reached, and close."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        await asyncio.gather(*self._tasks, return_exceptions=True)
        session, self._session = self._session, None
        if session is not None:
            await self._leave(session)

    async def _leave(self, session: Session) -> None:
        with suppress(*FAILURES):
            async with asyncio.timeout(self._policy.connect):
                await session.do(self._epoch(session, new=self._owes), ("ZREM", session.key(MEMBERS), self._me))
        await self._discard(session)  # also where Redis did not take the goodbye

    async def ask(self, shared: Shared, work: Callable[[Session], Awaitable[Found]], *, lenient: bool = False) -> Found:
        """Ask Redis something within what is left of the call's patience; `lenient` is for much content. Raises CutOffError."""
        session = self._session
        if session is None or shared.left <= 0:
            self._counters.add("sharedSkipped")
            raise CutOffError
        began, seconds = self._clock(), shared.left
        try:
            async with asyncio.timeout(seconds):
                return await work(session)
        except FAILURES as error:
            hasty = isinstance(error, TimeoutError) and seconds < self._policy.patience / 2
            too_much = lenient and isinstance(error, (TimeoutError, ResponseError))
            if not hasty and not too_much:  # else it says nothing of Redis
                self.cut(session, error)
            raise CutOffError from error
        finally:
            shared.left -= self._clock() - began

    def hold(self, work: Awaitable[Found]) -> asyncio.Task[Found]:
        """Carry something out, also where nobody waits for it any more; the end of the link waits for it."""
        task: asyncio.Task[Found] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._release)
        return task

    def _release(self, task: asyncio.Task[Found]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever still waits gets it; nobody else needs to be told

    def cut(self, session: Session | None = None, error: BaseException | None = None) -> None:
        """Count Redis as out of reach until the others must have noticed that this replica is silent."""
        current = self._session
        if current is None or (session is not None and session is not current):
            return
        self._session = None
        self._lost = self._clock()
        self._reason = describe(error)
        self._counters.add("sharedLost")
        self.hold(self._discard(current))

    async def _discard(self, session: Session) -> None:
        with suppress(*FAILURES):
            async with asyncio.timeout(self._policy.connect):
                await session.aclose()

    # What the others are told.

    def owe(self, *, quiet_for: float = 0.0) -> None:
        """Remember that a change was made of which the others do not know; `quiet_for` is how long it may still take."""
        self._owes = True
        self._not_before = max(self._not_before, self._clock() + quiet_for)

    def unheard_for(self) -> float:
        """Seconds until the others must have noticed that this replica is silent; 0 where they have."""
        return 0.0 if self._leased is None else max(0.0, self._leased + self._policy.lease - self._clock())

    def may_change(self) -> bool:
        """True where the others know of this replica, or have not yet counted it as gone."""
        if self._session is not None:
            return True
        return self._leased is not None and self._clock() - self._leased < self._policy.fenced

    @property
    def is_new(self) -> bool:
        """True until Redis was reached for the first time."""
        return self._leased is None

    async def tried(self) -> None:
        """Wait until it is known whether Redis can be reached, a second at most."""
        self.start()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._tried.wait(), self._policy.connect)

    def meet(self, members: Mapping[str, float]) -> None:
        """Remember which replicas there are, for a Redis that has forgotten them."""
        self._known = members

    def health(self) -> LinkHealth:
        """How the link is."""
        joined, now = self._session is not None, self.now()
        return LinkHealth(
            joined=joined,
            reason="" if joined else self._reason,
            cut_off_seconds=0.0 if joined else self._clock() - self._lost,
            changes_refused=not self.may_change(),
            silent_replicas=sum(1 for until in self._known.values() if until < now) if joined else 0,
        )

    # Coming, staying, coming back.

    async def _keep(self) -> None:
        while True:
            if self._session is not None:
                await self._beat(self._session)
            elif self.unheard_for() == 0 and self._clock() >= self._not_before:
                await self._join()
            self._tried.set()
            await self._sleep(self._policy.beat)

    async def _join(self) -> None:
        session: Session | None = None
        try:
            async with asyncio.timeout(self._policy.connect):
                session = await self._connect(self._policy.url, self._clock)
                await self._enter(session)
            self._session = session
        except FAILURES as error:
            self._reason = describe(error)
        finally:
            if session is not None and self._session is None:
                self.hold(self._discard(session))

    async def _enter(self, session: Session) -> None:
        owed, self._owes = self._owes, False
        now = self._lease(session)
        members = session.key(MEMBERS)
        others = tuple(("ZADD", members, "NX", until, name) for name, until in self._known.items() if name != self._me)
        try:
            await session.do(
                self._epoch(session, new=owed),
                ("SET", session.key(BIRTH), now, "NX"),
                *others,
                ("ZADD", members, now + self._policy.lease, self._me),
            )
        except BaseException:
            self._owes = self._owes or owed
            raise

    async def _beat(self, session: Session) -> None:
        now = self._lease(session)
        gone = now - self._policy.forgotten
        try:
            async with asyncio.timeout(self._policy.connect):
                members = session.key(MEMBERS)
                _, silent, there, told = await session.do(
                    ("ZADD", members, now + self._policy.lease, self._me),
                    ("ZCOUNT", members, "-inf", gone),
                    ("ZRANGE", members, 0, -1, "WITHSCORES"),
                    ("TIME",),
                )
                session.offset = to_seconds(told) - self._clock()
                self.meet(to_members(there))
                if silent:
                    await self._forget(session, gone)
        except FAILURES as error:
            self.cut(session, error)

    async def _forget(self, session: Session, gone: float) -> None:
        """Count as gone who was silent for so long, and drop what was kept before."""
        await session.do(self._epoch(session, new=True), ("ZREMRANGEBYSCORE", session.key(MEMBERS), "-inf", gone))

    def _epoch(self, session: Session, *, new: bool) -> Command:
        """Begin the first epoch, or a new one: then nothing that was kept before is good any more."""
        return ("SET", session.key(EPOCH), secrets.token_hex(8), *(() if new else ("NX",)))

    def _lease(self, session: Session) -> float:
        """Redis's time, noting that a lease may hold from now on, be it told or not."""
        self._leased = self._clock()
        return self._leased + session.offset
