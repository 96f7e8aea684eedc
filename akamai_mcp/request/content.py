"""The content of a request: bytes, or pieces of which some are files that are opened anew for each attempt."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

Chunks = Generator[bytes, None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """A file that is to be sent: its size, and how to read it from its beginning, as often as it is wanted."""

    size: int
    read: Callable[[], Chunks] = field(repr=False)


Piece = bytes | FileContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """Content that is never in memory whole: what stands before, between and after files, and the files."""

    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """Its bytes, which are its Content-Length."""
        return sum(len(piece) if isinstance(piece, bytes) else piece.size for piece in self.pieces)

    def chunks(self) -> Chunks:
        """Its bytes from the beginning. Raises BodyError or UploadChangedError where a file is not what it was."""
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from piece.read()

    def head(self, most: int) -> bytes:
        """The first bytes, at most so many."""
        taken = bytearray()
        chunks = self.chunks()
        try:
            while len(taken) < most and (chunk := next(chunks, None)) is not None:
                taken += chunk[: most - len(taken)]
        finally:
            chunks.close()
        return bytes(taken)


Content = bytes | Streamed


def join(pieces: list[Piece]) -> Content:
    """The pieces as one content: bytes where none of them is a file."""
    if any(isinstance(piece, FileContent) for piece in pieces):
        return Streamed(pieces=tuple(pieces))
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))
