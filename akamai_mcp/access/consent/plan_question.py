"""The question for the plan of a program: all its changes, grouped, so that a person reads it in ten seconds. Pure.

Customers come first, then each operation with its count, its effect and the values that decide it, then a few of its paths.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from akamai_mcp.access.action import Action
from akamai_mcp.access.consent.confirmation import Weighed
from akamai_mcp.access.consent.question import MAX_NAME, MAX_TEXT, Question, quote
from akamai_mcp.request.redaction import redact_target

MAX_LINES: Final = 30
SHOWN_PATHS: Final = 3
SHOWN_VALUES: Final = 4
MAX_PATH: Final = 160  # characters; a longer path is cut in the middle
_WORST_FIRST: Final = ("destroy", "write", "read")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """One change of a plan, and the question that it alone would be."""

    action: Action
    weighed: Weighed


def write_plan(changes: Sequence[PlannedAction], *, open_end: str = "") -> Question:
    """Describe all changes in at most 30 lines and 2,400 characters; the digest binds the answer to each of them.

    `open_end` says why the program may mean further changes, which are then asked about on their own.
    """
    tail = [f"It may mean more changes after that, and asks for them then: {open_end}."] if open_end else []
    lines = [_head(changes), *_fitted(list(_groups(changes)), len(tail)), *tail]
    names = sorted(change.weighed.name for change in changes)
    return Question(text="\n".join(lines), digest=sha256(json.dumps(names).encode()).hexdigest())


def write_whole_plan(changes: Sequence[PlannedAction]) -> list[str]:
    """The question of each change, worst effects first."""
    return [change.weighed.question.text for group in _grouped(changes) for change in group]


def _head(changes: Sequence[PlannedAction]) -> str:
    customers = sorted({(change.action.customer, change.action.switched) for change in changes})
    names = ", ".join(f"{quote(name, MAX_NAME)}{' with its account switch key' if key else ''}" for name, key in customers)
    asks = sum(change.weighed.asks for change in changes)
    asking = f", of which {asks:,} need your agreement" if 0 < asks < len(changes) else ""
    changed = "1 change" if len(changes) == 1 else f"{len(changes):,} changes"
    return f"For customer {names}: {changed} by one program{asking}."


def _grouped(changes: Sequence[PlannedAction]) -> list[list[PlannedAction]]:
    """The changes by customer, operation, effect and deciding values; the worst effects first."""
    groups: dict[tuple[object, ...], list[PlannedAction]] = {}
    for change in changes:
        action = change.action
        key = (action.customer, action.operation, action.effect, *_decisions(change))
        groups.setdefault(key, []).append(change)
    return sorted(groups.values(), key=lambda group: _WORST_FIRST.index(group[0].action.effect))


def _groups(changes: Sequence[PlannedAction]) -> Iterator[list[str]]:
    several = len({change.action.customer for change in changes}) > 1
    for group in _grouped(changes):
        first = group[0].action
        where = f" for customer {quote(first.customer, MAX_NAME)}" if several else ""
        reveals = " The answer contains credentials." if first.reveals else ""
        yield [
            f"{len(group):,} x {first.effect}: {first.method} {quote(first.summary)}{where}.{reveals}",
            *(f"  {line}" for line in _decisions(group[0])),
            *_members(group),
        ]


def _members(group: list[PlannedAction]) -> Iterator[str]:
    for change in group[:SHOWN_PATHS]:
        yield f"  {_path(change.action)}"
        if len(group) <= SHOWN_PATHS:
            yield from (f"    {line}" for line in _values(change)[:SHOWN_VALUES])
    if len(group) > SHOWN_PATHS:
        yield f"  and {len(group) - SHOWN_PATHS:,} more"


def _path(action: Action) -> str:
    path = redact_target(action.target)
    return path if len(path) <= MAX_PATH else f"{path[: MAX_PATH // 2]} ... {path[-MAX_PATH // 2 :]}"


def _decisions(change: PlannedAction) -> tuple[str, ...]:
    return tuple(line for line in change.weighed.question.text.split("\n") if line.startswith("Decides: "))


def _values(change: PlannedAction) -> list[str]:
    """The lines of a change's own question that follow its head: the values that are sent."""
    places = ("query ", "body ", "header ", "part ", "form ")
    return [line for line in change.weighed.question.text.split("\n") if line.startswith(places)]


def _fitted(groups: list[list[str]], kept: int) -> Iterator[str]:
    """As many lines as fit; the first line of every group comes before the others, so that none is hidden by another."""
    heads = [group[0] for group in groups]
    room = MAX_LINES - 2 - kept - len(heads)
    characters = MAX_TEXT - sum(len(head) + 1 for head in heads) - 300
    for number, group in enumerate(groups):
        if number == MAX_LINES - 3:
            yield f"And {len(groups) - number:,} more kinds of changes."
            return
        yield group[0]
        for line in group[1:]:
            if room <= 0 or len(line) > characters:
                continue
            room -= 1
            characters -= len(line) + 1
            yield line
