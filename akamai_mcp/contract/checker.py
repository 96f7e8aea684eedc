"""Takes answers from calls and compares them beside these, in a thread of its own. It never fails or delays a call."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.contract.difference import Answered, Difference
from akamai_mcp.contract.drift_file import DriftFile
from akamai_mcp.logs import get_logger
from akamai_mcp.openapi.model import Operation
from akamai_mcp.pipeline.call import Response

EVERY: Final = 20  # of an operation's answers one is compared where they are sampled, the first one always
WAITING: Final = 200  # answers; further ones are passed over
LARGEST: Final = 1024 * 1024  # bytes of an answer, and sixteen times as many of all that wait
PATIENCE: Final = 5.0  # seconds to compare what waits at the end
PAUSE: Final = 0.25  # seconds before a batch of answers is compared
BREATH: Final = 0.001  # seconds between two, in which the event loop gets the interpreter lock


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """Which answers are compared, and the file for what is found."""

    mode: Literal["sample", "all"]
    file: Path


class AnswerChecker:
    """Compares answers; those that come faster than they are compared are passed over and counted."""

    def __init__(self, policy: CheckPolicy) -> None:
        self._every = 1 if policy.mode == "all" else EVERY
        self._file = DriftFile(policy.file)
        self._waiting: deque[Answered] = deque()
        self._bytes = 0
        self._seen: Counter[str] = Counter()
        self._work: asyncio.Task[None] | None = None
        self.passed_over = 0

    def offer(self, operation: Operation, entry: Entry, response: Response) -> None:
        """Take an answer that came from Akamai just now, if it is to be compared."""
        if not is_comparable(operation, entry, response) or not self._is_due(entry.key):
            return
        if len(self._waiting) >= WAITING or self._bytes + len(response.content) > 16 * LARGEST:
            self.passed_over += 1
            return
        self._bytes += len(response.content)
        kind = response.header("content-type") or ""
        self._waiting.append(Answered(operation, entry.key, response.status, kind, response.content))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._compare_later())

    async def aclose(self) -> None:
        """Compare what still waits, for a while."""
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await asyncio.to_thread(self._compare_all)

    def _is_due(self, key: str) -> bool:
        self._seen[key] += 1
        return (self._seen[key] - 1) % self._every == 0

    async def _compare_later(self) -> None:
        # A thread that is woken by each answer takes the interpreter lock from the loop at once: 0.7 ms a call.
        await asyncio.sleep(PAUSE)
        await asyncio.to_thread(self._compare_all)

    def _compare_all(self) -> None:
        if not self._waiting:
            return
        found: Counter[Difference] = Counter()
        while self._waiting:
            answered = self._waiting.popleft()
            self._bytes -= len(answered.content)
            found.update(compare(answered))
            time.sleep(BREATH)
        self._save(found)  # even of nothing: a file that is there says that answers were compared

    def _save(self, found: Counter[Difference]) -> None:
        try:
            self._file.add(found)
        except OSError as error:
            get_logger().warning("differences not written", file=str(self._file.path), error=type(error).__name__)


def is_comparable(operation: Operation, entry: Entry, response: Response) -> bool:
    """Whether a document says what a response has to be, and the response is here as a whole and anew."""
    is_whole = response.file is None and len(response.content) <= LARGEST
    return response.is_success and response.age is None and is_whole and not entry.source and operation.method != "HEAD"


def compare(answered: Answered) -> tuple[Difference, ...]:
    """The differences of an answer; where the comparison itself fails, that is logged and nothing is found."""
    from akamai_mcp.contract.comparison import find_differences  # 300 ms at the first answer, in the thread: openapi-core

    try:
        return find_differences(answered)
    except Exception as error:  # noqa: BLE001 - an odd document must not end the thread
        get_logger().warning("answer not compared", operation=answered.key, error=type(error).__name__)
        return ()
