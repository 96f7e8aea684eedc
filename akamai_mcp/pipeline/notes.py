"""Where the record of the call under way is found, if there is one: apart from it, since most servers have none.

A record costs 3 ms to load. Without one a note costs a look at a context variable.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from akamai_mcp.pipeline.record import CallRecord, Visit

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
