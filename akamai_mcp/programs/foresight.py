"""Looks ahead: a copy of a program is followed to its end with stand-ins for the answers of changes, and nothing is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from akamai_mcp.access.consent.plan_question import PlannedAction, write_plan, write_whole_plan
from akamai_mcp.access.consent.question import Question
from akamai_mcp.programs.changes import Change, names_of
from akamai_mcp.programs.driver import NO_FURTHER, TOO_MANY, Driver
from akamai_mcp.programs.durable.saved import AskedPlan
from akamai_mcp.programs.events import ProgramFailed
from akamai_mcp.programs.host import Host
from akamai_mcp.programs.interpreter import Interpreters
from akamai_mcp.programs.policy import ProgramPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The changes that a program is seen to make; `open_end` says why there may be more."""

    changes: Sequence[Change]
    open_end: str = ""

    def asked(self, handle: str | None) -> AskedPlan:
        """The plan as the user is asked about it; `handle` leads to the whole of it."""
        question = self.question()
        effects = {change.action.effect for change in self.changes}
        return AskedPlan(
            text=f"{question.text}\nThe whole plan: {handle}" if handle else question.text,
            digest=question.digest,
            names=tuple(self.names),
            asking=tuple(self.asking),
            customers=tuple(sorted({change.action.customer for change in self.changes})),
            effect="destroy" if "destroy" in effects else "write",
        )

    @property
    def asks(self) -> bool:
        """True if one of the changes needs the user's agreement."""
        return any(change.weighed.asks for change in self.changes)

    @property
    def asking(self) -> list[str]:
        """The names of the changes that need the user's agreement."""
        return list(names_of(change for change in self.changes if change.weighed.asks))

    @property
    def names(self) -> list[str]:
        """The names that consent knows the changes by."""
        return list(names_of(self.changes))

    def question(self) -> Question:
        """The plan for a person."""
        return write_plan(self._actions(), open_end=self.open_end)

    def lines(self) -> list[str]:
        """Each change in full."""
        return write_whole_plan(self._actions())

    def _actions(self) -> list[PlannedAction]:
        return [PlannedAction(action=change.action, weighed=change.weighed) for change in self.changes]


async def foresee(
    interpreters: Interpreters, host: Host, policy: ProgramPolicy, state: bytes, changes: Mapping[int, Change]
) -> Plan:
    """Follow a copy of a program that stands still before `changes`, and return all changes met.

    Raises ProgramFailed if they are more than one program may make.
    """
    async with interpreters.session() as session:
        driver = Driver(session, host, policy, "foresee")
        driver.restore(changes)
        try:
            async with asyncio.timeout(policy.foresight_seconds):
                await driver.run(await session.restore(state))
            open_end = ""
        except TimeoutError:
            open_end = f"it could not be followed to its end within {policy.foresight_seconds:g} s"
        except ProgramFailed as failure:
            if failure.kind == TOO_MANY:
                raise
            at = f"line {failure.line}" if failure.line else "it"
            open_end = failure.text if failure.kind == NO_FURTHER else f"{at} needs the real answer of a change"
        finally:
            await driver.aclose()
        return Plan(changes=tuple(driver.foreseen) or tuple(changes.values()), open_end=open_end)
