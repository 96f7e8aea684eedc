"""Save large responses to one configured folder, under safe names, without overwriting files."""

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
# Both `filename` and `filename*` (RFC 6266, RFC 8187); UTF-8 is the only charset in use.
_FILENAME: Final = re.compile(r"filename\*?=(?:UTF-8'')?\"?([^\";]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadPolicy:
    """The folder for downloads (None: no downloads); sizes in bytes.

    A binary response larger than `stream_over` is streamed to the folder and never whole in memory.
    """

    folder: Path | None = None
    max_bytes: int = 1024 * 1024 * 1024
    stream_over: int = 4 * 1024 * 1024

    def save(self, name: str, content: bytes) -> Path | None:
        """Write the content to a new file with this name; None if downloads are off or it is too large. Raises AccessError."""
        if self.folder is None or len(content) > self.max_bytes:
            return None
        path, file = self.create(name)
        with file:
            file.write(content)
        return path

    def create(self, name: str) -> tuple[Path, BinaryIO]:
        """A new file with this name, numbered if the name is taken. Raises AccessError if the folder is not writable."""
        assert self.folder is not None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return _open_new(self.folder, safe_name(name))
        except OSError as error:
            raise AccessError(
                f"The download folder is not writable ({type(error).__name__}).",
                advice="Set AKAMAI_MCP_DOWNLOADS_DIR to a folder that the server can write to.",
            ) from error


def _open_new(folder: Path, name: str) -> tuple[Path, BinaryIO]:
    stem, dot, suffix = name.partition(".")
    for number in range(MAX_TRIES):
        path = folder / (f"{stem}-{number}{dot}{suffix}" if number else name)
        try:
            # O_EXCL fails on an existing file or symlink, so nothing is overwritten even in a race.
            return path, os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except FileExistsError:
            continue
    raise FileExistsError(name)


def safe_name(name: str) -> str:
    """A file name of letters, digits, `.`, `_` and `-`, without folders, that is not hidden."""
    plain = _UNSAFE.sub("-", name.replace("\\", "/").rpartition("/")[2]).lstrip(".-")
    return plain[:MAX_NAME] or "answer"


def suggested_name(disposition: str | None, fallback: str) -> str:
    """The file name that Content-Disposition suggests (RFC 6266), or the fallback."""
    match = _FILENAME.search(disposition or "")
    return match[1].strip() if match else fallback
