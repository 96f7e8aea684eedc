"""Reads the audit trail from a position, across its rotated parts. The position is kept beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from akamai_mcp.audit.file import AuditFile, append_whole, beside, open_plain, opened, try_lock
from akamai_mcp.logs import get_logger

CHUNK: Final = 256 * 1024  # bytes read at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where reading goes on: a file, and the bytes of it that are done.

    A rotation keeps a file's inode, but the number of a part that was dropped may be given to a new file: the digest of the
    first line tells them apart.
    """

    inode: int
    offset: int
    first_line: str = ""


START: Final = Position(inode=0, offset=0)  # before the oldest line
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

    def prepare(self) -> None:
        """Keep the end of the trail as the first position: what happened before is no news. Raises OSError."""
        with self._file.locked():  # or a line that is written meanwhile would be passed over
            if not self._kept.exists():
                self.keep(_end_of(self._file.path))

    def begin(self) -> Position:
        """The kept position; the oldest line if it is damaged, since an event may come twice but none may be lost."""
        with suppress(FileNotFoundError, ValueError, TypeError, KeyError):
            facts = json.loads(self._kept.read_bytes())
            return Position(inode=int(facts["inode"]), offset=max(0, int(facts["offset"])), first_line=str(facts["first_line"]))
        return START

    def keep(self, position: Position) -> None:
        """Keep a position, on disk when this returns. Raises OSError."""
        draft = beside(self._kept, ".new")
        with opened(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
            append_whole(file, json.dumps(asdict(position)).encode())
        draft.replace(self._kept)

    def waiting(self) -> int:
        """The bytes of the trail that are still to be sent. Raises OSError."""
        if not self._kept.exists():
            return 0
        position = self.begin()
        total = 0
        for path in self._file.parts():  # newest first
            size = path.stat().st_size
            if _is_of(position, path):
                return total + max(0, size - position.offset)
            total += size
        return total

    def read(self, position: Position) -> Lines:
        """The next whole lines after a position, each with the position after it; none at the end. Raises OSError."""
        with self._file.locked():  # or the trail could rotate between two of its parts
            parts = list(reversed(self._file.parts()))
            known = next((index for index, path in enumerate(parts) if _is_of(position, path)), None)
            if known is None and position != START:
                get_logger().warning("events lost: the audit trail was rotated away before they were delivered")
            for index, path in enumerate(parts[known or 0 :]):
                start = position.offset if known is not None and index == 0 else 0
                if found := _lines(path, start):
                    return found
        return ()


def _is_of(position: Position, path: Path) -> bool:
    """True if the position is in this file; where nothing of a file was read, it does not matter which one it was."""
    facts = path.stat()
    if facts.st_ino != position.inode or facts.st_size < position.offset:
        return False
    return not position.offset or _first_line(path) == position.first_line


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return sha256(file.readline()).hexdigest()[:32]


def _end_of(path: Path) -> Position:
    try:
        facts = path.stat()
        return Position(inode=facts.st_ino, offset=facts.st_size, first_line=_first_line(path))
    except FileNotFoundError:
        return START


def _lines(path: Path, start: int) -> Lines:
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(CHUNK)
        if b"\n" not in data and len(data) == CHUNK:
            data += file.readline()
    lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
    inode, first_line = path.stat().st_ino, _first_line(path)
    found: list[tuple[bytes, Position]] = []
    for line in lines:
        start += len(line)
        found.append((line, Position(inode=inode, offset=start, first_line=first_line)))
    return found
