"""The habits that a fake Akamai has, with their figures, and how a setting names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Which habits are on, and their figures.

    `account`: data that agree; `work`: activations and jobs take a while; `conflicts`: etags and sync points are compared;
    `redirects`: PAPI redirects to itself; `ids`: others refuse PAPI's ids; `media_types`: each kind has its own;
    `limits`: of four forms; `late`: what was just created is not found at first; `headers`: PAPI tells of its limit;
    `lines`: events are lines of JSON; `archives`: they have members.
    `properties`, `groups` (0: as usual) and `seed` make the account; a stage of work takes `looks` reads or `seconds`;
    `burst` requests are allowed in a second, `papi`, `cps` and `others` in a minute.
    """

    account: bool = False
    work: bool = False
    conflicts: bool = False
    redirects: bool = False
    ids: bool = False
    media_types: bool = False
    limits: bool = False
    late: bool = False
    headers: bool = False
    lines: bool = False
    archives: bool = False
    properties: int = 12
    groups: int = 0
    seed: int = 1
    looks: int = 1
    seconds: int = 20
    burst: int = 60
    papi: int = 100
    cps: int = 120
    others: int = 600


NAMES: Final = tuple(field.name for field in fields(Habits) if field.type == "bool")
FIGURES: Final = tuple(field.name for field in fields(Habits) if field.type == "int")
NONE: Final = Habits()


def read_habits(words: Sequence[str]) -> Habits:
    """The habits of a setting: `all`, `none`, or names, and figures as `name=number`. Raises ValueError."""
    habits = NONE
    # In the order given, so that `all,burst=1000000` switches everything on and then widens one.
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
