"""Quotas of each caller: calls per minute, changes per hour, concurrent calls. A refusal says when to try again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from akamai_mcp.errors import QuotaExceeded

MINUTE: Final = 60.0
HOUR: Final = 3600.0
SOON: Final = 1.0  # seconds; nobody knows when a slot becomes free, so a client is told to try soon


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaPolicy:
    """The limits of each caller; 0 means unlimited."""

    calls_a_minute: int = 0
    changes_an_hour: int = 0
    at_once: int = 0


class Window:
    """A sliding window of some seconds: the times of the newest events, as many as may be in it at once."""

    def __init__(self, seconds: float, bound: int) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque(maxlen=bound)

    def wait(self, bound: int, now: float) -> float:
        """Seconds until one more event is within a bound, which is the window's own or less; 0 if it already is."""
        return max(0.0, self._times[-bound] + self._seconds - now) if len(self._times) >= bound else 0.0

    def add(self, now: float) -> None:
        """Record an event."""
        self._times.append(now)


class Quotas:
    """Counts the calls of each caller in this process, and refuses those over quota."""

    def __init__(self, policy: QuotaPolicy | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy or QuotaPolicy()
        self._clock = clock
        self._windows: dict[tuple[str, float], Window] = {}
        self._under_way: dict[str, int] = {}

    @property
    def under_way(self) -> int:
        """The number of calls in progress, of all callers."""
        return sum(self._under_way.values())

    def require(self, caller: str, *, changes: bool) -> None:
        """Check that one more call is within quota, without counting it. Raises QuotaExceeded."""
        now = self._clock()
        for bound, seconds, text in self._bounds(changes=changes):
            if wait := self._window(caller, seconds, bound).wait(bound, now):
                raise QuotaExceeded(caller, f"{bound} {text}", retry_after=wait)

    def note(self, caller: str, *, changes: bool) -> None:
        """Count an authorized call."""
        for bound, seconds, _ in self._bounds(changes=changes):
            self._window(caller, seconds, bound).add(self._clock())

    def wait_for_share(self, caller: str, share: float) -> float:
        """Seconds until one more call leaves a caller at least a share of the calls a minute; 0 if it does now."""
        bound = self._policy.calls_a_minute
        taken = int(bound * (1 - share))
        return self._window(caller, MINUTE, bound).wait(max(1, taken), self._clock()) if bound else 0.0

    @contextmanager
    def slot(self, caller: str) -> Iterator[None]:
        """Hold a slot for one call. Raises QuotaExceeded if too many are in progress."""
        count = self._under_way.get(caller, 0)
        if self._policy.at_once and count >= self._policy.at_once:
            raise QuotaExceeded(caller, f"{self._policy.at_once} concurrent calls", retry_after=SOON)
        self._under_way[caller] = count + 1
        try:
            yield
        finally:
            self._under_way[caller] -= 1
            if not self._under_way[caller]:
                del self._under_way[caller]

    def _bounds(self, *, changes: bool) -> list[tuple[int, float, str]]:
        calls = (self._policy.calls_a_minute, MINUTE, "calls per minute")
        writes = (self._policy.changes_an_hour if changes else 0, HOUR, "changes per hour")
        return [bound for bound in (calls, writes) if bound[0]]

    def _window(self, caller: str, seconds: float, bound: int) -> Window:
        return self._windows.setdefault((caller, seconds), Window(seconds, bound))
