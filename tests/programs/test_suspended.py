"""Programs that wait for their user: kept for their caller, for some minutes, and never too many or too much."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from akamai_mcp.programs.foresight import Plan
from akamai_mcp.programs.host import Tally
from akamai_mcp.programs.policy import ProgramPolicy
from akamai_mcp.programs.suspended import Suspended, SuspendedPrograms


@dataclass(slots=True)
class FakeClock:
    """A clock that is set."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def program(caller: str = "ann", size: int = 1) -> Suspended:
    plan = Plan(changes=())
    return Suspended(
        caller=caller, customer=None, state=b"x" * size, changes={}, plan=plan, handle=None, tally=Tally(), max_bytes=1
    )


def test_a_program_goes_on_once_and_for_its_own_caller() -> None:
    kept = SuspendedPrograms(ProgramPolicy())
    kept.keep("token", program("ann"))
    assert kept.take("token", "bob") is None
    assert kept.take("other", "ann") is None
    assert kept.take("token", "ann") is not None
    assert kept.take("token", "ann") is None


@pytest.mark.parametrize(("seconds", "there"), [(300.0, True), (300.1, False)])
def test_a_program_is_kept_for_some_minutes(seconds: float, *, there: bool) -> None:
    clock = FakeClock()
    kept = SuspendedPrograms(ProgramPolicy(kept_seconds=300.0), clock)
    kept.keep("token", program())
    clock.now = seconds
    assert (kept.take("token", "ann") is not None) is there


@pytest.mark.parametrize(("policy", "size"), [(ProgramPolicy(most_kept=3), 1), (ProgramPolicy(kept_bytes=35), 10)])
def test_the_oldest_programs_make_room_for_new_ones(policy: ProgramPolicy, size: int) -> None:
    kept = SuspendedPrograms(policy)
    for number in range(5):
        kept.keep(str(number), program(size=size))
    assert [number for number in range(5) if kept.take(str(number), "ann")] == [2, 3, 4]
