"""Takes answers from calls and compares them beside these, in a thread of its own. It never fails or delays a call."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Literal

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.contract.difference import Answered, Difference
from akamai_mcp.contract.drift_file import DriftFile
from akamai_mcp.contract.waiting import Waiting
from akamai_mcp.logs import get_logger
from akamai_mcp.openapi.model import Operation
from akamai_mcp.pipeline.call import Response

EVERY: Final = 20  # of an operation's answers one is compared where they are sampled, the first one always
PATIENCE: Final = 5.0  # seconds to compare what waits at the end
PAUSE: Final = 0.25  # seconds before a batch of answers is compared
BREATH: Final = 0.001  # seconds at least between two, in which the event loop gets the interpreter lock


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """Which answers are compared, and the file for what is found."""

    mode: Literal["sample", "all"]
    file: Path


class AnswerChecker:
    """Compares answers; those too large, and those that come faster than they are compared, are passed over and counted."""

    def __init__(self, policy: CheckPolicy) -> None:
        self._every = 1 if policy.mode == "all" else EVERY
        self._file = DriftFile(policy.file)
        self._waiting = Waiting()
        self._seen: Counter[str] = Counter()
        self._work: asyncio.Task[None] | None = None
        self._comparing = Lock()
        self._ends = math.inf  # of the monotonic clock: when nothing more is compared
        self._passed_over = 0
        self._recorded = 0  # of those passed over

    def offer(self, operation: Operation, entry: Entry, response: Response) -> None:
        """Take an answer that came from Akamai just now, if it is to be compared."""
        if not is_comparable(operation, entry, response) or not self._is_due(entry.key):
            return
        kind = response.header("content-type") or ""
        answered = Answered(operation, entry.key, response.status, kind, response.content)
        if response.file is not None or not self._waiting.put(answered):
            self._passed_over += 1
        elif self._work is None or self._work.done():
            self._work = asyncio.create_task(self._compare_later())

    async def aclose(self) -> None:
        """Compare what still waits, for a while; what is left then is passed over."""
        self._ends = time.monotonic() + PATIENCE
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work
        await asyncio.to_thread(self._compare_all)

    def _is_due(self, key: str) -> bool:
        self._seen[key] += 1
        return (self._seen[key] - 1) % self._every == 0

    async def _compare_later(self) -> None:
        # A thread that is woken by each answer takes the interpreter lock from the loop at once: 0.7 ms a call.
        await asyncio.sleep(PAUSE)
        await asyncio.to_thread(self._compare_all)

    def _compare_all(self) -> None:
        # A cancelled wait leaves its thread at work, and that of the end begins beside it.
        with self._comparing:
            found: Counter[Difference] = Counter()
            compared = 0
            while (began := time.monotonic()) < self._ends and (answered := self._waiting.take()):
                found.update(compare(answered))
                compared += 1
                # Half of the time at least belongs to the calls; at the end there are none.
                time.sleep(max(BREATH, time.monotonic() - began) if self._ends == math.inf else 0.0)
            left = 0 if self._ends == math.inf else len(self._waiting)
            passed_over = self._passed_over + left - self._recorded
            if compared or passed_over:
                self._save(found, compared, passed_over)

    def _save(self, found: Counter[Difference], compared: int, passed_over: int) -> None:
        self._recorded += passed_over
        try:
            self._file.add(found, compared=compared, passed_over=passed_over)
        except OSError as error:
            get_logger().warning("differences not written", file=str(self._file.path), error=type(error).__name__)


def is_comparable(operation: Operation, entry: Entry, response: Response) -> bool:
    """Whether a document says what a response has to be, and the response came just now."""
    return response.is_success and response.age is None and not entry.source and operation.method != "HEAD"


def compare(answered: Answered) -> tuple[Difference, ...]:
    """The differences of an answer; where the comparison itself fails, that is logged and nothing is found."""
    from akamai_mcp.contract.comparison import find_differences  # 300 ms at the first answer, in the thread: openapi-core

    try:
        return find_differences(answered)
    except Exception as error:  # noqa: BLE001 - an odd document must not end the thread
        get_logger().warning("answer not compared", operation=answered.key, error=type(error).__name__)
        return ()
