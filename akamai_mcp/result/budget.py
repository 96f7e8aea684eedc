"""Cut a JSON value to a size by its structure: long arrays first, then long strings, then wide objects.

The result is valid JSON, and every cut is reported: its path, how much was kept, and how much there was.
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
    """One shortened array, string or object; `unit` is items, characters, members or bytes."""

    path: str
    kept: int
    of: int
    unit: str

    def as_json(self) -> dict[str, Any]:
        """The cut as the agent sees it."""
        return {"path": self.path or ".", "kept": self.kept, "of": self.of, "unit": self.unit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The largest allowed number of items of an array, characters of a string and members of an object."""

    items: int
    characters: int
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A value within its budget, its full size in bytes, and the cuts."""

    value: Any
    size: int
    cuts: tuple[Cut, ...] = ()


def json_size(value: Any) -> int:
    """The size of a value as compact JSON, in bytes."""
    return len(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))


def fit(value: Any, budget: int) -> Fitted:
    """The value, or its first cut of at most `budget` bytes when the caps are narrowed step by step."""
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
    """Caps from wide to narrow: first items down to one, then characters, then members."""
    wide = items = budget
    while items > 1:
        # Three quarters each time: finer than halving, and still few attempts.
        items = items * 3 // 4
        yield Caps(items=items, characters=wide, members=wide)
    characters = wide
    while characters > SHORTEST_STRING:
        characters = max(characters // 2, SHORTEST_STRING)
        yield Caps(items=1, characters=characters, members=wide)
    members = wide
    while members > 1:
        members //= 2
        yield Caps(items=1, characters=SHORTEST_STRING, members=members)


@dataclass(slots=True, kw_only=True)
class _Copy:
    """One copy of a value within caps; copying stops once `left`, an upper bound of the remaining budget, is negative.

    Without that stop, every cap that is too wide would cost a full copy of the value.
    """

    caps: Caps
    left: int
    cuts: list[Cut] = field(default_factory=list)

    def of(self, value: Any, path: str) -> Any:
        """Copy the part at a path."""
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
        self.left -= len(kept) + 1  # brackets and commas
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
    """The largest cuts as JSON, at most MAX_NAMED_CUTS, and the number of the others."""
    named = sorted(cuts, key=lambda cut: cut.kept - cut.of)[:MAX_NAMED_CUTS]
    rest = len(cuts) - len(named)
    return [cut.as_json() for cut in named] + ([{"moreCuts": rest}] if rest else [])
