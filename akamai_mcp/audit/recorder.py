"""The recorder writes attempts to disk in order: first to the journal, then to the audit file."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Final

from akamai_mcp.audit.file import AuditFile
from akamai_mcp.audit.journal import Journal, recover
from akamai_mcp.audit.line import INTERRUPTED, Attempt, AttemptResult, Stamp, compose_line

MAX_WAITING: Final = 10_000  # lines in memory while the disk is full; the oldest are dropped first


class Recorder:
    """Writes the audit file for this process. Blocking, for one thread. A failed line waits for the next write."""

    def __init__(self, file: AuditFile) -> None:
        self._file = file
        self._journal = Journal(file)
        self._key: bytes | None = None
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=MAX_WAITING)

    def start(self) -> int:
        """Check the file and write the lines of interrupted attempts; return their number. Raises OSError."""
        self._file.check()
        return recover(self._file)

    def begin(self, stamp: Stamp, attempt: Attempt) -> None:
        """Make sure that the attempt gets a line even after a crash. Raises OSError if that cannot be ensured."""
        self._flush()
        self._file.check()
        interrupted = AttemptResult(decision="unknown", reason=INTERRUPTED)
        self._journal.begin(stamp.identifier, compose_line(stamp, attempt, interrupted, self._load_key()))

    def end(self, stamp: Stamp, attempt: Attempt, result: AttemptResult) -> None:
        """Write the attempt's line. Raises OSError, and the line waits for the next write."""
        with suppress(OSError):  # a line without a digest is better than no line
            self._load_key()
        self._waiting.append((stamp.identifier, compose_line(stamp, attempt, result, self._key)))
        self._flush()

    def close(self) -> None:
        """Close the journal."""
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
