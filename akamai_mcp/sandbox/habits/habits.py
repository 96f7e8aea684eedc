"""The habits that a fake Akamai has, with their figures, and how a setting names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Which habits are on, and their figures.

    `properties` is the size of the account; `looks` and `seconds` say how fast work goes, by reads of it or by time.
    """

    account: bool = False
    work: bool = False
    conflicts: bool = False
    properties: int = 12
    seed: int = 1
    looks: int = 1
    seconds: int = 20


NAMES: Final = tuple(field.name for field in fields(Habits) if field.type == "bool")
FIGURES: Final = tuple(field.name for field in fields(Habits) if field.type == "int")
NONE: Final = Habits()


def read_habits(words: Sequence[str]) -> Habits:
    """The habits of a setting: `all`, `none`, or names, and figures as `name=number`. Raises ValueError."""
    habits = NONE
    for word in words:
        habits = replace(habits, **_changes(word))
    return habits


def _changes(word: str) -> dict[str, Any]:
    name, _, figure = word.partition("=")
    if word in {"all", "none"}:
        return dict.fromkeys(NAMES, word == "all")
    if word in NAMES:
        return {word: True}
    if name in FIGURES and figure.isascii() and figure.isdigit():
        return {name: int(figure)}
    known = ", ".join(("all", "none", *NAMES, *(f"{name}=NUMBER" for name in FIGURES)))
    raise ValueError(f"{word!r} is no habit of the sandbox. There are {known}.")
