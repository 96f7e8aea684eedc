"""Splits a stream of bytes into lines of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from akamai_mcp.server.messages.reading import MAX_MESSAGE_BYTES
from akamai_mcp.server.messages.request_id import HEAD_BYTES, TAIL_BYTES


@dataclass(frozen=True, slots=True)
class LongLine:
    """Both ends of a line that is too long; what was between them is not kept."""

    head: bytes
    tail: bytes


class LineSplitter:
    """The lines of the bytes fed to it; of a line of more than `limit` bytes only the ends stay in memory."""

    def __init__(self, limit: int = MAX_MESSAGE_BYTES) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._tail: bytes | None = None

    def feed(self, data: bytes) -> Iterator[bytes | LongLine]:
        """Yield the lines that end in `data`, without their line feeds."""
        *ended, last = data.split(b"\n")
        for part in ended:
            self._keep(part)
            yield self._take()
        self._keep(last)

    def end(self) -> Iterator[bytes | LongLine]:
        """Yield what follows the last line feed, if anything does."""
        if self._kept:
            yield self._take()

    def _keep(self, part: bytes) -> None:
        if self._tail is None and len(self._kept) + len(part) <= self._limit:
            self._kept += part
            return
        tail = bytes(self._kept[-TAIL_BYTES:]) if self._tail is None else self._tail
        self._tail = (tail + part)[-TAIL_BYTES:]
        self._kept += part[:HEAD_BYTES]
        del self._kept[HEAD_BYTES:]

    def _take(self) -> bytes | LongLine:
        line: bytes | LongLine = bytes(self._kept) if self._tail is None else LongLine(bytes(self._kept), self._tail)
        self._kept, self._tail = bytearray(), None
        return line
