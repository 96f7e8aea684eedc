"""Which processes live: each that holds runs has a locked file, which the system unlocks when the process ends, in any way."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from akamai_mcp.audit.file import open_plain, try_lock


class Holder:
    """The process as the holder of runs in a folder; `name` is known to others once `take` has returned."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{os.getpid()}-{os.urandom(6).hex()}"
        self._folder = folder
        self._file: int | None = None

    def take(self) -> None:
        """Lock the file of this process. Raises OSError."""
        if self._file is None:
            self._file = open_plain(self._path(self.name), os.O_RDWR | os.O_CREAT | os.O_EXCL)
            try_lock(self._file)

    def lives(self, name: str) -> bool:
        """True if the process of that name has not ended; the file of one that has is removed."""
        if name == self.name:
            return True
        with suppress(FileNotFoundError):
            file = open_plain(self._path(name), os.O_RDWR)
            try:
                if not try_lock(file):
                    return True
                self._path(name).unlink(missing_ok=True)
            finally:
                os.close(file)
        return False

    def close(self) -> None:
        """Remove the file of this process."""
        if self._file is not None:
            self._path(self.name).unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    def _path(self, name: str) -> Path:
        return self._folder / f"holder-{name}"
