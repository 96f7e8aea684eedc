"""The driver keeps count of what it was to make and did not."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from akamai_mcp.access.consent.confirmation import Weighed
from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.access.consent.question import Question
from akamai_mcp.programs.changes import Change
from akamai_mcp.programs.driver import Driver
from akamai_mcp.programs.events import Settled, Waits
from akamai_mcp.programs.host import Host, Tally
from akamai_mcp.programs.policy import ProgramPolicy
from akamai_mcp.programs.requests import CallRequest


class StallingHost:
    """Begins changes and never ends them."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.begun = asyncio.Semaphore(0)

    async def make(self, _number: int, _change: Change, _planned: PlannedChanges) -> Settled:
        self.begun.release()
        return await asyncio.Future()


def change(name: str) -> Change:
    weighed = Weighed(name=name, question=Question(text=name, digest=name), asks=True)
    return Change(request=CallRequest(name=name), action=cast("Any", None), weighed=weighed)


async def test_planned_changes_that_its_time_did_not_suffice_for_are_still_to_be_made() -> None:
    host = StallingHost()
    driver = Driver(cast("Any", None), cast("Host", host), ProgramPolicy(at_once=2), "run")
    changes = {number: change(f"change {number}") for number in range(5)}
    driver.restore(changes)
    planned = PlannedChanges([one.weighed.name for one in changes.values()], agreed=True)
    run = asyncio.create_task(driver.run(Waits(numbers=tuple(changes)), planned))
    for _ in range(2):
        await host.begun.acquire()
    run.cancel()
    await driver.aclose()
    assert len(driver.changes) == 3
