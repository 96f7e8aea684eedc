"""The account: the state of every API that it has, a clock and numbers for what is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from akamai_mcp.sandbox.account.certificates.plant import plant_certificates
from akamai_mcp.sandbox.account.certificates.state import Enrollment
from akamai_mcp.sandbox.account.dns.plant import plant_names
from akamai_mcp.sandbox.account.dns.state import Names
from akamai_mcp.sandbox.account.edge.plant import plant_edge
from akamai_mcp.sandbox.account.edge.state import Edge
from akamai_mcp.sandbox.account.estate import Estate, Size, build_estate
from akamai_mcp.sandbox.account.papi.plant import plant_papi
from akamai_mcp.sandbox.account.papi.state import Papi
from akamai_mcp.sandbox.account.security.plant import plant_security
from akamai_mcp.sandbox.account.security.state import Security
from akamai_mcp.sandbox.account.work import Pace, Work
from akamai_mcp.sandbox.exchange import Ask

# What is made gets numbers that nothing had before.
FIRST_MADE = 9_000_001
CALLER = "sandbox-client"
Handler = Callable[["Account", Ask], object]


@dataclass(slots=True, kw_only=True)
class Account:
    """What an account has now. `compares` refuses a change of what another has changed since it was read."""

    estate: Estate
    clock: Callable[[], float]
    pace: Pace
    compares: bool
    papi: Papi
    security: Security
    names: Names
    certificates: dict[int, Enrollment]
    edge: Edge
    errors: dict[int, tuple[dict[str, Any], Work]] = field(default_factory=dict)
    last_made: int = FIRST_MADE - 1

    @property
    def now(self) -> float:
        """The time in seconds."""
        return self.clock()

    def new_number(self) -> int:
        """A number that nothing has."""
        # In order and never again: a number that came back would let a deleted resource answer for a new one.
        self.last_made += 1
        return self.last_made

    def work(self, *stages: str) -> Work:
        """Work that begins now."""
        return Work(stages=stages, started=self.now, pace=self.pace)


def build_account(
    size: Size | None = None,
    *,
    seed: int = 1,
    clock: Callable[[], float],
    pace: Pace | None = None,
    compares: bool = True,
) -> Account:
    """An account of a size; the same seed and time make the same account."""
    # Each API is planted from the same estate, so that a hostname of one is the hostname of the others.
    estate = build_estate(size or Size(), seed=seed, now=clock())
    return Account(
        estate=estate,
        clock=clock,
        pace=pace or Pace(),
        compares=compares,
        papi=plant_papi(estate),
        security=plant_security(estate),
        names=plant_names(estate),
        certificates=plant_certificates(estate),
        edge=plant_edge(estate),
    )
