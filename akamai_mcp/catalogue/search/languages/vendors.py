"""Put what other vendors call a thing into the words of this field, so that a question of theirs finds what does the same job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from akamai_mcp.catalogue.search.languages.dictionary import COMMENT, FOLDER

WORDS: Final = "vendors.txt"
# What is said of another vendor's thing and not of the thing.
_LIKENESS: Final = re.compile(r"\b(?:equivalents?|counterparts?)\b(?: (?:of|to|for|in)\b)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """The words of one vendor, and its names; without a name its words count in every question."""

    names: re.Pattern[str] | None
    words: re.Pattern[str]
    meanings: dict[str, str]

    def translate(self, text: str) -> str:
        """The text with this vendor's words in those of the field; its name then says nothing more and is left out."""
        told = self.words.sub(self._meaning, text)
        return _LIKENESS.sub(" ", self.names.sub(" ", told)) if self.names and told != text else told

    def _meaning(self, match: re.Match[str]) -> str:
        meaning = self.meanings[match[1].lower()]
        return _plural(meaning) if match[2] and not meaning.endswith("s") else meaning


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith(("cy", "ty")) else f"{word}s"


def in_our_words(text: str) -> str:
    """The text with the words of other vendors in those of the field."""
    for vendor in load_vendors():
        if vendor.names is None or vendor.names.search(text):
            text = vendor.translate(text)
    return text


@lru_cache(maxsize=1)
def load_vendors() -> tuple[Vendor, ...]:
    """The vendors in the order of the file. A word of a vendor that is named goes before what the word means everywhere."""
    return tuple(sorted(_read((FOLDER / WORDS).read_text(encoding="utf-8")), key=lambda vendor: vendor.names is None))


def _read(text: str) -> Iterator[Vendor]:
    for section in re.split(r"^\[", text, flags=re.MULTILINE)[1:]:
        head, *lines = section.splitlines()
        _, _, names = head.removesuffix("]").partition(": ")
        meanings = {
            word.replace("_", " ").lower(): meaning
            for line in lines
            if line and not line.startswith(COMMENT)
            for meaning, _, words in [line.partition(": ")]
            for word in words.split()
        }
        yield Vendor(names=_any_of(names.split()) if names else None, words=_any_of(meanings, "(s?)"), meanings=meanings)


def _any_of(phrases: Iterable[str], ending: str = "") -> re.Pattern[str]:
    """Any of these phrases as whole words, the longest first."""
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest))}){ending}(?![\w-])", re.IGNORECASE)
