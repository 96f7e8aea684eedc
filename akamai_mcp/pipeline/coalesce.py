"""Coalesce identical safe calls of one customer that run at the same time into one request."""

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
    """A running request and the number of calls that wait for it."""

    key: Any
    task: asyncio.Task[Response]
    waiting: int = 0


class Coalesce:
    """The layer that joins identical calls; their request is cancelled only when the last of them is.

    The path's version is part of a call's identity, so a read that starts after a write never gets the response
    of a read that started before it.
    """

    def __init__(self, inner: Handler, versions: Versions, counters: Counters) -> None:
        self._inner = inner
        self._versions = versions
        self._counters = counters
        self._flights: dict[Any, _Flight] = {}

    async def __call__(self, call: Call) -> Response:
        """Join the identical running request, or start one."""
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
        # A successful flight stays until its waiters have the response, so that it can be joined until it is cached.
        if task.cancelled() or task.exception() is not None:
            self._leave(flight)

    async def _wait(self, flight: _Flight) -> Response:
        flight.waiting += 1
        try:
            # A cancelled waiter must not cancel the request that others share.
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0:
                self._leave(flight)
                flight.task.cancel()  # no effect on a finished task

    def _leave(self, flight: _Flight) -> None:
        if self._flights.get(flight.key) is flight:
            del self._flights[flight.key]
