"""Poll a job with growing pauses until it has ended or time is up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from akamai_mcp.result.answer import Answer
from akamai_mcp.result.job import Progress, progress_of

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 15.0
GROWTH: Final = 1.5

Ask = Callable[[], Awaitable[Answer]]
Report = Callable[[float, float | None, str], Awaitable[None]]


async def no_report(done: float, total: float | None, message: str) -> None:
    """A callback for callers that do not report progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """How waiting ended: the job's state and status text, the time in seconds, the number of polls, the last answer."""

    state: Progress
    word: str
    seconds: float
    asked: int
    answer: Answer | None

    @property
    def failed(self) -> bool:
        """True if the job failed or the last poll did."""
        return self.state == "failed" or bool(self.answer and self.answer.is_error)

    def as_json(self) -> dict[str, Any]:
        """The job's status as the agent sees it."""
        facts: dict[str, Any] = {"state": self.state, "status": self.word, "seconds": round(self.seconds), "asked": self.asked}
        return facts | ({"answer": self.answer.content} if self.answer else {})


async def wait_for_outcome(
    ask: Ask,
    *,
    first_pause: float | None,
    limit: float,
    report: Report = no_report,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Waited:
    """Poll until the job has ended or `limit` seconds are over; a pause follows Retry-After if the last answer had one."""
    begun = clock()
    pause = first_pause or FIRST_PAUSE
    waited = Waited(state="pending", word="", seconds=0.0, asked=0, answer=None)
    while waited.state in {"pending", "unknown"} and clock() - begun + pause <= limit:
        await sleep(pause)
        answer = await ask()
        # A failed poll says nothing about the job, which may still be running.
        state, word = progress_of(None if answer.is_error else answer.content.get("body"))
        waited = Waited(state=state, word=word, seconds=clock() - begun, asked=waited.asked + 1, answer=answer)
        await report(waited.seconds, limit, word or f"asked {waited.asked} times")
        if answer.is_error:
            return waited
        pause = answer.pause or min(LONGEST_PAUSE, pause * GROWTH)
    return waited
