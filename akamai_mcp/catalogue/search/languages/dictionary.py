"""The words of one language and what they mean in English, read from the file of that language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
COMMENT: Final = "#"
JOINING: Final = ("de",)  # languages that write several words as one
_TYPED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_PLAIN: Final = str.maketrans({"ß": "ss", "\u2019": "'"})
_ACCENT: Final = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a foreign word means: its English words, empty for a word that says nothing."""

    english: str
    is_verb: bool = False
    is_question: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """The words of a language by their folded spelling; phrases are words joined by spaces.

    `joins` is true for a language that writes several words as one.
    """

    meanings: dict[str, Meaning]
    longest: int
    joins: bool

    def __contains__(self, word: str) -> bool:
        return word in self.meanings


@lru_cache(maxsize=8)
def load_dictionary(language: str) -> Dictionary:
    """The dictionary of a language, such as `de`."""
    text = (FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    meanings: dict[str, Meaning] = {}
    for word, meaning in _entries(text):
        meanings.setdefault(word, meaning)
    return Dictionary(meanings=meanings, longest=max(map(len, meanings)), joins=language in JOINING)


def _entries(text: str) -> Iterator[tuple[str, Meaning]]:
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith(COMMENT):
            english, _, words = line.partition(": ")
            meaning = Meaning(
                english="" if section == "empty" else english, is_verb=section == "verbs", is_question=section == "questions"
            )
            yield from ((spelling, meaning) for word in words.split() for spelling in spellings(word.replace("_", " ")))


def spellings(word: str) -> set[str]:
    """The folded spellings of a word: without accents, and with `ae` for an umlaut, as people type it."""
    return {fold(word), fold(word.translate(_TYPED))}


def fold(text: str) -> str:
    """The text in lower case, in its plain width, without accents; what voices a Japanese sound is none, and stays."""
    apart = unicodedata.normalize("NFKD", text).lower().translate(_PLAIN)
    return unicodedata.normalize("NFC", _ACCENT.sub("", apart))
