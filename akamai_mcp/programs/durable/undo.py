"""The reverse of a run: which calls take its changes back, in reverse order, and what is left, with the reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from akamai_mcp.programs.durable.states import NOT_THERE, Condition, Known
from akamai_mcp.programs.durable.ways import Found, MadeChange, find_way
from akamai_mcp.programs.requests import CallRequest

CHANGED: Final = "it was changed since, or taken back already: it is not as this change left it"
UNREADABLE: Final = "it cannot be read now, so nobody can tell whether it was changed since"

Look = Callable[[CallRequest], Awaitable[bytes]]


@dataclass(slots=True, kw_only=True)
class Reversal:
    """What takes a run back, gathered from its latest change to its first; `look` reads a resource as it is now."""

    known: Known
    now: float
    look: Look
    steps: list[tuple[bool, dict[str, Any]]] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    _states: dict[bytes, bytes] = field(default_factory=dict)

    async def gather(self, changes: Sequence[MadeChange]) -> dict[str, Any]:
        """The steps, and what is left with its reason."""
        for made in reversed(changes):
            if made.change.state != "failed":
                await self._take(made)
        ordered = sorted(self.steps, key=lambda one: one[0])  # stable: what comes last keeps its order, too
        return {"steps": [step for _, step in ordered], "left": self.left}

    async def _take(self, made: MadeChange) -> None:
        found = find_way(made, self.known, self.now)
        reason = found if isinstance(found, str) else await self._conflict(found, made)
        if not isinstance(found, str) and not reason:
            self._add(found, made)
            return
        self.left.append({"request": f"{made.change.method} {made.change.path}", "reason": reason})

    async def _conflict(self, found: Found, made: MadeChange) -> str:
        """Why a change is not taken back: the resource is not as the change left it."""
        if found.condition is None:
            return ""
        key = _resource(found.condition, made.change.customer)
        if key not in self._states:
            self._states[key] = await self.look(found.condition.read(made.change.customer))
        if not self._states[key]:
            return UNREADABLE
        if not found.condition.holds(self._states[key]):
            return CHANGED
        # What an earlier change of the same resource left is compared with what this step brings back.
        self._states[key] = made.change.before or NOT_THERE
        return ""

    def _add(self, found: Found, made: MadeChange) -> None:
        """Add a step; one that brings the same resource back to an earlier state takes the place of the later one."""
        way = found.way
        # Content that is activated again is another one by then: what it was before this run.
        condition = None if way.last else found.condition
        step = {
            "call": way.undo.call,
            "arguments": found.arguments,
            "now": found.now,
            "customer": made.change.customer,
            "takesBack": [f"{made.change.method} {made.change.path}"],
            "onlyIf": condition.as_json() if condition else None,
            "last": way.last,
        }
        same = [place for place, (_, other) in enumerate(self.steps) if (way.needs_before or way.last) and _is_same(other, step)]
        for place in reversed(same):
            other = self.steps.pop(place)[1]
            step |= {"takesBack": other["takesBack"] + step["takesBack"], "onlyIf": other["onlyIf"]}
        self.steps.append((way.last, step))


def _resource(condition: Condition, customer: str) -> bytes:
    return orjson.dumps([condition.call, condition.arguments, customer], option=orjson.OPT_SORT_KEYS)


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(_target(one)[place] == part for place, part in enumerate(_target(other)))


def _target(step: Mapping[str, Any]) -> tuple[Any, ...]:
    where = {name: value for name, value in step["arguments"].items() if name != "body"}
    return step["call"], step["customer"], where
