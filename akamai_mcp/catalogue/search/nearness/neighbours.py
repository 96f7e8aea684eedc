"""How near each operation is to a question."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from akamai_mcp.catalogue.search.nearness.lanes import from_lanes, to_lanes
from akamai_mcp.catalogue.search.nearness.phrases import UNIT, Meanings
from akamai_mcp.catalogue.search.nearness.table import DIMENSIONS, ZERO

# Below this cosine two texts have nothing in common: the pieces of words that mean nothing point somewhere too.
ALIKE: Final = 0.35


class Neighbours:
    """The vectors of operations by row, kept by dimension: a question is then compared with all of them in 192 steps."""

    def __init__(self, vectors: Iterable[tuple[int, bytes]]) -> None:
        known = [(row, vector) for row, vector in vectors if len(vector) == DIMENSIONS]
        self._rows = [row for row, _ in known]
        together = b"".join(vector for _, vector in known)
        self._columns = [to_lanes(together[number::DIMENSIONS]) for number in range(DIMENSIONS)]
        # What the offset of the bytes adds to each product.
        self._offsets = [ZERO * (sum(vector) - ZERO * DIMENSIONS) for _, vector in known]
        self._meanings = Meanings()

    def likeness(self, text: str) -> Mapping[int, float]:
        """The cosine between a text and each operation, by row; empty if the text has no known word."""
        vector = self._meanings.of([text])
        if not vector:
            return {}
        products = sum(number * column for number, column in zip(vector, self._columns, strict=True))
        own = ZERO * sum(vector)
        found = zip(self._rows, from_lanes(products, len(self._rows)), self._offsets, strict=True)
        return {row: (product - own - offset) / UNIT**2 for row, product, offset in found}


def nearest(likeness: Mapping[int, float], most: int, allowed: Collection[int] | None) -> list[int]:
    """The rows that are most alike, among the allowed ones (None: all)."""
    rows: Iterable[int] = likeness if allowed is None else likeness.keys() & allowed
    best = heapq.nlargest(most, rows, key=lambda row: (likeness[row], -row))
    return [row for row in best if likeness[row] >= ALIKE]
