"""How well a name fits a question: a number from 0 to 1, and the word that says how."""

from __future__ import annotations

from typing import Final, Literal

How = Literal[
    "all", "exact", "id", "other name", "holds", "covers", "contains", "inside", "begins", "part", "words", "like", "above"
]
Field = Literal["name", "id", "also"]

EXACT: Final[dict[Field, tuple[How, float]]] = {"name": ("exact", 1.0), "id": ("id", 0.98), "also": ("other name", 0.93)}
HOLDS: Final = 0.97
COVERS: Final = 0.9
IN_NETWORK: Final = 0.88
GOOD: Final = 0.86  # below it nothing bears the name that was asked for
BEGINS: Final = 0.8
INSIDE: Final = 0.75
PLAUSIBLE: Final = 0.52  # a name that is spelled nearly so; below it another list may have what was meant
PART: Final = 0.7
WORDS: Final = 0.66
LIKE: Final = 0.64
ABOVE: Final = 0.3
LEAST_LIKE: Final = 0.72  # of 1: two texts less alike are different words
_SHARE: Final = 0.05  # how much a name counts that has little beside what was asked for


def within(text: str, name: str) -> tuple[How, float]:
    """How a text that stands in a name fits it: at its beginning or that of a word, and how much of it it is."""
    at = name.find(text)
    share = _SHARE * len(text) / len(name)
    if at == 0:
        return "begins", BEGINS + share
    starts = not name[at - 1].isalnum()
    return "part", PART + share + (0.02 if starts else 0.0)


def alike(likeness: float) -> float:
    """The score of a name that is as much like the text, from `LEAST_LIKE` to 1."""
    return LIKE * likeness


def in_network(prefix: int, longest: int) -> float:
    """The score of a network that an address is in: the smaller, the better."""
    return IN_NETWORK + 0.05 * prefix / longest
