"""Text files that the operator names: credentials, customers, roles, tokens, keys and single secrets."""

from __future__ import annotations

import codecs
import io
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from akamai_mcp.errors import CredentialsError

UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"
LARGEST: Final = 16 * 1024 * 1024  # bytes; a customers file of 50,000 tables is smaller
READABLE: Final = "Check that it is a text file that the server may read."


class TooLargeError(ValueError):
    """A file has more bytes than it may have."""


def whole_path(path: Path) -> Path:
    """The path with the home folder in place of `~`. Raises ValueError for one that is relative."""
    # Clients start a server in a folder of their own choice, and the command line runs in another.
    whole = Path(os.path.expanduser(path))  # noqa: PTH111 - an unknown user raises in pathlib
    if not whole.is_absolute():
        raise ValueError("it is not an absolute path")
    return whole


def utf_8(content: bytes) -> str:
    """The text of bytes in UTF-8. Raises ValueError, whose message may quote them."""
    # A byte order mark is what some editors of Windows begin a file with.
    return content.decode("utf-8-sig")


def forgiving(content: bytes) -> str:
    """The text of bytes in UTF-8, or in UTF-16 with a byte order mark; what is neither is UNREADABLE, character by character."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace")


def read_text(path: Path, largest: int = LARGEST, decode: Callable[[bytes], str] = utf_8) -> str:
    """The text of a regular file, in UTF-8 with or without a byte order mark unless `decode` says otherwise.

    Raises OSError where it cannot be read, TooLargeError, and ValueError, whose message may quote the content, for other files.
    """
    return decode(_read(path, largest))


def read_operator_file(
    path: Path,
    *,
    missing: CredentialsError | None = None,
    advice: str = READABLE,
    decode: Callable[[bytes], str] = utf_8,
) -> str:
    """The text of a file, its lines ended by a line feed. `~` is the user's home folder.

    Raises CredentialsError without quoting the content; where there is no such file it is `missing`.
    """
    try:
        return io.StringIO(read_text(path.expanduser(), decode=decode), newline=None).read()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: `~` of a user who has no home
        if missing and isinstance(error, FileNotFoundError):
            raise missing from None
        raise CredentialsError(f"{path} cannot be read ({type(error).__name__}).", advice=advice) from None


def _read(path: Path, largest: int) -> bytes:
    with open(path, "rb", opener=_without_waiting) as file:
        # Asked of the open file, so that nothing can be put in its place in between.
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(0, "not a regular file")
        content = file.read(largest + 1)
    if len(content) > largest:
        raise TooLargeError
    return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # opening a FIFO without a writer would block the server
