"""A wait that goes on in another request or process: the call whose work it is, the read that shows the outcome, and the pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import orjson

from akamai_mcp.request.arguments import ABSENT, Placed
from akamai_mcp.request.redaction import redact
from akamai_mcp.result.outcomes.progress import Progress, Watch
from akamai_mcp.result.outcomes.waiting import Pace
from akamai_mcp.result.store import Source

PLACES: Final = ("path", "query", "header", "cookie", "standard_headers", "extra_query")
BODY: Final = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWait:
    """A wait as plain data. `source` is the call, `content` its answer so far, `notes` what the answer says at its end.

    `read` is the key of the operation that shows the outcome, `arguments` are its arguments by their location; `is_read` is true
    if the call itself is that read. `watched` has the arguments of the call by which the outcome is known as its own.
    `limit` is how many seconds are waited.
    """

    source: Source
    content: Mapping[str, Any] = field(repr=False)
    notes: Mapping[str, Any] = field(repr=False)
    read: str
    arguments: Mapping[str, Any] = field(repr=False)
    is_read: bool
    watched: Mapping[str, Any]
    until: tuple[str, ...]
    at: tuple[str, ...]
    own: bool
    removes: bool
    select: str | None
    max_bytes: int
    limit: float
    pace: Pace

    @property
    def holds_secret(self) -> bool:
        """True if a member of it may be a credential."""
        return any(redact(part) != part for part in (dict(self.content), dict(self.arguments), dict(self.watched)))

    def placed(self) -> Placed:
        """The arguments of the read."""
        return Placed(**self.arguments)

    def to_bytes(self) -> bytes:
        """The wait as JSON. Raises TypeError for values that are none."""
        return orjson.dumps(asdict(self), option=orjson.OPT_NON_STR_KEYS)


def read_wait(content: bytes) -> KeptWait:
    """What `KeptWait.to_bytes` wrote."""
    facts: dict[str, Any] = orjson.loads(content)
    pace, source = facts.pop("pace"), Source(**facts.pop("source"))
    progress = pace.pop("progress")
    pace = Pace(progress=Progress(**progress | {"wanted": tuple(progress["wanted"])}), **pace)
    until, at = tuple(facts.pop("until")), tuple(facts.pop("at"))
    return KeptWait(source=source, pace=pace, until=until, at=at, **facts)


def arguments_of(placed: Placed) -> dict[str, Any]:
    """The arguments of a read by their location."""
    located = {name: dict(value) for name in PLACES if (value := getattr(placed, name))}
    return located | ({BODY: placed.body} if placed.body is not ABSENT else {})


def watched_of(watch: Watch) -> dict[str, Any]:
    """The arguments that a watch compares items with, by their names."""
    return {name: watch.argument(name) for name in (watch.note.match.values() if watch.note else ())}


Keep = Callable[[KeptWait], Awaitable[bool]]
_keep: ContextVar[Keep | None] = ContextVar("keep_wait", default=None)


@contextmanager
def keeping_waits(keep: Keep) -> Iterator[None]:
    """Leave the waiting of calls made inside to `keep`, which returns true if it takes a wait; the call returns at once then."""
    token = _keep.set(keep)
    try:
        yield
    finally:
        _keep.reset(token)


def current_keeper() -> Keep | None:
    """What takes the waiting of the current call, if anything does."""
    return _keep.get()
