"""Cut words into the pieces of a table's vocabulary, as the sentence model does: the longest known piece first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
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
        self._of_word = lru_cache(maxsize=KEPT_WORDS)(lambda word: tuple(self._pieces(word)))

    def cut(self, text: str) -> list[int]:
        """The numbers of the pieces of a text, in order."""
        words = _WORD.findall(_CASE.sub(" ", text).lower())
        return [piece for word in words for piece in self._of_word(word[:LONGEST_WORD])]

    def _pieces(self, word: str) -> Iterator[int]:
        prefix = ""
        while word:
            longest = next((end for end in range(len(word), 0, -1) if prefix + word[:end] in self._numbers), None)
            if longest is None:
                return
            yield self._numbers[prefix + word[:longest]]
            word, prefix = word[longest:], CONTINUED
