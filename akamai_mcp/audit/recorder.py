"""Write what happened to attempts, in the order it is told: journal first, line afterwards, nothing lost that can be kept."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Final

from akamai_mcp.audit.file import AuditFile
from akamai_mcp.audit.journal import Journal, recover
from akamai_mcp.audit.line import CUT_SHORT, Attempt, Outcome, Stamp, compose_line

MAX_WAITING: Final = 10_000


class Recorder:
    """The audit file of this process; blocking, and made for one thread. Lines that cannot be written wait for the next time."""

    def __init__(self, file: AuditFile) -> None:
        self._file = file
        self._journal = Journal(file)
        self._key: bytes | None = None
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=MAX_WAITING)

    def start(self) -> int:
        """Find out whether the file can be written, and give a line to what a crash cut short; how many. Raises OSError."""
        self._file.check()
        return recover(self._file)

    def begin(self, stamp: Stamp, attempt: Attempt) -> None:
        """Make sure that the attempt will have a line, whatever happens. Raises OSError where that is not so."""
        self._flush()
        self._file.check()
        cut_short = Outcome(decision="unknown", reason=CUT_SHORT)
        self._journal.begin(stamp.identifier, compose_line(stamp, attempt, cut_short, self._load_key()))

    def end(self, stamp: Stamp, attempt: Attempt, outcome: Outcome) -> None:
        """Write the attempt's line. Raises OSError; the line then waits."""
        with suppress(OSError):  # without its key the line has no digest, which is better than no line
            self._load_key()
        self._waiting.append((stamp.identifier, compose_line(stamp, attempt, outcome, self._key)))
        self._flush()

    def close(self) -> None:
        """Let go of the journal."""
        self._journal.close()

    def _flush(self) -> None:
        if self._waiting:
            self._file.append([line for _, line in self._waiting])
            while self._waiting:
                self._journal.end(self._waiting.popleft()[0])

    def _load_key(self) -> bytes:
        if self._key is None:
            self._key = self._file.load_key()
        return self._key
