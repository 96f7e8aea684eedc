"""The signing clock: this machine's time, corrected for a host whose response shows that it is wrong.

EdgeGrid rejects a timestamp that is more than 30 seconds off. The Date header of that response (RFC 9110 section 6.6.1) shows
by how much.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

from akamai_mcp.logs import get_logger

MAX_SKEW: Final = 30.0  # seconds
REFUSALS: Final = frozenset({400, 401})


class SigningClock:
    """Seconds since the epoch, corrected for each host."""

    def __init__(self, clock: Callable[[], float] = time.time, on_correction: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._offsets: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._on_correction = on_correction

    def now(self, host: str) -> float:
        """Return the time to sign a request to a host with."""
        return self._clock() + self._offsets.get(host, 0.0)

    def seconds_off(self, host: str) -> float | None:
        """Seconds that this machine is ahead of a host's last Date header, negative if behind; None before the first one."""
        return self._seen.get(host)

    def learn(self, host: str, status: int, date: str | None) -> bool:
        """Compare the clock with a response; return True if it was corrected and the request should be signed again."""
        theirs = _seconds(date)
        if theirs is not None:
            self._seen[host] = self._clock() - theirs
        if status not in REFUSALS or theirs is None or abs(theirs - self.now(host)) <= MAX_SKEW:
            return False
        self._offsets[host] = theirs - self._clock()
        self._on_correction()
        get_logger().warning("clock is off", host=host, seconds=round(self._offsets[host]), advice="correct this machine's time")
        return True


def _seconds(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
