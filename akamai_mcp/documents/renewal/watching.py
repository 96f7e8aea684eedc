"""Notices that files below a folder have changed, by their facts alone and only once they have stopped changing."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

# Name, inode, size in bytes, and times of content and facts in nanoseconds.
Facts = tuple[str, int, int, int, int]
FolderStamp = frozenset[Facts]


class Renewable(Protocol):
    """What is read again after its files have changed. `stamp` and `read` may run in a thread, `take` on the event loop."""

    def stamp(self) -> FolderStamp:
        """The facts of its files now."""

    def read(self) -> object:
        """Read the files. Raises OSError or AkamaiMcpError."""

    def take(self, read: object) -> bool:
        """Put what was read in service as a whole, or report why not; whether anything has changed."""


def folder_stamp(root: Path, suffixes: Iterable[str]) -> FolderStamp:
    """The facts of the files below a folder that end so; empty if there is no folder."""
    wanted = frozenset(suffixes)
    found: set[Facts] = set()
    with suppress(OSError):
        for path in root.rglob("*"):
            if path.suffix in wanted:
                with suppress(OSError):  # removed while the folder is listed
                    facts = path.stat()
                    found.add((str(path), facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns))
    return frozenset(found)


class Settling:
    """Tells a change once, when two looks in a row saw the same: a copy of many files is not read half done."""

    def __init__(self, first: FolderStamp) -> None:
        self._taken = self._last = first

    def has_settled(self, stamp: FolderStamp) -> bool:
        """Whether this look is the second of a new state."""
        settled = stamp == self._last and stamp != self._taken
        self._last = stamp
        if settled:
            self._taken = stamp
        return settled
