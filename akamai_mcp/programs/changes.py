"""The changes of a program: what is meant, what was made, and what became of it. Pure values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from akamai_mcp.access.action import Action
from akamai_mcp.access.consent.confirmation import Weighed
from akamai_mcp.programs.requests import CallRequest
from akamai_mcp.result.store import Source
from akamai_mcp.runs.record import RunChange

MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that a program means to make: what it asked for, as the gate sees it."""

    request: CallRequest
    action: Action = field(repr=False)
    weighed: Weighed = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A change that was sent, and what became of it: `done`, `failed`, or `unknown` if no response tells."""

    method: str
    path: str
    customer: str
    state: str
    status: int | None = None
    request_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """One line for an answer."""
        facts: dict[str, Any] = {"request": f"{self.method} {self.path}", "state": self.state}
        facts |= {"customer": self.customer} | ({"status": self.status} if self.status else {})
        return facts | ({"requestId": self.request_id} if self.request_id else {})


def made_by(action: Action, state: str, *, status: int | None = None, request_id: str = "") -> Made:
    """A change that was sent, by its action."""
    return Made(
        method=action.method, path=action.path, customer=action.customer, state=state, status=status, request_id=request_id
    )


def made_before(changes: Iterable[RunChange]) -> list[Made]:
    """The changes that a run made before, as they were written down."""
    names = ("method", "path", "customer", "state", "status", "request_id")
    return [Made(**{name: getattr(change, name) for name in names}) for change in changes]


def source_of_change(change: RunChange) -> Source:
    """The call that what is kept of a change comes from."""
    return Source(customer=change.customer, operation=change.operation, method=change.method, path=change.path)


def names_of(changes: Iterable[Change]) -> Iterator[str]:
    """The names that consent knows the changes by."""
    return (change.weighed.name for change in changes)


def describe_made(made: list[Made]) -> Mapping[str, Any]:
    """What was changed, for an answer: the count by state, and the first lines, failures first."""
    if not made:
        return {}
    counts = {state: sum(one.state == state for one in made) for state in ("done", "failed", "unknown")}
    order = sorted(made, key=lambda one: one.state == "done")
    lines = [one.as_json() for one in order[:MOST_SHOWN]]
    more = {"more": len(made) - MOST_SHOWN} if len(made) > MOST_SHOWN else {}
    return {"changes": {state: count for state, count in counts.items() if count} | more, "changed": lines}
