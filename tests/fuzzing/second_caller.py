"""The oracle of heavy work: a second caller that takes turns on the event loop, and the memory of the process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from akamai_mcp.errors import AkamaiMcpError

MOST_WAIT: Final = 1.0  # seconds of processor time, which other programs on the machine do not change
TURN: Final = 0.005  # seconds
MOST_GROWTH: Final = 170 * 1024  # KiB: 300 MiB less the 130 of a server at work

Work = Callable[[], object]


@dataclass(slots=True)
class SecondCaller:
    """Takes a turn on the event loop every few milliseconds, and knows how long it had to wait since it was last asked."""

    waited: float = 0.0
    longest: float = 0.0
    _last: float = field(default_factory=time.process_time)

    async def live(self) -> None:
        """Take turns until cancelled."""
        while True:
            self.turn()
            await asyncio.sleep(TURN)

    def turn(self) -> None:
        """Take one turn."""
        now = time.process_time()
        self.waited = max(self.waited, now - self._last)
        self.longest = max(self.longest, self.waited)
        self._last = now

    def asked(self) -> float:
        """The longest wait since the last question, in seconds."""
        self.turn()
        waited, self.waited = self.waited, 0.0
        return waited


def memory() -> tuple[int, int]:
    """The memory of this process now and at most since `forget_peak`, in KiB; Linux only, elsewhere 0."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0, 0
    found = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(found["VmRSS"].split()[0]), int(found["VmHWM"].split()[0])


def forget_peak() -> None:
    """Let the peak begin again at what the process has now."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


async def find_fault(work: Work, caller: SecondCaller, *, on_loop: bool = False) -> tuple[str, str]:
    """How the work ended, and what is wrong with that; nothing if it is right."""
    caller.asked()
    forget_peak()
    before, _ = memory()
    ended, fault = "value", ""
    try:
        await asyncio.to_thread(work) if not on_loop else work()
    except AkamaiMcpError:
        ended = "refused"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        fault = f"{type(error).__name__}: {error}"[:200]
    if (waited := caller.asked()) > MOST_WAIT:
        fault = f"the second caller waited for {waited:.1f} s"
    if (grown := memory()[1] - before) > MOST_GROWTH:
        fault = fault or f"the process grew by {grown // 1024} MiB"
    return ended, fault
