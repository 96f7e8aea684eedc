"""What became of one call: the record that logs, metrics and traces are written from.

By default nobody listens, and this module is not even loaded.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, Literal

from akamai_mcp.errors import (
    AccessError,
    AkamaiMcpError,
    ArgumentError,
    CacheMissError,
    ConfirmationRequired,
    CredentialsError,
    UnknownOperationError,
    UpstreamBusyError,
    UpstreamError,
    UpstreamTimeout,
)
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.counters import Event

Layer = Literal["announce", "cache", "coalesce", "replicas", "retry", "breaker", "limits", "upstream"]
LAYERS: Final[tuple[Layer, ...]] = Layer.__args__  # type: ignore[attr-defined]
Outcome = Literal[
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
SEVERAL: Final = "*"  # no customer can be called so
# The first that fits: a kind stands before what it is a kind of.
_OUTCOMES: Final[tuple[tuple[type[AkamaiMcpError], Outcome], ...]] = (
    (ConfirmationRequired, "asked"),
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
    """One passage through a layer: when it began and ended, how long the layers inside it took, what came back."""

    layer: Layer
    outer: Visit | None
    began: float
    ended: float | None = None
    inside: float = 0.0
    status: int | None = None
    received: int = 0

    @property
    def own(self) -> float:
        """Seconds spent in the layer itself."""
        return max(0.0, (self.ended or self.began) - self.began - self.inside)

    def answered(self, response: Response) -> None:
        """Note what came back."""
        self.status = response.status
        self.received = response.size or len(response.content)

    def end(self, now: float) -> None:
        """The passage is over."""
        if self.ended is None:
            self.ended = now
            if self.outer is not None:
                self.outer.inside += now - self.began


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """One call of a tool, with all that it sent: pages, attempts, looks at the outcome.

    `began_at` is in seconds since the epoch, all other times on the monotonic clock. `product` and `operation` are words of
    the catalogue, `customer` a configured name: no value of an argument is in a record.
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
    outcome: Outcome = "ok"
    request_id: str = ""
    result_bytes: int = 0
    events: Counter[Event] = field(default_factory=Counter)
    visits: list[Visit] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long the whole call took."""
        return self.ended - self.began

    @property
    def status(self) -> int | None:
        """The status of the last answer, from Akamai or from the cache; None where there was none."""
        outermost = (visit.status for visit in reversed(self.visits) if visit.outer is None)
        return next(outermost, None)

    def seconds_by_layer(self) -> dict[Layer, float]:
        """Seconds spent in each layer itself, of those that the call came through."""
        found: dict[Layer, float] = {}
        for visit in self.visits:
            found[visit.layer] = found.get(visit.layer, 0.0) + visit.own
        return found

    def concerns(self, *, product: str, operation: str, customer: str) -> None:
        """Note what is called for whom; one that concerns several customers, or operations, says so."""
        if not self.operation:
            self.product, self.operation = product, operation
        self.customer = customer if self.customer in {"", customer} else SEVERAL

    def failed(self, error: Exception) -> None:
        """Note why there is no answer."""
        self.outcome = next((outcome for kind, outcome in _OUTCOMES if isinstance(error, kind)), "broken")

    def close(self, now: float) -> None:
        """The call is over, and so is its part in what still goes on for others who joined it."""
        self.ended = now
        for visit in reversed(self.visits):
            visit.end(now)


# The record and the layer that the call is in.
here: ContextVar[tuple[CallRecord, Visit | None] | None] = ContextVar("call_record", default=None)


def current_record() -> CallRecord | None:
    """The record of the call that is being made; None where nobody listens."""
    place = here.get()
    return place[0] if place else None


def note_tool(name: str) -> None:
    """Note which tool answers: its own name, not the one that was asked for."""
    if record := current_record():
        record.tool = name


def note_failure(error: Exception) -> None:
    """Note why there is no answer."""
    if record := current_record():
        record.failed(error)


@contextmanager
def open_record(
    tell: Callable[[CallRecord], None], *, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
) -> Iterator[CallRecord]:
    """The record of a call, which everything that is done meanwhile adds to; it is closed and told in the end."""
    record = CallRecord(identifier=secrets.token_hex(8), began_at=wall(), began=clock())
    token = here.set((record, None))
    try:
        yield record
    finally:
        here.reset(token)
        record.close(clock())
        tell(record)
