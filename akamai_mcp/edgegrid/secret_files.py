"""Secrets in files, as containers mount them: `<VARIABLE>_FILE` names a file with the value of `<VARIABLE>`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from akamai_mcp.edgegrid.operator_files import TooLargeError, read_text, whole_path

SUFFIX: Final = "_FILE"
LARGEST_SECRET: Final = 64 * 1024  # bytes
ADVICE: Final = "Set it to a text file that contains only the value and that the server may read."


class SecretFileError(ValueError):
    """A value cannot be read from a file; the message names the variable and the path, never the content."""


def read_variable(environment: Mapping[str, str], name: str) -> str | None:
    """Return a variable's value, or the content of the file in `<name>_FILE`, or None. Raises SecretFileError."""
    value, path = environment.get(name), environment.get(name + SUFFIX)
    if value and path:
        raise SecretFileError(f"{name} and {name}{SUFFIX} are both set; only one of them may be.")
    return read_secret(Path(path), name + SUFFIX) if path else value or None


def read_secret(path: Path, variable: str) -> str:
    """Read a file without the line feed at its end. Raises SecretFileError."""
    path = _whole(path, variable)
    try:
        text = read_text(path, LARGEST_SECRET).rstrip("\r\n")
    except OSError as error:
        raise SecretFileError(f"{variable} names {str(path)!r}, which cannot be read ({error.strerror}).") from None
    except ValueError as error:  # its message would quote the content
        reason = "is too large" if isinstance(error, TooLargeError) else "is not text"
        raise SecretFileError(f"{variable} names {str(path)!r}, which {reason}.") from None
    if not text.strip():
        raise SecretFileError(f"{variable} names {str(path)!r}, which is empty.")
    return text


def _whole(path: Path, variable: str) -> Path:
    try:
        return whole_path(path)
    except ValueError as error:
        raise SecretFileError(f"{variable} names {str(path)!r}, and {error}.") from None
