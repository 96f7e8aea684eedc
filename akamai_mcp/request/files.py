"""Find files for request bodies: regular files in one allowed folder tree, up to a maximum size.

A file is read while it is sent, and anew for each attempt. It must then still be the one that was found.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from akamai_mcp.errors import BodyError, UploadChangedError
from akamai_mcp.request.content import Chunks, FileContent

CHUNK: Final = 256 * 1024

Identity = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePolicy:
    """The folder that bodies may be read from (None: no files) and the maximum file size in bytes."""

    folder: Path | None = None
    max_bytes: int = 2 * 1024 * 1024 * 1024

    def find(self, name: str) -> FileContent:
        """The file with this path relative to the folder; it is read when it is sent. Raises BodyError."""
        if self.folder is None:
            raise BodyError(
                "Bodies from files are not allowed.",
                advice='Send {"base64": "..."}, or set AKAMAI_MCP_FILES_DIR to the folder with the files.',
            )
        shown = repr(name[:200])
        found = self._look_up(name)
        if found is None:
            raise BodyError(
                f"There is no file {shown} in the files folder.",
                advice="Use a path relative to AKAMAI_MCP_FILES_DIR.",
            )
        path, facts = found
        if facts.st_size > self.max_bytes:
            raise BodyError(f"{shown} is larger than {self.max_bytes} bytes.", advice="Send a smaller file.")
        try:
            # Fail before the call is sent if the file is not readable.
            path.open("rb").close()
        except OSError as error:
            reason = type(error).__name__
            raise BodyError(f"{shown} cannot be read ({reason}).", advice="Give the server read permission.") from error
        return FileContent(size=facts.st_size, read=partial(_read, path, shown, _identity(facts)))

    def _look_up(self, name: str) -> tuple[Path, os.stat_result] | None:
        assert self.folder is not None
        root = self.folder.resolve()
        try:
            path = (root / name).resolve()
            facts = path.lstat()  # lstat, so that a symlink created since `resolve` is refused too
        except (OSError, ValueError, RuntimeError):  # an invalid name, or a loop of symlinks
            return None
        return (path, facts) if path.is_relative_to(root) and stat.S_ISREG(facts.st_mode) else None


def _identity(facts: os.stat_result) -> Identity:
    # A writer can set back the time of the content (st_mtime), but not that of the change (st_ctime).
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def _read(path: Path, shown: str, expected: Identity) -> Chunks:
    """The file's bytes; each chunk is given once the file is seen to be unchanged, so a change leaves the body incomplete.

    After the last byte nothing is looked at any more: the body is complete then, and Akamai may act on it.
    """
    left = expected[2]
    try:
        with path.open("rb") as file:
            while True:
                chunk = file.read(min(CHUNK, left))
                if _identity(os.fstat(file.fileno())) != expected or (left and not chunk):
                    raise UploadChangedError(shown, "changed since the call began")
                yield chunk
                left -= len(chunk)
                if not left:
                    return
    except OSError as error:
        raise UploadChangedError(shown, f"cannot be read any more ({type(error).__name__})") from error
