"""The reverse of a run: which calls take its changes back, in reverse order, and what is left, with the reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
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
    _steps: list[_Step] = field(default_factory=list)
    _left: list[dict[str, Any]] = field(default_factory=list)
    _states: dict[bytes, bytes] = field(default_factory=dict)  # of each resource now
    _returning: dict[bytes, bytes] = field(default_factory=dict)  # of each resource once the steps so far are taken

    async def gather(self, changes: Sequence[MadeChange]) -> dict[str, Any]:
        """The steps, and what is left with its reason."""
        for made in reversed(changes):
            if made.change.state != "failed":
                await self._take(made)
        ordered = sorted(self._steps, key=lambda one: one.found.way.last)  # stable: what comes last keeps its order, too
        return {"steps": [one.as_json() for one in ordered], "left": self._left}

    async def _take(self, made: MadeChange) -> None:
        found = find_way(made, self.known, self.now)
        request = f"{made.change.method} {made.change.path}"
        step = found if isinstance(found, str) else await self._step(found, made, request)
        if isinstance(step, str):
            self._left.append({"request": request, "reason": step})
        else:
            self._add(step)

    async def _step(self, found: Found, made: MadeChange, request: str) -> _Step | str:
        """The step of a change, or why the change is left: the resource is not as it left it."""
        step = _Step(found=found, customer=made.change.customer, condition=found.condition, takes_back=[request])
        if found.condition is None:
            return step
        key = _resource(found.condition, made.change.customer)
        if key not in self._states:
            self._states[key] = self._returning[key] = await self.look(found.condition.read(made.change.customer))
        if not self._states[key]:
            return UNREADABLE
        # What the later steps bring back is what this one finds; one that is about another part finds what is there now.
        follows = found.condition.holds(self._returning[key])
        if not follows and not found.condition.holds(self._states[key]):
            return CHANGED
        self._returning[key] = made.change.before or NOT_THERE
        return replace(step, follows=follows)

    def _add(self, step: _Step) -> None:
        """Add a step; one that brings the same resource back to an earlier state takes the place of the later one."""
        same = [place for place, other in enumerate(self._steps) if step.replaces(other)]
        for place in reversed(same):
            other = self._steps.pop(place)
            step = replace(step, condition=other.condition, takes_back=other.takes_back + step.takes_back)
        self._steps.append(step)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A call that takes changes back, and its condition; `follows` if it begins where the step after it leaves the resource."""

    found: Found
    customer: str
    condition: Condition | None
    takes_back: list[str]
    follows: bool = False

    def replaces(self, later: _Step) -> bool:
        """True if this brings back what the later step would, and an earlier state of it."""
        if (self.found.way.undo.call, self.customer) != (later.found.way.undo.call, later.customer):
            return False
        if self.found.way.last:
            return self.found.arguments == later.found.arguments
        same = (self.found.condition, later.found.condition)
        is_part = all(same) and _part(same[0]) == _part(same[1])
        return self.found.way.needs_before and self.follows and is_part and _place(self.found) == _place(later.found)

    def as_json(self) -> dict[str, Any]:
        """The step as the program takes it."""
        # Content that is activated again is another one by then: what it was before this run.
        condition = None if self.found.way.last else self.condition
        return {
            "call": self.found.way.undo.call,
            "arguments": self.found.arguments,
            "now": self.found.now,
            "customer": self.customer,
            "takesBack": self.takes_back,
            "onlyIf": condition.as_json() if condition else None,
            "last": self.found.way.last,
        }


def _resource(condition: Condition, customer: str) -> bytes:
    # One call may name a resource by a number and the next by the same number as text.
    arguments = {name: str(value) for name, value in condition.arguments.items()}
    return orjson.dumps([condition.call, arguments, customer], option=orjson.OPT_SORT_KEYS)


def _part(condition: Condition | None) -> tuple[Any, ...]:
    return (condition.expression, condition.members) if condition else ()


def _place(found: Found) -> dict[str, str]:
    return {name: str(value) for name, value in found.arguments.items() if name != "body"}
