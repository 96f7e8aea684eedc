"""Unpack gzip within a bound: a bomb is refused before it fills the memory."""

from __future__ import annotations

import zlib
from typing import Final

from akamai_mcp.errors import ArgumentError

MAX_UNPACKED: Final = 64 * 1024 * 1024
GZIP_MAGIC: Final = b"\x1f\x8b"
ADVICE: Final = "Read the bytes with select = base64 and unpack them with a tool of your own."
_GZIP_WINDOW: Final = 31  # zlib's number for a gzip header and the largest window


def refuse(reason: str) -> ArgumentError:
    """The error that says why an archive or a member is not read."""
    return ArgumentError(reason, advice=ADVICE)


def too_much() -> ArgumentError:
    """The refusal of an archive that unpacks beyond the limit."""
    return refuse(f"The archive unpacks to more than {MAX_UNPACKED:,} bytes.")


def gunzip(content: bytes) -> bytes:
    """Every stream of a gzip file, one after the other; padding ends it. Raises ArgumentError."""
    unpacked: list[bytes] = []
    left, size = content, 0
    while left.startswith(GZIP_MAGIC):
        part, left = _stream(left, MAX_UNPACKED - size)
        unpacked.append(part)
        size += len(part)
    return b"".join(unpacked)


def _stream(content: bytes, most: int) -> tuple[bytes, bytes]:
    unzip = zlib.decompressobj(_GZIP_WINDOW)
    try:
        part = unzip.decompress(content, most + 1)
    except zlib.error as error:
        raise refuse("The archive is damaged.") from error
    if len(part) > most:
        raise too_much()
    if not unzip.eof:
        raise refuse("The archive ends too early.")
    return part, unzip.unused_data
