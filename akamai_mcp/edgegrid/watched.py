"""A file of the operator's that is read anew when it changes; a broken new version leaves the one before it in force."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from akamai_mcp.errors import CredentialsError
from akamai_mcp.logs import get_logger

Stamp = tuple[int, int, int, int, int]
T = TypeVar("T")

OTHERS: Final = 0o077
NEVER_ASKED: Final = (0, 0, 0, 0, 0)


def log_warning(problem: str) -> None:
    """One line to the log; structlog's 73 ms are paid only where there is something to say."""
    get_logger().warning(problem)


class WatchedFile(Generic[T]):
    """What a file says at this moment, and what is wrong with it.

    A file that is gone takes its content with it: removing it is how an operator takes credentials away.
    """

    def __init__(self, path: Path, read: Callable[[Path], T], warn: Callable[[str], None] = log_warning) -> None:
        self.path = path
        self._read = read
        self._warn = warn
        self._stamp: Stamp | None = NEVER_ASKED
        self._value: T | None = None
        self._error: CredentialsError | None = None
        self._exposed = ""

    def renew(self) -> bool:
        """Read the file where it is no longer the same, and say whether it was: its stamp costs 2 microseconds."""
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
        """What the file says. Raises CredentialsError where no version of it could be read."""
        if self._value is None:
            assert self._error is not None
            # Raised each time anew: one exception raised twice would grow its traceback.
            raise CredentialsError(self._error.message, advice=self._error.advice)
        return self._value

    @property
    def gone(self) -> bool:
        """Whether there was no such file when it was last looked for."""
        return self._stamp is None

    @property
    def broken(self) -> str:
        """Why the file as it stands cannot be used; empty where it can."""
        if self._error is None:
            return ""
        return f"{self._error.message} The version before it stays in force." if self._value is not None else self._error.message

    @property
    def problems(self) -> tuple[str, ...]:
        """What an operator should put right."""
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
    """What changes with a file's content or permissions; None where it cannot be asked for."""
    try:
        facts = path.expanduser().stat()
    except (OSError, RuntimeError, ValueError):
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_mode


def exposure(path: Path, stamp: Stamp | None) -> str:
    """What is wrong with a file's permissions; only POSIX says it by the mode."""
    if stamp is None or os.name != "posix" or not stamp[-1] & OTHERS:
        return ""
    return f"{path} is open to other users of this machine (mode {stamp[-1] & 0o777:04o}): make it 0600."


def read_operator_file(path: Path, variable: str) -> str:
    """The text of the file that a variable names. Raises CredentialsError."""
    try:
        return path.expanduser().read_text(encoding="utf-8-sig")
    except (OSError, RuntimeError, ValueError) as error:
        raise CredentialsError(
            f"{path} cannot be read ({type(error).__name__}).", advice=f"{variable} names a text file that the server may read."
        ) from None
