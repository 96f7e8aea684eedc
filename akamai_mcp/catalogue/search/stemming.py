"""Stem words with the tokenizer of the index, so that ranking and index agree."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final
from weakref import finalize

TOKENIZER: Final = "porter unicode61"
KEPT_WORDS: Final = 20_000


class Stemmer:
    """SQLite's Porter stemmer as a function, with a cache of at most KEPT_WORDS words."""

    def __init__(self) -> None:
        self._engine = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        finalize(self, self._engine.close)
        self._engine.execute(f"CREATE VIRTUAL TABLE words USING fts5(word, content='', tokenize='{TOKENIZER}')")
        self._engine.execute("CREATE VIRTUAL TABLE stems USING fts5vocab(words, 'instance')")
        self._known: dict[str, str] = {}

    def stems(self, tokens: Iterable[str]) -> list[str]:
        """The stem of each word, in order; words consist of `[a-z0-9]`."""
        wanted = list(tokens)
        if new := [word for word in dict.fromkeys(wanted) if word not in self._known]:
            if len(self._known) > KEPT_WORDS:
                self._known.clear()
                new = list(dict.fromkeys(wanted))
            self._learn(new)
        return [self._known[word] for word in wanted]

    def _learn(self, new: list[str]) -> None:
        self._engine.execute("INSERT INTO words (rowid, word) VALUES (1, ?)", (" ".join(new),))
        found = [row[0] for row in self._engine.execute("SELECT term FROM stems ORDER BY offset")]
        # Empty the table again: its only purpose is to run the tokenizer.
        self._engine.execute("INSERT INTO words (words) VALUES ('delete-all')")
        self._known.update(zip(new, found, strict=True))
