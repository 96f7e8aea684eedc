"""Cut an answer to a size by its structure: long arrays first, then long strings, then wide objects.

What is left is valid JSON, and every cut is said: where, how much was kept, how much there was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
        cuts: list[Cut] = []
        candidate = _cut(value, caps, "", cuts)
        if json_size(candidate) <= budget:
            return Fitted(value=candidate, size=size, cuts=tuple(cuts))
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


def _cut(value: Any, caps: Caps, path: str, cuts: list[Cut]) -> Any:
    if isinstance(value, list):
        kept = value[: caps.items]
        _note(cuts, path, len(kept), len(value), "items")
        return [_cut(member, caps, f"{path}[{index}]", cuts) for index, member in enumerate(kept)]
    if isinstance(value, str) and len(value) > caps.characters:
        _note(cuts, path, caps.characters, len(value), "characters")
        return value[: caps.characters] + MARK
    if isinstance(value, dict):
        names = list(value)[: caps.members]
        _note(cuts, path, len(names), len(value), "members")
        return {name: _cut(value[name], caps, f"{path}.{name}" if path else str(name), cuts) for name in names}
    return value


def _note(cuts: list[Cut], path: str, kept: int, of: int, unit: str) -> None:
    if kept < of:
        cuts.append(Cut(path=path, kept=kept, of=of, unit=unit))


def name_cuts(cuts: tuple[Cut, ...]) -> list[dict[str, Any]]:
    """The largest cuts as JSON, at most twenty, and how many more there are."""
    named = sorted(cuts, key=lambda cut: cut.kept - cut.of)[:MAX_NAMED_CUTS]
    rest = len(cuts) - len(named)
    return [cut.as_json() for cut in named] + ([{"moreCuts": rest}] if rest else [])
