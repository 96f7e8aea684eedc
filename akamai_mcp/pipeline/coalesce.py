"""Identical safe calls of one customer that run at the same time are one request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from akamai_mcp.pipeline.cache import cache_key
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.versions import Versions


@dataclass(slots=True)
class _Flight:
    """A request under way and how many wait for it."""

    key: Any
    task: asyncio.Task[Response]
    waiting: int = 0


class Coalesce:
    """One request serves all who ask for the same; it is cancelled only when the last of them is.

    The path's version is part of what makes two calls the same, so a read that begins after a write never gets the
    answer of one that began before it.
    """

    def __init__(self, inner: Handler, versions: Versions, counters: Counters) -> None:
        self._inner = inner
        self._versions = versions
        self._counters = counters
        self._flights: dict[Any, _Flight] = {}

    async def __call__(self, call: Call) -> Response:
        """Join the identical call under way, or begin one."""
        if not call.is_safe or call.cache == "off":
            return await self._inner(call)
        key = (cache_key(call), self._versions.version(call.identity, call.path))
        flight = self._flights.get(key)
        if flight is None:
            flight = self._begin(key, call)
        else:
            self._counters.add("coalesced")
        return await self._wait(flight)

    def _begin(self, key: Any, call: Call) -> _Flight:
        flight = _Flight(key, asyncio.ensure_future(self._run(call)))
        self._flights[key] = flight
        flight.task.add_done_callback(lambda task: self._end(flight, task))
        return flight

    async def _run(self, call: Call) -> Response:
        return await self._inner(call)

    def _end(self, flight: _Flight, task: asyncio.Task[Response]) -> None:
        # An answer can still be joined until those who waited have it, and so until it is in the cache.
        if task.cancelled() or task.exception() is not None:
            self._leave(flight)

    async def _wait(self, flight: _Flight) -> Response:
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0:
                self._leave(flight)
                flight.task.cancel()  # does nothing to one that is done

    def _leave(self, flight: _Flight) -> None:
        if self._flights.get(flight.key) is flight:
            del self._flights[flight.key]
