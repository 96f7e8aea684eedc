"""Programs that wait for the answer to their plan, by the token of the question; each goes on once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from akamai_mcp.programs.changes import Change
from akamai_mcp.programs.foresight import Plan
from akamai_mcp.programs.host import Tally
from akamai_mcp.programs.policy import ProgramPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """A program before its plan: its saved state, the changes that it waits for, and what it did so far."""

    caller: str
    customer: str | None
    state: bytes = field(repr=False)
    changes: Mapping[int, Change] = field(repr=False)
    plan: Plan = field(repr=False)
    handle: str | None
    tally: Tally = field(repr=False)
    max_bytes: int


class SuspendedPrograms:
    """Keeps a bounded number of programs in memory for some minutes; the oldest are dropped first."""

    def __init__(self, policy: ProgramPolicy, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy = policy
        self._clock = clock
        self._kept: dict[str, tuple[float, Suspended]] = {}

    def keep(self, token: str, program: Suspended) -> None:
        """Keep a program under the token of its question."""
        self._drop_old()
        self._kept[token] = (self._clock() + self._policy.kept_seconds, program)
        while self._is_too_much():
            del self._kept[next(iter(self._kept))]

    def take(self, token: str, caller: str) -> Suspended | None:
        """Return a program that this caller suspended, and forget it."""
        self._drop_old()
        found = self._kept.get(token)
        if found is None or found[1].caller != caller:
            return None
        del self._kept[token]
        return found[1]

    def _is_too_much(self) -> bool:
        size = sum(len(program.state) for _, program in self._kept.values())
        return len(self._kept) > self._policy.most_kept or size > self._policy.kept_bytes

    def _drop_old(self) -> None:
        now = self._clock()
        self._kept = {token: kept for token, kept in self._kept.items() if kept[0] >= now}
