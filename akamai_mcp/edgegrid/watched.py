"""Operator files that are read again when they change; if the new version is invalid, the previous one stays in effect."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from akamai_mcp.errors import CredentialsError
from akamai_mcp.logs import get_logger

Stamp = tuple[int, ...]
T = TypeVar("T")

OTHERS: Final = 0o077  # permissions of group and others
NEVER_READ: Final[Stamp] = ()


def log_warning(problem: str) -> None:
    """Log a warning; importing structlog takes 73 ms, so this happens only if there is one."""
    get_logger().warning(problem)


class WatchedFile(Generic[T]):
    """The current content of a file, and its problems.

    A deleted file loses its content at once: deleting it is how an operator revokes credentials.
    """

    def __init__(self, path: Path, read: Callable[[Path], T], warn: Callable[[str], None] = log_warning) -> None:
        self.path = path
        self._read = read
        self._warn = warn
        self._stamp: Stamp | None = NEVER_READ
        self._value: T | None = None
        self._error: CredentialsError | None = None
        self._exposed = ""

    def renew(self) -> bool:
        """Read the file if it has changed, and return whether it has. Checking takes 2 microseconds, so every call can."""
        stamp = file_stamp(self.path)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        self._note_exposure(stamp)
        if stamp is None:
            self._value = None
        try:
            self._value, self._error = self._read(self.path), None
        except CredentialsError as error:
            self._refuse(error)
        return True

    def value(self) -> T:
        """Return the content. Raises CredentialsError if no version of the file could be read."""
        if self._value is None:
            assert self._error is not None
            # A new exception each time, because raising one again makes its traceback grow.
            raise CredentialsError(self._error.message, advice=self._error.advice)
        return self._value

    @property
    def gone(self) -> bool:
        """Whether the file did not exist at the last check."""
        return self._stamp is None

    @property
    def broken(self) -> str:
        """Why the current version cannot be used; "" if it can."""
        if self._error is None:
            return ""
        return f"{self._error.message} The previous version stays in effect." if self._value is not None else self._error.message

    @property
    def problems(self) -> tuple[str, ...]:
        """The problems that an operator should fix."""
        return tuple(filter(None, (self.broken, self._exposed)))

    def _refuse(self, error: CredentialsError) -> None:
        self._error = error
        if self._value is not None:
            self._warn(self.broken)

    def _note_exposure(self, stamp: Stamp | None) -> None:
        exposed = exposure(self.path, stamp)
        if exposed and exposed != self._exposed:
            self._warn(exposed)
        self._exposed = exposed


def file_stamp(path: Path) -> Stamp | None:
    """Return a value that changes with the file's content or permissions; None if the file cannot be inspected."""
    try:
        facts = path.expanduser().stat()
    except (OSError, RuntimeError, ValueError):
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_mode


def exposure(path: Path, stamp: Stamp | None) -> str:
    """Describe a file's permissions if others can read it; "" if not. Only on POSIX, where the mode says so."""
    if stamp is None or os.name != "posix" or not stamp[-1] & OTHERS:
        return ""
    return f"{path} is open to other users of this machine (mode {stamp[-1] & 0o777:04o}): make it 0600."
