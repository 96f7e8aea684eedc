"""The programs that do the whole job that a question asks for. Pure.

Evidence is words that they share, meanings that are near by the table of word pieces, and whether both read or both change
something. How near the nearest operation is counts against a program: a question that one operation fits needs no program.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from akamai_mcp.catalogue.naming import words
from akamai_mcp.catalogue.search.languages.translation import to_english
from akamai_mcp.catalogue.search.nearness.neighbours import Neighbours
from akamai_mcp.catalogue.search.nearness.phrases import Meanings
from akamai_mcp.catalogue.search.questions import question_kind
from akamai_mcp.catalogue.search.search import MAX_QUESTION
from akamai_mcp.catalogue.search.stemming import Stemmer
from akamai_mcp.catalogue.search.terms import COMPOUNDS, SHORT_FORMS, STOP_WORDS, SYNONYMS
from akamai_mcp.programs.library.program import LibraryProgram

MOST_FOUND: Final = 2
MOST_WORDS: Final = 60  # of a question
# A program is shown where it scores as much as this, and more than the nearest operation by its cosine. Chosen on the programs'
# own asks, each left out in turn, so that about 1 % of what operations are asked by shows a program.
LEAST_SCORE: Final = 0.3
BY_OPERATION: Final = 1.5
HEAD_START: Final = 0.2
BY_PHRASE: Final = 0.5
BY_MEANING: Final = 0.7
BY_ANSWERED: Final = 0.25
BY_LIKENESS: Final = 0.25
OTHER_KIND: Final = -0.2
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
        meanings = Meanings()
        phrases = [(place, text) for place, one in enumerate(self._known) for text in _sentences(one.program)]
        self._owners = [place for place, _ in phrases]
        self._phrases = Neighbours((number, meanings.of([text])) for number, (_, text) in enumerate(phrases))
        self._wholes = Neighbours((place, meanings.of(_sentences(one.program))) for place, one in enumerate(self._known))

    def find(self, question: str, nearest: float, most: int = MOST_FOUND) -> list[LibraryProgram]:
        """The programs that do the whole job that a question asks for, best first; none where operations do.

        `nearest` is the cosine between the question and the operation that is nearest to it. A program's name always finds it.
        """
        question = question[:MAX_QUESTION]
        named = [one.program for one in self._known if question.strip() in {one.program.name, one.program.reference}]
        scores = self._scores(to_english(question))
        best = sorted(range(len(scores)), key=lambda place: -scores[place])
        least = max(LEAST_SCORE, BY_OPERATION * nearest - HEAD_START)
        found = [self._known[place].program for place in best if scores[place] >= least]
        return list({one.name: one for one in (*named, *found)}.values())[:most]

    def _scores(self, text: str) -> list[float]:
        """How well each program answers an English question."""
        kind, sure = question_kind(text)
        asked, phrases, wholes = self._read(text), self._by_phrase(text), self._wholes.likeness(text)
        return [
            BY_PHRASE * phrases.get(place, 0.0)
            + BY_MEANING * wholes.get(place, 0.0)
            + self._by_words(asked, one)
            + OTHER_KIND * (sure and (kind == "read") != (one.program.effect == "read"))
            if asked & one.words  # the pieces of a word that nobody knows have a meaning too, and it means nothing
            else 0.0
            for place, one in enumerate(self._known)
        ]

    def _by_phrase(self, text: str) -> dict[int, float]:
        """The cosine of the phrase of each program that is nearest to a text."""
        best: dict[int, float] = {}
        for number, likeness in self._phrases.likeness(text).items():
            best[self._owners[number]] = max(best.get(self._owners[number], 0.0), likeness)
        return best

    def _by_words(self, asked: Stems, one: _Known) -> float:
        """The share of the question's words that a program has, and how like the question its likest text is."""
        answered = self._weigh(asked & one.words) / (self._weigh(asked) or 1)
        return BY_ANSWERED * answered + BY_LIKENESS * max(self._like(asked, text) for text in one.texts)

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


def _sentences(program: LibraryProgram) -> tuple[str, ...]:
    return (program.summary, *program.asks)


def _texts(program: LibraryProgram) -> tuple[str, ...]:
    return (program.name, *_sentences(program))
