"""Event counts since the start; every layer adds to them."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal, get_args

Event = Literal[
    "calls",
    "upstream",
    "failures",
    "cacheHits",
    "cacheMisses",
    "cacheRevalidated",
    "cacheStored",
    "invalidations",
    "coalesced",
    "retries",
    "clockCorrections",
    "limiterWaits",
    "limiterRefusals",
    "breakerOpened",
    "breakerRefusals",
    "sharedHits",
    "sharedMisses",
    "sharedStored",
    "sharedFollowed",
    "sharedLost",
    "sharedSkipped",
]
EVENTS: Final[tuple[Event, ...]] = get_args(Event)


class Counters:
    """The number of times that each event occurred."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, event: Event, amount: int = 1) -> None:
        """Count an event."""
        self._counts[event] += amount

    def __getitem__(self, event: Event) -> int:
        return self._counts[event]

    def as_dict(self) -> dict[str, int]:
        """The count of every event, zeros included."""
        return {event: self._counts[event] for event in EVENTS}
