"""Record how long a call spends in each layer, and the events there, in its call record.

Loaded only if logs, metrics or traces are on.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters, Event
from akamai_mcp.pipeline.record import Layer, Visit, current_record, here


class NotingCounters(Counters):
    """Counters that also record each event in the call's record."""

    def add(self, event: Event, amount: int = 1) -> None:
        """Count an event, and record it in the current call."""
        super().add(event, amount)
        if record := current_record():
            record.events[event] += amount


class Timed:
    """Records each visit to a layer in the call's record."""

    def __init__(self, layer: Layer, inner: Handler, clock: Callable[[], float] = time.monotonic) -> None:
        self._layer = layer
        self._inner = inner
        self._clock = clock

    async def __call__(self, call: Call) -> Response:
        """Pass the call on, and record the visit."""
        current = here.get()
        if current is None:
            return await self._inner(call)
        record, outer = current
        visit = Visit(layer=self._layer, outer=outer, began=self._clock())
        record.visits.append(visit)
        # A context variable, so that visits inside this one find it as their outer visit, in other tasks too.
        token = here.set((record, visit))
        try:
            response = await self._inner(call)
            visit.answered(response)
            return response
        finally:
            here.reset(token)
            visit.end(self._clock())
