"""The content of a request: bytes, or a sequence of bytes and files; each attempt opens the files again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field

Chunks = Generator[bytes, None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """A file to send: its size in bytes, and a function that reads it from the start, once per attempt."""

    size: int
    read: Callable[[], Chunks] = field(repr=False)


Piece = bytes | FileContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """Content that is streamed, never whole in memory: files, and the bytes around them."""

    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """The Content-Length, in bytes."""
        return sum(len(piece) if isinstance(piece, bytes) else piece.size for piece in self.pieces)

    def chunks(self) -> Chunks:
        """The content in chunks, from the start. Raises BodyError, or UploadChangedError if a file has changed."""
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from piece.read()

    def head(self, most: int) -> bytes:
        """The first `most` bytes."""
        taken = b""
        with closing(self.chunks()) as chunks:
            for chunk in chunks:
                taken += chunk[: most - len(taken)]
                if len(taken) == most:
                    break
        return taken


Content = bytes | Streamed


def join(pieces: list[Piece]) -> Content:
    """The pieces as one content: plain bytes unless one of them is a file."""
    if any(isinstance(piece, FileContent) for piece in pieces):
        return Streamed(pieces=tuple(pieces))
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))
