"""The question for the plan of a program: all its changes, grouped, so that a person reads it in ten seconds. Pure.

Customers come first, then each operation with its count, its effect and the values that decide it, then a few of its paths.
Where not all of it fits, every operation comes before all deciding values, these before a path of each, and paths before values.
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
SHOWN_CUSTOMERS: Final = 4
RESERVED: Final = 700  # characters for the customers, the end and a count of what is left out
OPERATION, DECIDES, FIRST_PATH, PATH, VALUE = range(5)  # the ranks of lines
_WORST_FIRST: Final = ("destroy", "write", "read")


Line = tuple[int, str]  # rank and text


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
    names = ", ".join(
        f"{quote(name, MAX_NAME)}{' with its account switch key' if key else ''}" for name, key in customers[:SHOWN_CUSTOMERS]
    )
    names += f" and {len(customers) - SHOWN_CUSTOMERS:,} more" if len(customers) > SHOWN_CUSTOMERS else ""
    asks = sum(change.weighed.asks for change in changes)
    asking = f", of which {asks:,} need your agreement" if 0 < asks < len(changes) else ""
    changed = "1 change" if len(changes) == 1 else f"{len(changes):,} changes"
    return f"For customer {names}: {changed} by one program{asking}."


def _grouped(changes: Sequence[PlannedAction]) -> list[list[PlannedAction]]:
    """The changes by customer, operation, effect and deciding values; the worst effects first."""
    groups: dict[tuple[object, ...], list[PlannedAction]] = {}
    for change in changes:
        action = change.action
        key = (action.customer, action.operation, action.effect, action.reveals, *_decisions(change))
        groups.setdefault(key, []).append(change)
    return sorted(groups.values(), key=lambda group: _WORST_FIRST.index(group[0].action.effect))


def _groups(changes: Sequence[PlannedAction]) -> Iterator[list[Line]]:
    several = len({change.action.customer for change in changes}) > 1
    for group in _grouped(changes):
        first = group[0].action
        where = f" for customer {quote(first.customer, MAX_NAME)}" if several else ""
        reveals = " The answer contains credentials." if first.reveals else ""
        yield [
            (OPERATION, f"{len(group):,} x {first.effect}: {first.method} {quote(first.summary)}{where}.{reveals}"),
            *((DECIDES, f"  {line}") for line in _decisions(group[0])),
            *_members(group),
        ]


def _members(group: list[PlannedAction]) -> Iterator[Line]:
    for number, change in enumerate(group[:SHOWN_PATHS]):
        yield PATH if number else FIRST_PATH, f"  {_path(change.action)}"
        if len(group) <= SHOWN_PATHS:
            values = _values(change)
            yield from ((VALUE, f"    {line}") for line in values[:SHOWN_VALUES])
            if values[SHOWN_VALUES:]:
                yield VALUE, "    and more values"
    if len(group) > SHOWN_PATHS:
        yield PATH, f"  and {len(group) - SHOWN_PATHS:,} more"


def _path(action: Action) -> str:
    path = redact_target(action.target)
    return path if len(path) <= MAX_PATH else f"{path[: MAX_PATH // 2]} ... {path[-MAX_PATH // 2 :]}"


def _decisions(change: PlannedAction) -> tuple[str, ...]:
    return tuple(line for line in change.weighed.question.text.split("\n") if line.startswith("Decides: "))


def _values(change: PlannedAction) -> list[str]:
    """The lines of a change's own question that follow its head: the values that are sent."""
    places = ("query ", "body ", "header ", "part ", "form ")
    return [line for line in change.weighed.question.text.split("\n") if line.startswith(places)]


def _fitted(groups: list[list[Line]], kept: int) -> Iterator[str]:
    """As many lines as fit, by their rank and then in order, each only below what it belongs to. What is left out is counted."""
    lines = [line for group in groups for line in group]
    chosen = _choose(lines, MAX_LINES - 1 - kept)
    yield from (text for place, (_, text) in enumerate(lines) if place in chosen)
    kinds = sum(rank == OPERATION for place, (rank, _) in enumerate(lines) if place not in chosen)
    if kinds:
        yield f"And {kinds:,} more kinds of changes."
    elif more := len(lines) - len(chosen):
        yield f"And {more:,} more lines."


def _choose(lines: list[Line], room: int) -> set[int]:
    """The places of the lines that fit into so many lines and the characters of a question; one line is left for a count."""
    chosen: set[int] = set()
    characters = MAX_TEXT - RESERVED
    for rank in (OPERATION, DECIDES, FIRST_PATH, PATH, VALUE):
        above: int | None = None
        for place, (own, text) in enumerate(lines):
            is_below = rank == VALUE and own in {FIRST_PATH, PATH}
            above = place if own == OPERATION or is_below else above
            if own == rank and (rank == OPERATION or above in chosen) and len(chosen) < room - 1 and len(text) < characters:
                chosen.add(place)
                characters -= len(text) + 1
    return chosen
