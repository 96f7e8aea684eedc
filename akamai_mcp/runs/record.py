"""A run and its changes, as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from akamai_mcp.audit.line import to_time

# running: a call drives it. asks: its plan waits for an answer. paused: it goes on when somebody lets it, or is due.
Status = Literal["running", "asks", "paused", "ended", "failed", "stopped"]
ChangeState = Literal["intended", "done", "failed", "unknown"]
OVER: Final[frozenset[Status]] = frozenset({"ended", "failed", "stopped"})
DAY: Final = 24 * 3600.0
WAIT: Final = "wait"  # what stands in place of a program's digest where a run is a wait for the work of one call


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPolicy:
    """Where runs are kept (None: in memory), how many seconds, how many, and bytes of all of them.

    `key` seals them; without one, a key is made beside them. `agreed_seconds` is how long an agreement to a plan may be used.
    `keep_before` keeps each resource as it was before and after a change, up to `state_bytes`.
    A replica holds a run for `lease_seconds` after it was last heard of. `waiting_bytes` bounds what must never reach a disk.
    """

    folder: Path | None = None
    key: bytes | None = field(default=None, repr=False)
    keep_seconds: float = 7 * DAY
    most: int = 1000
    most_bytes: int = 256 * 1024 * 1024
    agreed_seconds: float = DAY
    keep_before: bool = False
    state_bytes: int = 4 * 1024 * 1024
    lease_seconds: float = 30.0
    waiting: int = 64
    waiting_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: whose it is, how far it is, and its sealed state.

    `step` counts the saved states, `due` is when it can go on, `token` a digest of the question that it waits for. `program`
    is a digest of the source, `title` what people see of it. `result` is the JSON of its last answer. Times are seconds since
    the epoch. A wait for the work of one call is a run, too: its title is the name of the operation.
    """

    name: str
    caller: str
    customer: str
    title: str
    program: str
    status: Status
    created: float
    updated: float
    step: int = 0
    due: float | None = None
    token: str = ""
    reason: str = ""
    sealed: bytes = field(default=b"", repr=False)
    result: bytes = field(default=b"", repr=False)

    @property
    def is_wait(self) -> bool:
        """True if it waits for the work of one call, and is no program."""
        return self.program == WAIT

    def as_json(self) -> dict[str, Any]:
        """One line of a list."""
        facts: dict[str, Any] = {"run": self.name, "waitsFor" if self.is_wait else "program": self.title}
        facts |= {"status": self.status, "customer": self.customer}
        facts |= {"begun": to_time(self.created), "updated": to_time(self.updated)}
        facts |= {"due": to_time(self.due)} if self.due is not None and self.status == "paused" else {}
        return facts | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """One change of a run: `call` is the number of the program's call, `name` what consent knows the change by.

    `request` is the JSON of the call, `answer` what the program gets for it, sealed. `before` and `after` are the JSON of the
    resource around the change, where they are kept, and `gap` says why something of the change is not.
    """

    number: int
    step: int
    call: int
    name: str
    state: ChangeState
    customer: str
    operation: str
    method: str
    path: str
    at: float
    status: int | None = None
    request_id: str = ""
    request: bytes = field(default=b"", repr=False)
    answer: bytes = field(default=b"", repr=False)
    before: bytes = field(default=b"", repr=False)
    after: bytes = field(default=b"", repr=False)
    gap: str = ""

    def as_json(self) -> dict[str, Any]:
        """One line of a list."""
        facts: dict[str, Any] = {"request": f"{self.method} {self.path}", "state": self.state, "customer": self.customer}
        facts |= {"operation": self.operation, "time": to_time(self.at)} | ({"status": self.status} if self.status else {})
        return facts | ({"requestId": self.request_id} if self.request_id else {})
