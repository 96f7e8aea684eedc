"""Turns of work on the event loop, one at a time, for callers in rotation: many calls of one do not delay another's.

A call gives its turn up while it waits for Akamai. One that waits for something else loses it after a moment, so that nothing
holds the others up.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

LONGEST_TURN: Final = 0.02  # seconds; to prepare a call or to shape its answer takes a few milliseconds


class Turns:
    """Which call works and which wait: those of one caller first come first served, the callers in rotation."""

    def __init__(self, longest: float = LONGEST_TURN) -> None:
        self._longest = longest
        self._holder: Turn | None = None
        self._waiting: OrderedDict[Hashable, deque[Turn]] = OrderedDict()

    async def take(self, turn: Turn) -> None:
        """Wait until the call may work."""
        if self._holder is turn:
            return
        if self._holder is None:
            self._give(turn)
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not turn.waiting:
            self._waiting.setdefault(turn.caller, deque()).append(turn)
        turn.waiting.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if not called.cancelled():  # it was called a moment before
                self.leave(turn)
            raise

    def leave(self, turn: Turn) -> None:
        """Let the next call work, unless the turn was lost before."""
        if self._holder is turn:
            if turn.timer:
                turn.timer.cancel()
            self._holder = None
            self._call_next()

    def _give(self, turn: Turn) -> None:
        self._holder = turn
        turn.timer = asyncio.get_running_loop().call_later(self._longest, self.leave, turn)

    def _call_next(self) -> None:
        while self._waiting and self._holder is None:
            caller, calls = self._waiting.popitem(last=False)
            turn = calls.popleft()
            if calls:
                self._waiting[caller] = calls  # behind the other callers
            called, turn.waiting = [one for one in turn.waiting if not one.done()], []
            if called:
                self._give(turn)
            for one in called:
                one.set_result(None)


@dataclass(slots=True, eq=False)
class Turn:
    """The turn of one request, which it takes and leaves as often as it waits for Akamai; all its calls have the same."""

    turns: Turns
    caller: Hashable
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None


_turn: ContextVar[Turn | None] = ContextVar("turn", default=None)


@asynccontextmanager
async def in_turn(turns: Turns, caller: Hashable) -> AsyncIterator[None]:
    """Do the work of a call in its turn."""
    turn = Turn(turns, caller)
    await turns.take(turn)
    token = _turn.set(turn)
    try:
        yield
    finally:
        _turn.reset(token)
        turns.leave(turn)


@asynccontextmanager
async def out_of_turn() -> AsyncIterator[None]:
    """Let other calls work while this one waits for Akamai, and take its turn again when the response has come."""
    turn = _turn.get()
    if turn:
        turn.turns.leave(turn)
    yield
    if turn:
        await turn.turns.take(turn)
