"""The call record, from which logs, metrics and traces are written.

Without any of these this module is not loaded.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from akamai_mcp.errors import (
    AccessError,
    AkamaiMcpError,
    ArgumentError,
    CacheMissError,
    ConfirmationRequired,
    CredentialsError,
    QuestionRequired,
    UnknownOperationError,
    UpstreamBusyError,
    UpstreamError,
    UpstreamTimeout,
)
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.counters import Event

Layer = Literal["announce", "cache", "coalesce", "replicas", "retry", "breaker", "limits", "upstream"]
LAYERS: Final[tuple[Layer, ...]] = get_args(Layer)
OutcomeLabel = Literal[
    "ok",
    "failed",
    "asked",
    "refused",
    "invalid",
    "credentials",
    "notCached",
    "held",
    "timeout",
    "unreachable",
    "broken",
    "cancelled",
]
SEVERAL: Final = "*"  # not a valid customer name
# The first matching class applies, so a subclass comes before its base class.
_LABELS: Final[tuple[tuple[type[AkamaiMcpError], OutcomeLabel], ...]] = (
    (ConfirmationRequired, "asked"),
    (QuestionRequired, "asked"),
    (AccessError, "refused"),
    (ArgumentError, "invalid"),
    (UnknownOperationError, "invalid"),
    (CredentialsError, "credentials"),
    (CacheMissError, "notCached"),
    (UpstreamBusyError, "held"),
    (UpstreamTimeout, "timeout"),
    (UpstreamError, "unreachable"),
)


@dataclass(slots=True, kw_only=True)
class Visit:
    """One visit to a layer: its start and end, the seconds in the layers inside it, and the response."""

    layer: Layer
    outer: Visit | None
    began: float
    ended: float | None = None
    inside: float = 0.0
    status: int | None = None
    received: int = 0

    @property
    def own(self) -> float:
        """Seconds in the layer itself, without the layers inside it."""
        return max(0.0, (self.ended or self.began) - self.began - self.inside)

    def answered(self, response: Response) -> None:
        """Record the response."""
        self.status = response.status
        self.received = response.size or len(response.content)

    def end(self, now: float) -> None:
        """End the visit, unless it has ended."""
        if self.ended is None:
            self.ended = now
            if self.outer is not None:
                self.outer.inside += now - self.began


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """One tool call with everything that it sent: pages, attempts, polls of a job.

    `began_at` is in seconds since the epoch, all other times are on the monotonic clock. `product` and `operation` come from
    the catalogue and `customer` from the configuration: a record contains no argument values.
    """

    identifier: str
    began_at: float
    began: float
    ended: float = 0.0
    caller: str = ""
    tool: str = ""
    product: str = ""
    operation: str = ""
    customer: str = ""
    outcome: OutcomeLabel = "ok"
    request_id: str = ""
    result_bytes: int = 0
    events: Counter[Event] = field(default_factory=Counter)
    visits: list[Visit] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The duration of the call, in seconds."""
        return self.ended - self.began

    @property
    def status(self) -> int | None:
        """The status of the last response, from Akamai or from the cache; None if there was none."""
        outermost = (visit.status for visit in reversed(self.visits) if visit.outer is None)
        return next(outermost, None)

    def seconds_by_layer(self) -> dict[Layer, float]:
        """The seconds in each visited layer, without the layers inside it."""
        found: dict[Layer, float] = {}
        for visit in self.visits:
            found[visit.layer] = found.get(visit.layer, 0.0) + visit.own
        return found

    def concerns(self, *, product: str, operation: str, customer: str) -> None:
        """Record product, operation and customer; several customers become `*`, and the first operation stays."""
        if not self.operation:
            self.product, self.operation = product, operation
        self.customer = customer if self.customer in {"", customer} else SEVERAL

    def failed(self, error: Exception) -> None:
        """Record the label of an error."""
        self.outcome = next((label for kind, label in _LABELS if isinstance(error, kind)), "broken")

    def close(self, now: float) -> None:
        """End the call and its open visits; a request that other calls have joined may continue."""
        self.ended = now
        for visit in reversed(self.visits):
            visit.end(now)


# The current call's record and innermost visit.
here: ContextVar[tuple[CallRecord, Visit | None] | None] = ContextVar("call_record", default=None)


def current_record() -> CallRecord | None:
    """The record of the current call, or None without logs, metrics and traces."""
    current = here.get()
    return current[0] if current else None


def note_tool(name: str) -> None:
    """Record the tool's registered name, which may differ from the name in the request."""
    if record := current_record():
        record.tool = name


def note_failure(error: Exception) -> None:
    """Record the label of an error in the current call."""
    if record := current_record():
        record.failed(error)


@contextmanager
def open_record(
    tell: Callable[[CallRecord], None], *, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
) -> Iterator[CallRecord]:
    """Open the record of a call; at the end it is closed and passed to `tell`."""
    record = CallRecord(identifier=secrets.token_hex(8), began_at=wall(), began=clock())
    token = here.set((record, None))
    try:
        yield record
    finally:
        here.reset(token)
        record.close(clock())
        tell(record)
