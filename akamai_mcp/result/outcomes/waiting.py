"""Poll with growing pauses until work has ended or time is up.

A failed poll says nothing about the work: while time is left, polling goes on after a failure that may be over at the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from akamai_mcp.catalogue.outcomes.progress import State
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.outcomes.progress import Progress, Watch, read_progress

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 15.0
PAUSE_AFTER_AN_HOUR: Final = 60.0
HOUR: Final = 3600.0
GROWTH: Final = 1.5
UNDER_WAY: Final[frozenset[State]] = frozenset({"pending", "unknown"})
# What has just been created may not be visible everywhere; later a 404 is an answer.
SOON_SECONDS: Final = 60.0

# `read` shows the state, `again` may be over at the next poll, `absent` is a 404 or 410, `refused` will not change.
Seen = Literal["read", "again", "absent", "refused"]
Report = Callable[[float, float | None, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One look at the outcome: the answer, and what it is worth."""

    answer: Answer
    seen: Seen


Ask = Callable[[], Awaitable[Poll]]


async def no_report(done: float, total: float | None, message: str) -> None:
    """A callback for callers that do not report progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How far waiting is: what is known of the work, the seconds and looks so far, and the seconds until the next look.

    `growing` is the pause where an answer asks for none. `is_over` is true if further looks would show nothing new.
    """

    progress: Progress
    pause: float
    growing: float
    seconds: float = 0.0
    asked: int = 0
    is_over: bool = False

    def goes_on(self, limit: float) -> bool:
        """True if another look is worth it, and is within `limit` seconds of the beginning."""
        return not self.is_over and self.progress.state in UNDER_WAY and self.seconds + self.pause <= limit

    def after(self, poll: Poll, watch: Watch, seconds: float) -> Pace:
        """The pace after a look, which was `seconds` after the beginning."""
        growing = min(_longest(seconds), self.growing * GROWTH)
        return replace(
            self,
            progress=_judge(poll, watch, self.progress),
            pause=poll.answer.pause or growing,
            growing=growing,
            seconds=seconds,
            asked=self.asked + 1,
            is_over=_is_last(poll, watch, seconds),
        )


def begin_waiting(first_pause: float | None, begin: Progress | None = None) -> Pace:
    """The pace before the first look; `begin` is the state that is known, the first pause what the call's answer asks for."""
    pause = first_pause or FIRST_PAUSE
    return Pace(progress=begin or Progress(state="pending"), pause=pause, growing=pause)


def _longest(seconds: float) -> float:
    # Work that takes hours need not be looked at four times a minute.
    return min(PAUSE_AFTER_AN_HOUR, max(LONGEST_PAUSE, PAUSE_AFTER_AN_HOUR * seconds / HOUR))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """How waiting ended, and the last look."""

    pace: Pace
    last: Poll | None

    @property
    def progress(self) -> Progress:
        """What is known of the work."""
        return self.pace.progress

    @property
    def state(self) -> State:
        """The state of the work."""
        return self.progress.state

    @property
    def failed(self) -> bool:
        """True if the work failed; that its outcome could not be read is no failure of the work."""
        return self.state == "failed"

    def as_json(self) -> dict[str, Any]:
        """The outcome as the agent sees it."""
        return to_outcome(self.pace) | ({"answer": self.last.answer.content} if self.last else {})


def to_outcome(pace: Pace) -> dict[str, Any]:
    """The state of the work as the agent sees it."""
    facts: dict[str, Any] = {"state": pace.progress.state}
    if pace.progress.word:
        facts["status"] = pace.progress.word
    if pace.progress.wanted:
        facts["wanted"] = list(pace.progress.wanted)
    return facts | {"seconds": round(pace.seconds), "asked": pace.asked}


async def wait_for_outcome(
    ask: Ask,
    watch: Watch,
    pace: Pace,
    *,
    limit: float,
    report: Report = no_report,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Waited:
    """Look again and again until the work has ended or `limit` seconds are over."""
    begun = clock()
    waited = Waited(pace=pace, last=None)
    while waited.pace.goes_on(limit):
        await sleep(waited.pace.pause)
        poll = await ask()
        seconds = clock() - begun
        waited = Waited(pace=waited.pace.after(poll, watch, seconds), last=poll)
        await report(seconds, limit, waited.progress.word or f"asked {waited.pace.asked} times")
    return waited


def _is_last(poll: Poll, watch: Watch, seconds: float) -> bool:
    """True if further polls would show nothing new."""
    if poll.seen == "absent":
        return seconds > SOON_SECONDS
    return poll.seen == "refused" or (poll.seen == "read" and watch.shows_nothing)


def _judge(poll: Poll, watch: Watch, before: Progress) -> Progress:
    """Return the state after a poll: what it shows, else what was known before it."""
    if poll.seen == "read":
        return read_progress(poll.answer.content.get("body"), watch)
    # What was to be removed is gone.
    return Progress(state="done", word="gone") if poll.seen == "absent" and watch.removes else before
