"""The programs that a question means, by the words in which people ask for them. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from akamai_mcp.catalogue.naming import words
from akamai_mcp.catalogue.search.stemming import Stemmer
from akamai_mcp.catalogue.search.terms import COMPOUNDS, SHORT_FORMS, STOP_WORDS, SYNONYMS
from akamai_mcp.programs.library.program import LibraryProgram

MOST_FOUND: Final = 2
MOST_WORDS: Final = 60  # of a question
# A program is shown where it has most words of a question, and one of its texts is like the question.
LEAST_ANSWERED: Final = 0.6
LEAST_LIKE: Final = 0.45
LEAST_SHARED: Final = 2  # words: one alone names a thing, not a job
UNKNOWN: Final = 1.5  # the weight of a word that no program has
# What stands for a kind of name: which one it is says nothing of the job.
_NAMES: Final = ((re.compile(r"\b\d+(?:\.\d+){3}\S*"), " address "), (re.compile(r"\b[\w-]+(?:\.[\w-]+)+\b"), " hostname "))
_NUMBERS: Final = re.compile(r"\b\d+\b")

Stems = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    program: LibraryProgram
    texts: tuple[Stems, ...] = field(repr=False)

    @property
    def words(self) -> Stems:
        return frozenset().union(*self.texts)


class ProgramFinder:
    """Finds programs by what people ask; what is rare among their words tells most."""

    def __init__(self, programs: Iterable[LibraryProgram]) -> None:
        self._stemmer = Stemmer()
        self._same = {stem: min(line) for line in map(self._stemmer.stems, SYNONYMS) for stem in line}
        self._known = [_Known(program=one, texts=tuple(map(self._read, _texts(one)))) for one in programs]
        self._frequency = Counter(stem for one in self._known for stem in one.words)

    def find(self, question: str, most: int = MOST_FOUND) -> list[LibraryProgram]:
        """The programs that a question means, best first; none where it means none of them."""
        asked = self._read(question)
        scored = [(self._score(asked, one), one.program) for one in self._known]
        best = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0])
        return [program for _, program in best[:most]]

    def _score(self, asked: Stems, one: _Known) -> float:
        """How well a program answers a question, 0 where it has too few of its words or no text is like it."""
        answered = self._weigh(asked & one.words) / (self._weigh(asked) or 1)
        like = max(self._like(asked, text) for text in one.texts)
        return answered * like if answered >= LEAST_ANSWERED and like >= LEAST_LIKE else 0.0

    def _like(self, asked: Stems, text: Stems) -> float:
        shared = asked & text
        return 2 * self._weigh(shared) / (self._weigh(asked) + self._weigh(text)) if len(shared) >= LEAST_SHARED else 0.0

    def _weigh(self, stems: Stems) -> float:
        return sum(map(self._weight, stems))

    def _weight(self, stem: str) -> float:
        count = self._frequency[stem]
        return math.log(1 + (len(self._known) + 1) / (1 + count)) if count else UNKNOWN

    def _read(self, text: str) -> Stems:
        for pattern, kind in _NAMES:
            text = pattern.sub(kind, text)
        told = join_compounds(words(_NUMBERS.sub(" ", text))[:MOST_WORDS])
        told = [SHORT_FORMS.get(word, word) for word in told if word not in STOP_WORDS]
        return frozenset(self._same.get(stem, stem) for stem in self._stemmer.stems(told))


def join_compounds(told: list[str]) -> list[str]:
    """The words, where two that people also write as one are one: `cp code` is `cpcode`."""
    joined: list[str] = []
    for word in told:
        if joined and (joined[-1], word) in COMPOUNDS:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _texts(program: LibraryProgram) -> tuple[str, ...]:
    return (program.name, program.summary, *program.asks)
