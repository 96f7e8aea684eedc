"""How many large response bodies are in memory at a time: a call keeps its place until its answer is made.

Without it, as many bodies of the largest size could be held as there are connections. Smaller bodies never wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

LARGE_BODY_BYTES: Final = 1024 * 1024
MAX_LARGE_BODIES: Final = 4  # of AKAMAI_MCP_MAX_RESPONSE_BYTES each


@dataclass(slots=True)
class Place:
    """The place of one call among those with a large body; a call that reads several has one.

    `over` once the call has ended, though a request that it began may go on for others who asked for the same.
    """

    taken: asyncio.Semaphore | None = None
    over: bool = False

    async def take(self, places: asyncio.Semaphore) -> None:
        """Wait for a place, unless the call has one."""
        if self.taken is None:
            await places.acquire()
            self.taken = places

    def leave(self) -> None:
        """Give the place to the next call."""
        if self.taken is not None:
            self.taken.release()
            self.taken = None


_place: ContextVar[Place | None] = ContextVar("large_body_place", default=None)


@contextmanager
def keeping_place() -> Iterator[None]:
    """Keep the place of a call's large body until the end of this context, where its answer is made."""
    place = Place()
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)
        place.over = True
        place.leave()


@asynccontextmanager
async def receiving() -> AsyncIterator[Place]:
    """The place of the current call; outside of one, or once it is over, for the time of receiving alone."""
    place = _place.get() or Place(over=True)
    try:
        yield place
    finally:
        if place.over:
            place.leave()
