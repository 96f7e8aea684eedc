"""Reads the audit trail from a position, across its rotated parts. The position is kept beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from akamai_mcp.audit.file import PRIVATE, AuditFile, beside, open_plain, try_lock

BATCH: Final = 256 * 1024  # bytes; no line is nearly so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where reading goes on: a file by its inode, which a rotation keeps, and the bytes of it that are done."""

    inode: int
    offset: int


Lines = Sequence[tuple[bytes, Position]]


class Trail:
    """The trail as one server reads it; the others on this machine wait for its lock. Blocking."""

    def __init__(self, file: AuditFile) -> None:
        self._file = file
        self._kept = beside(file.path, ".events")
        self._lock: int | None = None

    def take(self) -> bool:
        """Try to become the reader. Raises OSError."""
        handle = open_plain(beside(self._file.path, ".events.lock"), os.O_RDWR | os.O_CREAT)
        if try_lock(handle):
            self._lock = handle
            return True
        os.close(handle)
        return False

    def release(self) -> None:
        """Let another server read."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def begin(self) -> Position:
        """The kept position, or the end of the trail where none is kept: what happened before is no news."""
        with suppress(OSError, ValueError, TypeError):
            return Position(**json.loads(self._kept.read_bytes()))
        with self._file.locked():
            with suppress(FileNotFoundError):
                facts = self._file.path.stat()
                return Position(inode=facts.st_ino, offset=facts.st_size)
        return Position(inode=0, offset=0)

    def keep(self, position: Position) -> None:
        """Keep a position. Raises OSError."""
        draft = beside(self._kept, ".new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(asdict(position), file)
        draft.replace(self._kept)

    def read(self, position: Position) -> Lines:
        """The next whole lines after a position, each with the position after it; none at the end. Raises OSError."""
        with self._file.locked():  # or the trail could rotate between two of its parts
            parts = [(path.stat().st_ino, path) for path in reversed(self._file.parts())]
            known = next((index for index, (inode, _) in enumerate(parts) if inode == position.inode), None)
            for index, (inode, path) in enumerate(parts[known or 0 :]):
                start = position.offset if known is not None and index == 0 else 0
                if found := _lines(path, inode, start):
                    return found
        return ()


def _lines(path: Path, inode: int, start: int) -> Lines:
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(BATCH)
    found: list[tuple[bytes, Position]] = []
    for line in data[: data.rfind(b"\n") + 1].splitlines(keepends=True):
        start += len(line)
        found.append((line, Position(inode=inode, offset=start)))
    return found
