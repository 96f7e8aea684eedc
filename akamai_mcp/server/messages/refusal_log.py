"""A log line for each refused message, at a bounded rate and without anything of the message."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from akamai_mcp.logs import get_logger
from akamai_mcp.server.messages.reading import Refusal

LINES_A_MINUTE: Final = 20
MINUTE: Final = 60.0  # seconds


@dataclass(slots=True)
class RefusalLog:
    """Logs refusals of one transport; beyond 20 a minute they are counted, and the next line says how many."""

    transport: str
    clock: Callable[[], float] = time.monotonic
    logger: Callable[[], Any] = get_logger
    _began: float = field(default=float("-inf"), init=False)
    _written: int = field(default=0, init=False)
    _left_out: int = field(default=0, init=False)

    def write(self, refusal: Refusal) -> None:
        """Log a refusal, unless there were too many within the minute."""
        if self.clock() - self._began >= MINUTE:
            self._began, self._written = self.clock(), 0
        if self._written >= LINES_A_MINUTE:
            self._left_out += 1
            return
        more = {"left_out": self._left_out} if self._left_out else {}
        self._written, self._left_out = self._written + 1, 0
        self.logger().warning("message refused", transport=self.transport, code=refusal.code, reason=refusal.reason, **more)
