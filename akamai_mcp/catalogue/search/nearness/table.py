"""The table: a vector of small whole numbers for each piece of a vocabulary, in one file.

The file is a line of JSON, the pieces with a line each, then the vectors in the same order: one byte for each number, 128 for 0.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import orjson

from akamai_mcp.catalogue.search.nearness.pieces import WordPieces

TABLE: Final = Path(__file__).with_name("table.bin")
DIMENSIONS: Final = 192
ZERO: Final = 128  # the byte that stands for 0
_BYTES: Final = bytes((number + ZERO) % 256 for number in range(256))  # from two's complement to the bytes of the table


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The pieces and their vectors; the file stays mapped, so that only what is used is read."""

    pieces: WordPieces
    content: mmap.mmap
    start: int

    def vector(self, piece: int) -> bytes:
        """The vector of a piece, one byte for each number."""
        place = self.start + piece * DIMENSIONS
        return self.content[place : place + DIMENSIONS]


@lru_cache(maxsize=1)
def load_table() -> Table | None:
    """The table of the package; None where it is missing, and search goes by words alone."""
    if not TABLE.is_file():
        return None
    with TABLE.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    head = content.find(b"\n") + 1
    length = orjson.loads(content[:head])["vocabulary"]
    vocabulary = content[head : head + length].decode().split("\n")
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    return Table(pieces=WordPieces(numbers), content=content, start=head + length)


def write_table(path: Path, vocabulary: Sequence[str], vectors: bytes) -> None:
    """Write a table; `vectors` are whole numbers from -127 to 127, one signed byte each."""
    words = "\n".join(vocabulary).encode()
    head = orjson.dumps({"dimensions": DIMENSIONS, "pieces": len(vocabulary), "vocabulary": len(words)})
    path.write_bytes(head + b"\n" + words + vectors.translate(_BYTES))
