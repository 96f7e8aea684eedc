"""Receive the content of a response: in memory while it is small, in a file if it is large and downloads are allowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Self

from akamai_mcp.errors import AccessError, UpstreamTooLargeError
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy

BEGINNING: Final = 2_000


@dataclass(slots=True, kw_only=True)
class Body:
    """Content received in chunks; beyond the memory limit it goes to a file, or the response is refused.

    For text in a file, `content` holds the first BEGINNING bytes.
    """

    name: str
    downloads: DownloadPolicy
    in_memory: int
    binary: bool
    path: Path | None = None
    size: int = 0
    content: bytes = b""
    _chunks: list[bytes] = field(default_factory=list)
    _file: BinaryIO | None = None

    def add(self, chunk: bytes) -> None:
        """Add a chunk. Raises UpstreamTooLargeError if the content exceeds the limits or cannot be saved."""
        self.size += len(chunk)
        if self._file is None and self.size > self._memory_bound():
            self._begin_file()
        if self.size > (self.downloads.max_bytes if self._file else self.in_memory):
            self._refuse()
        if self._file:
            self._file.write(chunk)
        else:
            self._chunks.append(chunk)

    @property
    def in_memory_bytes(self) -> int:
        """The bytes that are held in memory, and not in a file."""
        return 0 if self._file else self.size

    def finish(self) -> Self:
        """Complete the content, and close the file if there is one."""
        if self._file:
            self._file.close()
        self.content = b"".join(self._chunks)
        return self

    def abandon(self) -> None:
        """Delete the file of a response that broke off."""
        if self._file and self.path:
            self._file.close()
            self.path.unlink(missing_ok=True)

    def _memory_bound(self) -> int:
        # Text is needed in memory to be selected and cut; binary content is not.
        return min(self.in_memory, self.downloads.stream_over) if self.binary else self.in_memory

    def _begin_file(self) -> None:
        if self.downloads.folder is not None:
            self.path, self._file = self._create()
            self._file.writelines(self._chunks)
            self._chunks = [] if self.binary else [b"".join(chunk[:BEGINNING] for chunk in self._chunks)[:BEGINNING]]

    def _create(self) -> tuple[Path, BinaryIO]:
        try:
            return self.downloads.create(self.name)
        except AccessError as error:  # not an AccessError here: the request has been sent
            raise UpstreamTooLargeError(
                f"The response is too large for memory and cannot be saved. {error.message}", advice=error.advice
            ) from error

    def _refuse(self) -> None:
        if self._file:
            limit, further = self.downloads.max_bytes, ""
        else:
            limit, further = (
                self.in_memory,
                ", set AKAMAI_MCP_DOWNLOADS_DIR to save it as a file, or raise AKAMAI_MCP_MAX_RESPONSE_BYTES",
            )
        advice = f"Request less (a filter, a smaller page, a shorter period){further}."
        raise UpstreamTooLargeError(f"The response is larger than {limit} bytes.", advice=advice)
