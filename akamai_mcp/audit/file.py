"""The audit file: whole lines appended under a lock, synced to disk, rotated by size.

Several processes may write one file. Next to it are `.lock`, held while a line is written or the file rotates, and `.key`, the
key of the argument digests. The locks are POSIX `flock` locks.
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
LOCK_PAUSE: Final = 0.002  # a line takes about a millisecond, most of it the fsync
# No links: whoever can write the folder could redirect the trail. No waiting: opening a FIFO would block the server.
_SAFELY: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class AuditFile:
    """One audit file and its rotated parts; `.1` is the newest of them. Sizes are in bytes."""

    def __init__(self, path: Path, *, max_bytes: int, keep: int, sleep: Callable[[float], object] = time.sleep) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._numbered = [beside(path, f".{number}") for number in range(1, keep + 1)]
        self._sleep = sleep

    def append(self, lines: Sequence[bytes]) -> None:
        """Append whole lines, all or none, and sync them to disk. Raises OSError."""
        with self.locked():
            self.append_locked(lines)

    def append_locked(self, lines: Sequence[bytes]) -> None:
        """Like `append`, for a caller that holds the lock. Raises OSError."""
        data = b"".join(lines)
        with opened(self._roomy(len(data)), os.O_RDWR | os.O_APPEND | os.O_CREAT) as file:
            size = os.fstat(file).st_size
            append_whole(file, b"\n" * _is_torn(file, size) + data)
            if not size:
                sync_folder(self.path)

    def check(self) -> None:
        """Check that the file can be written, without writing. Raises OSError."""
        os.close(open_plain(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT))

    def parts(self) -> list[Path]:
        """The file and its rotated parts, newest first."""
        return [path for path in (self.path, *self._numbered) if path.exists()]

    def load_key(self) -> bytes:
        """Return the key of the argument digests, created at first use. Raises OSError."""
        path = beside(self.path, ".key")
        with self.locked():
            if not path.exists():
                _write_key(path)
            return read_key(path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the file against other processes and threads. Raises OSError after 10 s of waiting."""
        with opened(beside(self.path, ".lock"), os.O_RDWR | os.O_CREAT) as file:
            for _ in range(int(LOCK_SECONDS / LOCK_PAUSE)):
                if try_lock(file):
                    break
                self._sleep(LOCK_PAUSE)
            else:
                raise OSError(errno.EAGAIN, "held by another process", str(self.path))
            yield

    def _roomy(self, more: int) -> Path:
        """Rotate the file if `more` bytes would make it too large; return its path."""
        with suppress(FileNotFoundError):
            size = self.path.lstat().st_size
            if size and size + more > self._max_bytes:
                self._rotate()
        return self.path

    def _rotate(self) -> None:
        """Rename each part to the next number, up to the first free one; the oldest part is dropped if none is free."""
        free = next((index for index, path in enumerate(self._numbered) if not path.exists()), len(self._numbered) - 1)
        for index in range(free, 0, -1):
            self._numbered[index - 1].replace(self._numbered[index])
        self.path.replace(self._numbered[0])
        sync_folder(self.path)


def beside(path: Path, suffix: str) -> Path:
    """The path with a suffix added to its name."""
    return path.with_name(path.name + suffix)


def read_key(path: Path) -> bytes:
    """The key in a file. Raises OSError, also if it is none."""
    with opened(path, os.O_RDONLY) as file:
        key = os.read(file, KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise OSError(errno.EINVAL, f"not a key of {KEY_BYTES} bytes", str(path))
    return key


@contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    """Open a regular file, never a link, and close it at the end; a new file gets mode 0600. Raises OSError."""
    file = open_plain(path, flags)
    try:
        yield file
    finally:
        os.close(file)


def open_plain(path: Path, flags: int) -> int:
    """Open a regular file, never a link. Raises OSError."""
    file = os.open(path, flags | _SAFELY, PRIVATE)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


def append_whole(file: int, data: bytes) -> None:
    """Append and sync; a failure leaves the file as long as before. Raises OSError."""
    size = os.fstat(file).st_size
    try:
        rest = memoryview(data)
        while rest:  # one write, unless the disk is nearly full and takes only a part
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, size)
        raise


def try_lock(file: int) -> bool:
    """Try to lock the file; closing the descriptor or the end of the process releases the lock."""
    import fcntl  # missing on Windows, where settings with an audit file are refused

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sync_folder(path: Path) -> None:
    """Sync the path's folder, so that a created or renamed file survives a power failure. Raises OSError."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _is_torn(file: int, size: int) -> bool:
    """True if the last line has no line feed: the process or machine crashed while writing it."""
    return size > 0 and os.pread(file, 1, size - 1) != b"\n"


def _write_key(path: Path) -> None:
    draft = beside(path, ".new")  # renamed when complete, so that a crash leaves no partial key
    with opened(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
        append_whole(file, os.urandom(KEY_BYTES))
    draft.replace(path)
    sync_folder(path)
