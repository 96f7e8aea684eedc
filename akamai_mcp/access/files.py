"""Read files for request bodies: only below one allowed folder, only regular files, only up to a size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from akamai_mcp.errors import BodyError


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePolicy:
    """The folder from which bodies may be read; None allows no file."""

    folder: Path | None = None
    max_bytes: int = 256 * 1024 * 1024

    def read(self, name: str) -> bytes:
        """The content of a file below the folder. Raises BodyError."""
        if self.folder is None:
            raise BodyError(
                "Bodies from files are not allowed.",
                advice='Set AKAMAI_MCP_FILES_DIR to a folder, or give {"base64": "..."}.',
            )
        path = self._find(name)
        if path is None:
            raise BodyError(
                f"There is no file {name[:200]!r} below the files folder.",
                advice="Give a path relative to AKAMAI_MCP_FILES_DIR.",
            )
        try:
            if path.stat().st_size > self.max_bytes:
                raise BodyError(f"{name[:200]!r} is larger than {self.max_bytes} bytes.", advice="Send a smaller file.")
            return path.read_bytes()
        except OSError as error:
            reason = type(error).__name__
            raise BodyError(f"{name[:200]!r} cannot be read ({reason}).", advice="Check that the server may read it.") from error

    def _find(self, name: str) -> Path | None:
        assert self.folder is not None
        root = self.folder.resolve()
        try:
            path = (root / name).resolve()
            return path if path.is_relative_to(root) and path.is_file() else None
        except (OSError, ValueError, RuntimeError):  # a name that no file system has, or a loop of links
            return None
