"""What texts mean: the sum of their pieces' vectors, in pure Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from math import sqrt
from operator import mul
from typing import Final

from akamai_mcp.catalogue.search.nearness.lanes import from_lanes, to_lanes
from akamai_mcp.catalogue.search.nearness.table import DIMENSIONS, ZERO, Table, load_table

# A number of a unit vector is at most 1, but of 192 numbers hardly one is above a half.
UNIT: Final = 254
HIGHEST: Final = 127
# Each sum of pieces is weighed by this over its length, so that every phrase counts alike.
COMMON_LENGTH: Final = 1 << 20
# Together these keep a lane below 2**32: 64 pieces * 255 * 4,096 * 32 phrases.
MOST_PIECES: Final = 64
LARGEST_WEIGHT: Final = 4_096
MOST_PHRASES: Final = 32


class Meanings:
    """Vectors of texts; the lanes of each piece are made once."""

    def __init__(self, table: Table | None = None) -> None:
        self._table = table or load_table()
        self._lanes: dict[int, int] = {}

    def of(self, texts: Iterable[str]) -> bytes:
        """The direction that texts point to together, one byte for each number; empty if no word of them is known."""
        phrases = [self._phrase(pieces) for pieces in islice(filter(None, map(self._cut, texts)), MOST_PHRASES)]
        total, base = sum(lanes for lanes, _ in phrases), sum(zero for _, zero in phrases)
        return _to_bytes([number - base for number in from_lanes(total, DIMENSIONS)])

    def _phrase(self, pieces: Sequence[int]) -> tuple[int, int]:
        """The lanes of a phrase at the common length, and what stands for 0 in each."""
        lanes, zero = sum(map(self._piece, pieces)), ZERO * len(pieces)
        length = _length([number - zero for number in from_lanes(lanes, DIMENSIONS)])
        weight = min(LARGEST_WEIGHT, round(COMMON_LENGTH / length))
        return weight * lanes, weight * zero

    def _cut(self, text: str) -> list[int]:
        return self._table.pieces.cut(text)[:MOST_PIECES] if self._table else []

    def _piece(self, piece: int) -> int:
        lanes = self._lanes.get(piece)
        if lanes is None:
            assert self._table
            lanes = self._lanes[piece] = to_lanes(self._table.vector(piece))
        return lanes


def _length(vector: Sequence[int]) -> float:
    """The length of a vector, 1 for one without a direction."""
    return sqrt(sum(map(mul, vector, vector))) or 1.0


def _to_bytes(vector: Sequence[int]) -> bytes:
    """A vector at length 1 as bytes, `ZERO` for 0; empty for one without a direction."""
    if not any(vector):
        return b""
    scale = UNIT / _length(vector)
    return bytes([ZERO + max(-HIGHEST, min(HIGHEST, round(scale * number))) for number in vector])
