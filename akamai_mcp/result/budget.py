"""Cut an answer to a size by its structure: long arrays first, then long strings, then wide objects.

What is left is valid JSON, and every cut is said: where, how much was kept, how much there was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

DEFAULT_BYTES: Final = 40_000
MAX_NAMED_CUTS: Final = 20
SHORTEST_STRING: Final = 64
MARK: Final = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One thing that was shortened: `unit` is items, characters or members."""

    path: str
    kept: int
    of: int
    unit: str

    def as_json(self) -> dict[str, Any]:
        """The cut as an agent reads it."""
        return {"path": self.path or ".", "kept": self.kept, "of": self.of, "unit": self.unit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many items, characters and members anything may have."""

    items: int
    characters: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A value within its budget and what was cut from it."""

    value: Any
    size: int
    cuts: tuple[Cut, ...] = ()


def json_size(value: Any) -> int:
    """Bytes of a value as compact JSON."""
    return len(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))


def fit(value: Any, budget: int) -> Fitted:
    """The value, or the largest cut of it that is at most `budget` bytes."""
    size = json_size(value)
    if size <= budget:
        return Fitted(value=value, size=size)
    for caps in _narrowing(budget):
        copy = _Copy(caps=caps, left=budget)
        candidate = copy.of(value, "")
        if copy.left >= 0 and json_size(candidate) <= budget:
            return Fitted(value=candidate, size=size, cuts=tuple(copy.cuts))
    return Fitted(value=None, size=size, cuts=(Cut(path="", kept=0, of=size, unit="bytes"),))


def _narrowing(budget: int) -> Iterator[Caps]:
    """Ever narrower caps: items down to one, then characters, then members."""
    wide = max(budget, 1)
    items = wide
    while items > 1:
        items = items * 3 // 4
        yield Caps(items=max(items, 1), characters=wide, members=wide)
    characters = wide
    while characters > SHORTEST_STRING:
        characters = max(characters // 2, SHORTEST_STRING)
        yield Caps(items=1, characters=characters, members=wide)
    members = 256
    while members > 1:
        members //= 2
        yield Caps(items=1, characters=SHORTEST_STRING, members=members)


@dataclass(slots=True, kw_only=True)
class _Copy:
    """One copy of a value within caps; `left` is at least what it leaves of the budget, and below zero it is given up.

    Were it not given up early, each cap that is too wide would cost a copy of all that it lets through.
    """

    caps: Caps
    left: int
    cuts: list[Cut] = field(default_factory=list)

    def of(self, value: Any, path: str) -> Any:
        """The copy of a part."""
        if isinstance(value, list):
            return self._list(value, path)
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, str) and len(value) > self.caps.characters:
            self._note(path, self.caps.characters, len(value), "characters")
            value = value[: self.caps.characters] + MARK
        self.left -= len(value) + len('""') if isinstance(value, str) else 1
        return value

    def _list(self, value: list[Any], path: str) -> list[Any]:
        kept = value[: self.caps.items]
        self._note(path, len(kept), len(value), "items")
        self.left -= len(kept) + 1  # its brackets and commas
        return [self.of(member, f"{path}[{index}]") for index, member in enumerate(kept) if self.left >= 0]

    def _object(self, value: dict[Any, Any], path: str) -> dict[Any, Any]:
        names = list(value)[: self.caps.members]
        self._note(path, len(names), len(value), "members")
        self.left -= sum(len(str(name)) + len('"":,') for name in names) + 1
        return {name: self.of(value[name], f"{path}.{name}" if path else str(name)) for name in names if self.left >= 0}

    def _note(self, path: str, kept: int, of: int, unit: str) -> None:
        if kept < of:
            self.cuts.append(Cut(path=path, kept=kept, of=of, unit=unit))


def name_cuts(cuts: tuple[Cut, ...]) -> list[dict[str, Any]]:
    """The largest cuts as JSON, at most twenty, and how many more there are."""
    named = sorted(cuts, key=lambda cut: cut.kept - cut.of)[:MAX_NAMED_CUTS]
    rest = len(cuts) - len(named)
    return [cut.as_json() for cut in named] + ([{"moreCuts": rest}] if rest else [])
