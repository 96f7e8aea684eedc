"""Poll with growing pauses until work has ended or time is up.

A failed poll says nothing about the work: while time is left, polling goes on after a failure that may be over at the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from akamai_mcp.catalogue.outcomes.progress import State
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.outcomes.progress import Progress, Watch, read_progress

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 15.0
GROWTH: Final = 1.5
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
class Waited:
    """How waiting ended: the state of the work, the time in seconds, the number of polls, the last poll."""

    progress: Progress
    seconds: float
    asked: int
    last: Poll | None

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
        facts: dict[str, Any] = {"state": self.state}
        if self.progress.word:
            facts["status"] = self.progress.word
        if self.progress.wanted:
            facts["wanted"] = list(self.progress.wanted)
        facts |= {"seconds": round(self.seconds), "asked": self.asked}
        return facts | ({"answer": self.last.answer.content} if self.last else {})


async def wait_for_outcome(
    ask: Ask,
    watch: Watch,
    *,
    first_pause: float | None,
    limit: float,
    begin: Progress | None = None,
    report: Report = no_report,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Waited:
    """Poll until the work has ended or `limit` seconds are over; a pause is what the last answer asks for, if it does.

    `begin` is the state that is known before the first poll.
    """
    begun = clock()
    growing = first_pause or FIRST_PAUSE
    pause = growing
    waited = Waited(progress=begin or Progress(state="pending"), seconds=0.0, asked=0, last=None)
    while waited.state in {"pending", "unknown"} and clock() - begun + pause <= limit:
        await sleep(pause)
        poll = await ask()
        seconds = clock() - begun
        waited = Waited(progress=_judge(poll, watch, waited.progress), seconds=seconds, asked=waited.asked + 1, last=poll)
        await report(seconds, limit, waited.progress.word or f"asked {waited.asked} times")
        if _is_last(poll, watch, seconds):
            return waited
        growing = min(LONGEST_PAUSE, growing * GROWTH)
        pause = poll.answer.pause or growing
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
