"""The programs that a question means, by the words in which people ask for them. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from akamai_mcp.catalogue.naming import words
from akamai_mcp.catalogue.search.stemming import Stemmer
from akamai_mcp.catalogue.search.terms import STOP_WORDS, SYNONYMS
from akamai_mcp.programs.library.program import LibraryProgram

MOST_FOUND: Final = 2
MOST_WORDS: Final = 60  # of a question
# A program is shown where one of its texts answers most of a question and the question has much of that text.
LEAST_ANSWERED: Final = 0.6
LEAST_LIKE: Final = 0.45
LEAST_SHARED: Final = 2  # words: one alone names a thing, not a job

Stems = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    program: LibraryProgram
    texts: tuple[Stems, ...] = field(repr=False)


class ProgramFinder:
    """Finds programs by what people ask; what is rare among their words tells most."""

    def __init__(self, programs: Iterable[LibraryProgram]) -> None:
        self._stemmer = Stemmer()
        self._same = {stem: min(line) for line in map(self._all_stems, SYNONYMS) for stem in line}
        self._known = [_Known(program=one, texts=tuple(map(self._read, _texts(one)))) for one in programs]
        self._frequency = Counter(stem for one in self._known for stem in frozenset().union(*one.texts))

    def find(self, question: str, most: int = MOST_FOUND) -> list[LibraryProgram]:
        """The programs that a question means, best first; none where it means none of them."""
        asked = self._read(question)
        scored = [(max(self._score(asked, text) for text in one.texts), one.program) for one in self._known]
        best = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0])
        return [program for _, program in best[:most]]

    def _score(self, asked: Stems, text: Stems) -> float:
        """How alike a question and a text are, 0 where too little of either is in the other."""
        shared, wanted, offered = (sum(map(self._weight, stems)) for stems in (asked & text, asked, text))
        if len(asked & text) < LEAST_SHARED:
            return 0.0
        answered, like = shared / wanted, 2 * shared / (wanted + offered)
        return like if answered >= LEAST_ANSWERED and like >= LEAST_LIKE else 0.0

    def _weight(self, stem: str) -> float:
        return math.log(1 + (len(self._known) + 1) / (1 + self._frequency[stem]))

    def _read(self, text: str) -> Stems:
        told = [word for word in words(text)[:MOST_WORDS] if word not in STOP_WORDS]
        return frozenset(self._same.get(stem, stem) for stem in self._stemmer.stems(told))

    def _all_stems(self, line: Sequence[str]) -> list[str]:
        return self._stemmer.stems(line)


def _texts(program: LibraryProgram) -> tuple[str, ...]:
    return (program.name, program.summary, *program.asks)
