"""The terms of the index: their rarity, their BM25 scores, and the nearest term to a misspelling."""

from __future__ import annotations

import difflib
import math
import sqlite3
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

COLUMNS: Final = ("summary", "ask", "identifier", "path", "product", "fields")
KEPT_TERMS: Final = 4_096
# Shorter words have too many near neighbours to be corrected.
MIN_CORRECTED: Final = 5
LIKENESS: Final = 0.8
_OWNERSHIP: Final = """
SELECT count(*), coalesce(sum(product = ?), 0) FROM operations WHERE id IN (SELECT rowid FROM terms WHERE terms MATCH ?)
"""
_TEXTS: Final = "{summary ask identifier path}"


class Vocabulary:
    """The terms of an index; look-ups are cached, because an index never changes."""

    def __init__(self, index: sqlite3.Connection, weights: Iterable[float]) -> None:
        self._index = index
        self._columns = ", ".join(str(weight) for weight in weights)
        self._count: int = index.execute("SELECT count(*) FROM operations").fetchone()[0]
        self._in: Mapping[str, int] = dict(index.execute("SELECT term, doc FROM vocabulary"))
        by_column = "SELECT term, doc FROM vocabulary_by_column WHERE col = 'identifier'"
        self._named: Mapping[str, int] = dict(index.execute(by_column))
        self.scores = lru_cache(maxsize=KEPT_TERMS)(self._scores)
        self.correct = lru_cache(maxsize=KEPT_TERMS)(self._correct)
        self.ownership = lru_cache(maxsize=KEPT_TERMS)(self._ownership)
        self.weigh = lru_cache(maxsize=KEPT_TERMS)(self._weigh)
        self.weigh_name = lru_cache(maxsize=KEPT_TERMS)(self._weigh_name)

    def __contains__(self, stem: str) -> bool:
        return stem in self._in

    def _weigh(self, stem: str) -> float:
        """The rarity of a stem in all texts (BM25's inverse document frequency); 0 if it does not occur."""
        count = self._in.get(stem)
        # BM25's IDF; the 1 keeps it positive for terms in most operations.
        return math.log(1 + (self._count - count + 0.5) / (count + 0.5)) if count else 0.0

    def _weigh_name(self, stem: str) -> float:
        """The rarity of a stem in operation names; an unknown stem counts as if one name in twenty had it."""
        return math.log(1 + self._count / self._named.get(stem, self._count / 20))

    def _scores(self, stem: str) -> Mapping[int, float]:
        """The BM25 score of every row that has the stem."""
        query = f"SELECT rowid, -bm25(terms, {self._columns}) FROM terms WHERE terms MATCH ?"  # noqa: S608
        return dict(self._index.execute(query, (f'"{stem}"',)))

    def _correct(self, stem: str) -> str | None:
        """The most similar stem with the same first letter."""
        # Digits are values, not misspelled words.
        if len(stem) < MIN_CORRECTED or not stem.isalpha():
            return None
        near = [known for known in self._in if known[0] == stem[0] and abs(len(known) - len(stem)) <= 1]
        return next(iter(difflib.get_close_matches(stem, near, cutoff=LIKENESS)), None)

    def _ownership(self, stems: tuple[str, ...], product: str) -> float:
        """The share of the operations with these stems that belong to the product; 1 if there are none."""
        query = _TEXTS + " : (" + " AND ".join(f'"{stem}"' for stem in stems) + ")"
        total, own = self._index.execute(_OWNERSHIP, (product, query)).fetchone()
        return own / total if total else 1.0
