"""The audit file: whole lines appended under a lock, on disk before the call returns, rotated by size.

Several processes may write one file. Beside it stand `.lock`, which is held while a line is written or the file rotates, and
`.key`, the key of the digests. The locks are those of POSIX.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
KEY_BYTES: Final = 32
LOCK_SECONDS: Final = 10.0
LOCK_PAUSE: Final = 0.002
_SAFELY: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class AuditFile:
    """One audit file and the older parts that it was rotated to: `.1` is the newest of them."""

    def __init__(self, path: Path, *, max_bytes: int, keep: int, sleep: Callable[[float], object] = time.sleep) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._numbered = [beside(path, f".{number}") for number in range(1, keep + 1)]
        self._sleep = sleep

    def append(self, lines: Sequence[bytes]) -> None:
        """Write whole lines to the end of the file and to the disk; all of them or none. Raises OSError."""
        with self.locked():
            self.append_locked(lines)

    def append_locked(self, lines: Sequence[bytes]) -> None:
        """The same for one who holds the lock already. Raises OSError."""
        data = b"".join(lines)
        with opened(self._roomy(len(data)), os.O_RDWR | os.O_APPEND | os.O_CREAT) as file:
            size = os.fstat(file).st_size
            append_whole(file, b"\n" * _is_torn(file, size) + data)
            if not size:
                sync_folder(self.path)

    def check(self) -> None:
        """Find out whether a line could be written, without writing one. Raises OSError."""
        os.close(open_plain(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT))

    def parts(self) -> list[Path]:
        """The file and its older parts, the newest first."""
        return [path for path in (self.path, *self._numbered) if path.exists()]

    def load_key(self) -> bytes:
        """The key of the digests, made at its first use. Raises OSError."""
        path = beside(self.path, ".key")
        with self.locked():
            if not path.exists():
                _write_key(path)
            with opened(path, os.O_RDONLY) as file:
                key = os.read(file, KEY_BYTES + 1)
        if len(key) != KEY_BYTES:
            raise OSError(errno.EINVAL, "not a key of 32 bytes", str(path))
        return key

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the file against every other process and thread. Raises OSError where it stays held for too long."""
        with opened(beside(self.path, ".lock"), os.O_RDWR | os.O_CREAT) as file:
            for _ in range(int(LOCK_SECONDS / LOCK_PAUSE)):
                if try_lock(file):
                    break
                self._sleep(LOCK_PAUSE)
            else:
                raise OSError(errno.EAGAIN, "held by another process", str(self.path))
            yield

    def _roomy(self, more: int) -> Path:
        """The file's path, once it has been rotated away where the lines would make it too large."""
        with suppress(FileNotFoundError):
            size = self.path.lstat().st_size
            if size and size + more > self._max_bytes:
                self._rotate()
        return self.path

    def _rotate(self) -> None:
        """Rename each part to the next number, up to the first that is free; the last one is given up."""
        free = next((place for place, path in enumerate(self._numbered) if not path.exists()), len(self._numbered) - 1)
        for place in range(free, 0, -1):
            self._numbered[place - 1].replace(self._numbered[place])
        self.path.replace(self._numbered[0])
        sync_folder(self.path)


def beside(path: Path, suffix: str) -> Path:
    """A file of the same name with a suffix more."""
    return path.with_name(path.name + suffix)


@contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """A descriptor of a regular file that is no link; a new one is readable for its owner only. Raises OSError."""
    file = open_plain(path, flags)
    try:
        yield file
    finally:
        os.close(file)


def open_plain(path: Path, flags: int) -> int:
    """Open a regular file that is no link. Raises OSError."""
    file = os.open(path, flags | _SAFELY, PRIVATE)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


def append_whole(file: int, data: bytes) -> None:
    """Append and sync; where that fails the file is as long as before. Raises OSError."""
    size = os.fstat(file).st_size
    try:
        rest = memoryview(data)
        while rest:  # one write, unless the disk takes a part only
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, size)
        raise


def try_lock(file: int) -> bool:
    """Lock the whole file if nobody else does; the lock ends with the descriptor or its process."""
    import fcntl  # not on Windows, where an audit file is refused

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sync_folder(path: Path) -> None:
    """Make a new or another name in the path's folder last. Raises OSError."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _is_torn(file: int, size: int) -> bool:
    """True where the last line has no end: a process or the machine went down while it was written."""
    return size > 0 and os.pread(file, 1, size - 1) != b"\n"


def _write_key(path: Path) -> None:
    draft = beside(path, ".new")  # renamed once it is whole, so that a crash leaves no half key
    with opened(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
        append_whole(file, os.urandom(KEY_BYTES))
    draft.replace(path)
    sync_folder(path)
