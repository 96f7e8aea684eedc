"""The journal of attempts in progress, next to the audit file: an attempt that a crash interrupts still gets its line.

Each process has its own journal and holds a lock on it while it lives, so an unlocked journal belongs to a process that ended.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from akamai_mcp.audit.file import AuditFile, append_whole, beside, open_plain, opened, try_lock


class Journal:
    """The attempts of this process that have no audit line yet, each with the line to write if the process crashes."""

    def __init__(self, file: AuditFile) -> None:
        self._file = file
        self._open: set[str] = set()
        self._kept: tuple[int, Path] | None = None  # the descriptor and where it is

    def begin(self, identifier: str, line: bytes) -> None:
        """Store the crash line of an attempt; it is on disk when this returns. Raises OSError."""
        if self._kept is None:
            self._kept = self._create()
        append_whole(self._kept[0], line)
        self._open.add(identifier)

    def end(self, identifier: str) -> None:
        """Remove an attempt that has its audit line."""
        # A failed removal does no harm, since recovery skips attempts that have a line.
        if self._kept is None or identifier not in self._open:
            return
        handle, _ = self._kept
        self._open.discard(identifier)
        with suppress(OSError):
            if self._open:
                os.write(handle, json.dumps({"ended": identifier}).encode() + b"\n")
            else:
                os.ftruncate(handle, 0)

    def close(self) -> None:
        """Close the journal, and delete it if no attempt is open."""
        if self._kept is None:
            return
        handle, path = self._kept
        if not self._open:
            path.unlink(missing_ok=True)
        os.close(handle)
        self._kept = None

    def _create(self) -> tuple[int, Path]:
        path = beside(self._file.path, f".open-{os.getpid()}-{os.urandom(6).hex()}")
        with self._file.locked():  # or another process could see it unlocked and recover it
            handle = open_plain(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL)
            try_lock(handle)
        return handle, path


def recover(file: AuditFile) -> int:
    """Write the lines of attempts that ended processes left open; return their number. Raises OSError."""
    count = 0
    with file.locked():
        for path in _journals(file.path):
            with suppress(FileNotFoundError, PermissionError), opened(path, os.O_RDWR) as handle:
                if try_lock(handle):
                    lines = _without_line(file, left_open(path.read_bytes()))
                    if lines:
                        file.append_locked(lines)
                    path.unlink()
                    count += len(lines)
    return count


def _journals(path: Path) -> list[Path]:
    return sorted(found for found in path.parent.iterdir() if found.name.startswith(f"{path.name}.open-"))


def left_open(journal: bytes) -> dict[str, bytes]:
    """The lines of attempts that began and did not end, by identifier."""
    waiting: dict[str, bytes] = {}
    for line in journal.splitlines(keepends=True):
        with suppress(ValueError):
            entry = json.loads(line)
            waiting.pop(entry.get("ended", ""), None)
            # A line without a line feed was never synced, so its attempt was never sent.
            if line.endswith(b"\n") and "id" in entry:
                waiting[entry["id"]] = line
    return waiting


def _without_line(file: AuditFile, waiting: dict[str, bytes]) -> list[bytes]:
    """The lines of those attempts that have no line in any part of the audit file."""
    written = [part.read_bytes() for part in file.parts()] if waiting else []
    return [line for identifier, line in waiting.items() if not any(f'"id":"{identifier}"'.encode() in part for part in written)]
