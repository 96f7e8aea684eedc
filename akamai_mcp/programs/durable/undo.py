"""The reverse of a run: which calls take its changes back, in reverse order, and what cannot be taken back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.outcomes.undo import UndoNote, UndoWay, mentions, read_undo
from akamai_mcp.programs.durable.expressions import NoValue, fill, fill_needed
from akamai_mcp.runs.record import RunChange

HOUR: Final = 3600.0
MISSING: Final = object()
NO_WAY: Final = "nothing is known that takes it back"
TOO_LATE: Final = "the time in which it can be taken back is over, or its arguments allow no way"
NOT_KEPT: Final = "what was there before is not kept: {} (AKAMAI_MCP_KEEP_BEFORE)"
UNKNOWN: Final = "whether it was made is not known: read the resource"
SECRET: Final = "its arguments held a secret and are not kept"  # noqa: S105 - a text for people
OTHER_ACCOUNT: Final = "the customer {} has another account now"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeChange:
    """A change as it is known afterwards: its arguments, the body of its answer, and the resource before it.

    `is_same_account` is false if its customer acts for another account now.
    """

    change: RunChange
    entry: Entry | None
    answer: Any = None
    is_same_account: bool = True

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments of the call."""
        found: Mapping[str, Any] = orjson.loads(self.change.request)["arguments"]
        return found

    def values(self) -> dict[str, Any]:
        """What the expressions of a note are about."""
        before = orjson.loads(self.change.before) if self.change.before else None
        return {"arg": self.arguments, "answer": self.answer, "before": before}


def reverse(changes: Sequence[MadeChange], now: float) -> dict[str, Any]:
    """The steps that take changes back, latest first, and what is left with its reason."""
    steps: list[tuple[bool, dict[str, Any]]] = []
    left: list[dict[str, Any]] = []
    for made in reversed(changes):
        if made.change.state == "failed":
            continue
        found = _step(made, now)
        if isinstance(found, str):
            left.append({"request": f"{made.change.method} {made.change.path}", "reason": found})
        else:
            _add(steps, found)
    ordered = sorted(steps, key=lambda one: one[0])  # stable: what comes last keeps its order, too
    return {"steps": [step for _, step in ordered], "left": left}


def _add(steps: list[tuple[bool, dict[str, Any]]], found: tuple[UndoWay, dict[str, Any]]) -> None:
    """Add a step; one that brings the same resource back to an earlier state takes the place of the later one."""
    way, step = found
    is_whole = mentions(dict(way.undo.arguments), ("=before",)) or way.last
    same = [place for place, (_, other) in enumerate(steps) if is_whole and _target(other) == _target(step)]
    for place in reversed(same):
        step["takesBack"] = steps.pop(place)[1]["takesBack"] + step["takesBack"]
    steps.append((way.last, step))


def _target(step: Mapping[str, Any]) -> tuple[Any, ...]:
    where = {name: value for name, value in step["arguments"].items() if name != "body"}
    return step["call"], step["customer"], orjson.dumps(where, option=orjson.OPT_SORT_KEYS)


def _step(made: MadeChange, now: float) -> tuple[UndoWay, dict[str, Any]] | str:
    """How a change is taken back, or why it is not."""
    if reason := _why_not(made):
        return reason
    assert made.entry is not None, "an operation that is gone has no way"
    note = read_undo(made.entry.undo or {})
    ways = list(_open_ways(note, made, now))
    missing = ""
    for way in ways:
        try:
            return way, _to_step(note, way, made)
        except NoValue as error:
            missing = NOT_KEPT.format(error)
    return missing or TOO_LATE


def _why_not(made: MadeChange) -> str:
    if made.entry is None or made.entry.undo is None:
        return NO_WAY
    if made.change.state != "done":
        return UNKNOWN
    if not made.change.request:
        return SECRET
    return "" if made.is_same_account else OTHER_ACCOUNT.format(made.change.customer)


def _open_ways(note: UndoNote, made: MadeChange, now: float) -> Iterator[UndoWay]:
    for way in note.ways:
        is_in_time = way.within_hours is None or now - made.change.at < way.within_hours * HOUR
        if is_in_time and all(_argument(made.arguments, place) == value for place, value in way.when.items()):
            yield way


def _argument(arguments: Mapping[str, Any], place: str) -> Any:
    value: Any = arguments
    for name in place.split("."):
        value = value.get(name, MISSING) if isinstance(value, Mapping) else MISSING
    return value


def _to_step(note: UndoNote, way: UndoWay, made: MadeChange) -> dict[str, Any]:
    values = made.values()
    read = note.read if mentions(dict(way.undo.arguments), ("=now",)) else None
    now = {"call": read.call, "arguments": fill(read.arguments, values)} if read else None
    return {
        "call": way.undo.call,
        "arguments": fill_needed(way.undo.arguments, values),
        "now": now,
        "customer": made.change.customer,
        "takesBack": [f"{made.change.method} {made.change.path}"],
    }


def body_of(answer: Callable[[], Any], request: bytes) -> Any:
    """The body of an answer: a call with `check=False` got the whole of it."""
    value = answer()
    is_checked = orjson.loads(request).get("check", True) if request else True
    return value if is_checked or not isinstance(value, Mapping) else value.get("body")
