"""Standard input that ends gently: at its end, or at SIGTERM, calls under way may finish before the server goes.

The SDK cancels what is under way as soon as its input ends. So the input's end is held back, in the thread that reads
it, until nothing is in flight or the time for it is over.
"""

from __future__ import annotations

import io
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, Final

DRAIN_SECONDS: Final = 10.0
SETTLE_SECONDS: Final = 0.05
POLL_SECONDS: Final = 0.02


class DrainingInput(io.RawIOBase):
    """A descriptor whose end of file is only told once `in_flight` is zero, or after `limit` seconds."""

    def __init__(self, descriptor: int, stop: int, in_flight: Callable[[], int], limit: float = DRAIN_SECONDS) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._stop = stop
        self._in_flight = in_flight
        self._limit = limit

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what there is; at the end, or when told to stop, wait for the calls under way and return 0."""
        ready, _, _ = select.select([self._descriptor, self._stop], [], [])
        data = b"" if self._stop in ready else os.read(self._descriptor, len(buffer))
        if not data:
            self._drain()
        buffer[: len(data)] = data
        return len(data)

    def _drain(self) -> None:
        until = time.monotonic() + self._limit
        time.sleep(SETTLE_SECONDS)  # what was read last may not have begun yet
        while self._in_flight() and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        time.sleep(SETTLE_SECONDS)  # and its answer not been written


def drain_at_end(in_flight: Callable[[], int]) -> None:
    """Put a draining input in the place of standard input, and let SIGTERM end it. Does nothing on Windows."""
    if sys.platform == "win32":
        return
    stop, wake = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(wake, b"\0"))
    descriptor = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)  # children and stray reads get nothing of the protocol
    os.close(nothing)
    sys.stdin = io.TextIOWrapper(io.BufferedReader(DrainingInput(descriptor, stop, in_flight), 65536), encoding="utf-8")
