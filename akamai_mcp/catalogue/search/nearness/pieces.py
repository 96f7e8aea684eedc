"""Cut words into the pieces of a table's vocabulary, as the sentence model does: the longest known piece first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

CONTINUED: Final = "##"
LONGEST_WORD: Final = 60  # characters; a longer word is a value and means nothing
KEPT_WORDS: Final = 20_000
_PIECE: Final = re.compile(r"(?:##)?[a-z0-9]+\Z")
_WORD: Final = re.compile(r"[a-z0-9]+")
_CASE: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_piece(text: str) -> bool:
    """True for a piece of a vocabulary that words of `[a-z0-9]` may have."""
    return _PIECE.match(text) is not None


class WordPieces:
    """The numbers of the pieces of a text; the pieces of each word are kept."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers
        self._known: dict[str, tuple[int, ...]] = {}

    def cut(self, text: str) -> list[int]:
        """The numbers of the pieces of a text, in order."""
        found: list[int] = []
        for word in _WORD.findall(_CASE.sub(" ", text).lower()):
            pieces = self._known.get(word)
            if pieces is None:
                if len(self._known) > KEPT_WORDS:
                    self._known.clear()
                pieces = self._known[word] = tuple(self._pieces(word[:LONGEST_WORD]))
            found.extend(pieces)
        return found

    def _pieces(self, word: str) -> Iterator[int]:
        start, prefix = 0, ""
        while start < len(word):
            ends = range(len(word), start, -1)
            end = next((end for end in ends if prefix + word[start:end] in self._numbers), None)
            if end is None:
                return
            yield self._numbers[prefix + word[start:end]]
            start, prefix = end, CONTINUED
