"""Undo the content encoding of a response in small steps, so that no response expands beyond the limit of its size.

httpx decodes a whole chunk at once: 64 KiB of gzip become 64 MiB, and `gzip, gzip` the thousandfold of that.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from akamai_mcp.errors import UpstreamProtocolError

ACCEPTED: Final = "gzip, deflate"
STEP: Final = 64 * 1024
# The window bits by which zlib reads a gzip stream, and one with or without a zlib header (zlib manual, inflateInit2).
_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB: Final = zlib.MAX_WBITS
_RAW: Final = -zlib.MAX_WBITS
_HEADER_BYTES: Final = 2
_WINDOWS: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


class Inflater:
    """Decodes one content encoding; each step yields at most STEP bytes."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._head = b""
        self._inflate: zlib._Decompress | None = None

    def steps(self, chunk: bytes) -> Iterator[bytes]:
        """Decode a chunk. Raises UpstreamProtocolError if it is not in the encoding."""
        if self._inflate is None:
            self._head += chunk
            if len(self._head) < _HEADER_BYTES:
                return
            chunk, self._inflate = self._head, zlib.decompressobj(self._actual_window())
        piece = b""
        # A full step may leave output behind, although all of the input is read.
        while (chunk or len(piece) == STEP) and not self._inflate.eof:
            try:
                piece = self._inflate.decompress(chunk, STEP)
            except zlib.error as error:
                raise _broken("cannot be decompressed") from error
            yield piece
            chunk = self._inflate.unconsumed_tail

    def finish(self) -> None:
        """Check that the content is complete. Raises UpstreamProtocolError."""
        if not (self._inflate.eof if self._inflate else not self._head):
            raise _broken("ended early")

    def _actual_window(self) -> int:
        """Some servers send deflate without the zlib header (RFC 1950 section 2.2) that RFC 9110 section 8.4.1.2 asks for."""
        first = int.from_bytes(self._head[:_HEADER_BYTES])
        return _RAW if self._window == _ZLIB and (first % 31 or first >> 8 & 15 != 8) else self._window  # noqa: PLR2004


def open_inflater(header: str) -> Inflater | None:
    """The decoder for a Content-Encoding, None if the content is not encoded. Raises UpstreamProtocolError."""
    names = [name for name in (part.strip().lower() for part in header.split(",")) if name not in {"", "identity"}]
    if not names:
        return None
    if len(names) > 1 or names[0] not in _WINDOWS:
        raise UpstreamProtocolError(
            f"The response has the Content-Encoding {', '.join(names)[:80]!r}, which cannot be read.",
            advice=f"This server accepts one of {ACCEPTED}. A read can be repeated; before repeating a write, read the resource.",
        )
    return Inflater(_WINDOWS[names[0]])


def _broken(what: str) -> UpstreamProtocolError:
    return UpstreamProtocolError(
        f"The compressed response {what}.", advice="A read can be repeated; before repeating a write, read the resource."
    )
