"""How long a call spends in each layer, and what happens to it there, noted in its record.

Loaded only where somebody listens: a server without listeners passes calls on without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters, Event
from akamai_mcp.pipeline.record import Layer, Visit, current_record, here


class NotingCounters(Counters):
    """Counters that note each event in the record of its call too."""

    def add(self, event: Event, amount: int = 1) -> None:
        """Count an event."""
        super().add(event, amount)
        if record := current_record():
            record.events[event] += amount


class Timed:
    """Notes each passage through a layer in the record of its call."""

    def __init__(self, layer: Layer, inner: Handler, clock: Callable[[], float] = time.monotonic) -> None:
        self._layer = layer
        self._inner = inner
        self._clock = clock

    async def __call__(self, call: Call) -> Response:
        """Pass the call on."""
        place = here.get()
        if place is None:
            return await self._inner(call)
        record, outer = place
        visit = Visit(layer=self._layer, outer=outer, began=self._clock())
        record.visits.append(visit)
        # What runs inside, in another task too, takes this visit for its outer one.
        token = here.set((record, visit))
        try:
            response = await self._inner(call)
            visit.answered(response)
            return response
        finally:
            here.reset(token)
            visit.end(self._clock())
