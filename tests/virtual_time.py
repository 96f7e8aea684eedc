"""An event loop whose time passes only while everything waits: minutes of waiting take milliseconds, in the same order each time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")
START = 1_700_000_000.0


class _Selector(selectors.SelectSelector):
    """Skips the time that the loop would wait for input that never comes."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select(0)
        self.skipped += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that starts at the time 0, when the day's clock says START."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.skipped

    def wall(self) -> float:
        """Seconds since the epoch."""
        return START + self.time()


def run(work: Coroutine[Any, Any, Result], loop: VirtualLoop) -> Result:
    """Run work to its end in virtual time."""
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
