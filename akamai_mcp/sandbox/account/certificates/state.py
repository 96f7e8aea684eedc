"""The state of enrollments and of their changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from akamai_mcp.sandbox.account.work import Work

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Change:
    """A change of an enrollment: work, then the inputs that it waits for, one after the other, with work after each."""

    number: int
    kind: str
    wanted: Json
    inputs: list[str]
    work: Work
    started: float
    cancelled: bool = False

    def waits_for(self, now: float) -> str:
        """The input that the change waits for, or an empty text."""
        return self.inputs[0] if self.inputs and self.work.is_done(now) and not self.cancelled else ""

    def is_complete(self, now: float) -> bool:
        """True if nothing is left to do."""
        return not self.cancelled and not self.inputs and self.work.is_done(now)


@dataclass(slots=True, kw_only=True)
class Enrollment:
    """An enrollment: what was asked for, the certificate that is deployed, and changes by number."""

    number: int
    contract_id: str
    slot: int
    body: Json
    deployed: bool
    issued: float
    ends: float
    changes: dict[int, Change] = field(default_factory=dict)

    def pending(self, now: float) -> Change | None:
        """The change that is under way."""
        return next((one for one in self.changes.values() if not one.cancelled and not one.is_complete(now)), None)

    @property
    def names(self) -> list[str]:
        """The common name and the alternative names."""
        csr = self.body["csr"]
        return list(dict.fromkeys([csr["cn"], *csr.get("sans", [])]))

    @property
    def path(self) -> str:
        """The path of the enrollment."""
        return f"/cps/v2/enrollments/{self.number}"
