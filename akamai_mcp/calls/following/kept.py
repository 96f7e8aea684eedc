"""A wait that goes on in another request or process: the call whose work it is, the read that shows the outcome, and the pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import orjson

from akamai_mcp.calls.prepare import Intent, Prepared, notes_of
from akamai_mcp.calls.stored import source_of
from akamai_mcp.catalogue.undocumented import UNDOCUMENTED
from akamai_mcp.request.arguments import ABSENT, Placed
from akamai_mcp.request.redaction import holds_secret
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.outcomes.progress import Progress, Watch
from akamai_mcp.result.outcomes.waiting import Pace
from akamai_mcp.result.paging import note_single
from akamai_mcp.result.store import Source

PLACES: Final = ("path", "query", "header", "cookie", "standard_headers", "extra_query")
BODY: Final = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What is waited for: the answer so far, the read that shows the outcome, and what to watch for in it.

    `is_read` is true if the call itself is that read.
    """

    answer: Answer
    intent: Intent
    prepared: Prepared
    watch: Watch
    pace: Pace
    is_read: bool = False


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
    watched: Mapping[str, Any] = field(repr=False)
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
        return any(map(holds_secret, (self.content, self.arguments, self.watched)))

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


def to_kept(intent: Intent, wait: Wait, call: Prepared, limit: float) -> KeptWait | None:
    """The wait of a call as data; None for one that may hold a credential, or that no document describes."""
    entries = (call.entry, wait.prepared.entry)
    if any(entry.secret or entry.reveals or entry.product == UNDOCUMENTED for entry in entries):
        return None
    watch = wait.watch
    kept = KeptWait(
        source=source_of(call.action),
        content=wait.answer.content,
        notes=notes_of(intent) | (note_single(Answer(content={})).content if intent.controls.paginate else {}),
        read=wait.intent.entry.key,
        arguments=arguments_of(wait.intent.placed),
        is_read=wait.is_read,
        watched={name: watch.argument(name) for name in (watch.note.match.values() if watch.note else ())},
        until=watch.until,
        at=watch.at,
        own=watch.own,
        removes=watch.removes,
        select=intent.controls.select,
        max_bytes=intent.controls.max_bytes,
        limit=limit,
        pace=wait.pace,
    )
    return None if kept.holds_secret else kept


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
