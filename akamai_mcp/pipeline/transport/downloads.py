"""Save large answers below one configured folder: safe names, never over another file, never outside it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from akamai_mcp.errors import AccessError

MAX_NAME: Final = 120
MAX_TRIES: Final = 1_000
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_FILENAME: Final = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadPolicy:
    """The folder that answers may be saved to, None for none; sizes in bytes.

    Binary answers of more than `stream_over` bytes go to the folder as they come and are never in memory whole.
    """

    folder: Path | None = None
    max_bytes: int = 1024 * 1024 * 1024
    stream_over: int = 4 * 1024 * 1024

    def save(self, name: str, content: bytes) -> Path | None:
        """Write the content to a new file of that name; None where nothing may be saved. Raises AccessError."""
        if self.folder is None or len(content) > self.max_bytes:
            return None
        path, file = self.create(name)
        with file:
            file.write(content)
        return path

    def create(self, name: str) -> tuple[Path, BinaryIO]:
        """A new file of that name, numbered where it is taken. Raises AccessError where the folder cannot be written."""
        assert self.folder is not None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return _open_new(self.folder, safe_name(name))
        except OSError as error:
            raise AccessError(
                f"The download folder cannot be written ({type(error).__name__}).",
                advice="Check AKAMAI_MCP_DOWNLOADS_DIR: it must be a folder that the server may write.",
            ) from error


def _open_new(folder: Path, name: str) -> tuple[Path, BinaryIO]:
    stem, dot, suffix = name.partition(".")
    for number in range(MAX_TRIES):
        path = folder / (f"{stem}-{number}{dot}{suffix}" if number else name)
        try:
            return path, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except FileExistsError:
            continue
    raise FileExistsError(name)


def safe_name(name: str) -> str:
    """A file name of letters, digits, `.`, `_` and `-`, not hidden, without any folder."""
    plain = _UNSAFE.sub("-", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip(".-")
    return plain[:MAX_NAME] or "answer"


def suggested_name(disposition: str | None, fallback: str) -> str:
    """The file name that Content-Disposition suggests (RFC 6266), or the fallback."""
    match = _FILENAME.search(disposition or "")
    return match[1].strip() if match else fallback
