"""Run long work beside the event loop, one piece at a time, so that other callers are answered while it lasts."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

LARGE: Final = 256 * 1024  # bytes; below it the work takes a few milliseconds, and a thread would cost more than it saves
LARGER: Final = LARGE + 1  # bytes; what nobody has measured counts as this large

T = TypeVar("T")


class OffLoop:
    """Runs work on large values in a thread.

    The work has limits of its own, so nothing has to kill it, as a pool of processes could at the price of a copy of every
    answer. One piece at a time bounds the memory of all calls together.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def run(self, work: Callable[[], T], *, size: int) -> T:
        """Run the work: at once if its value is at most LARGE bytes as JSON, else in a thread."""
        if size <= LARGE:
            return work()
        async with self._turn:
            return await asyncio.to_thread(partial(_holding_nothing, work))


def _holding_nothing(work: Callable[[], T]) -> T:
    """Do the work; its error holds none of the values, because what handles errors may refer to one long after the call."""
    try:
        return work()
    except Exception as failed:
        error: BaseException | None = failed
        while error:
            traceback.clear_frames(error.__traceback__)
            error = error.__cause__ or error.__context__
        raise
