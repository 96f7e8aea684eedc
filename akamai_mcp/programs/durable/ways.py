"""How one change is taken back, by what the guide says of its operation, or why it is not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import orjson

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.outcomes.undo import UndoNote, UndoWay, mentions, read_undo
from akamai_mcp.errors import UnknownOperationError
from akamai_mcp.programs.durable.expressions import NoValue, fill, fill_needed, with_arguments
from akamai_mcp.programs.durable.states import ABSENT, NOT_THERE, Condition, Known, body_of, digest_of
from akamai_mcp.programs.requests import CallRequest
from akamai_mcp.request.arguments import BODY
from akamai_mcp.runs.record import RunChange

HOUR: Final = 3600.0
NO_WAY: Final = "nothing is known that takes it back"
GONE: Final = "the operation that takes it back is in no document any more"
TOO_LATE: Final = "the time in which it can be taken back is over, or its arguments allow no way"
NOTHING_BEFORE: Final = "there was nothing before it, and nothing is known that removes what it made"
NOT_KEPT: Final = "what was there before is not kept: {} (AKAMAI_MCP_KEEP_BEFORE)"
NOT_SEEN: Final = "what it left behind is not kept, so nobody can tell whether it was changed since (AKAMAI_MCP_KEEP_BEFORE)"
UNKNOWN: Final = "whether it was made is not known: read the resource"
SECRET: Final = "its arguments may hold a credential and were kept in memory alone, of a process that ended"  # noqa: S105
OTHER_ACCOUNT: Final = "the customer {} has another account now"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeChange:
    """A change as it is known afterwards: its arguments, the body of its answer, and the resource around it.

    `value` is what the program got for it. `is_same_account` is false if its customer acts for another account now.
    """

    change: RunChange
    entry: Entry | None
    value: Any = None
    is_same_account: bool = True

    @property
    def request(self) -> CallRequest:
        """The call."""
        return CallRequest(**orjson.loads(self.change.request))

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments of the call."""
        return self.request.arguments

    def values(self) -> dict[str, Any]:
        """What the expressions of a note are about."""
        before = orjson.loads(self.change.before) if self.change.before else None
        return {"arg": self.arguments, "answer": body_of(self.value, self.request), "before": before}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The way back of a change: its arguments, the read of what it has to know then, and the condition that must hold."""

    way: UndoWay
    arguments: dict[str, Any] = field(repr=False)
    now: dict[str, Any] | None = None
    condition: Condition | None = None


def find_way(made: MadeChange, known: Known, now: float) -> Found | str:
    """How a change is taken back, or why it is not."""
    if reason := _why_not(made):
        return reason
    assert made.entry is not None, "an operation that is gone has no way"
    note, reason = read_undo(made.entry.undo or {}), TOO_LATE
    for way in _open_ways(note, made, now):
        try:
            return _to_found(note, way, made, known)
        except NoValue as error:
            reason = _missing(made, str(error))
        except UnknownOperationError:
            reason = GONE
    return reason


def _why_not(made: MadeChange) -> str:
    if made.entry is None or made.entry.undo is None:
        return NO_WAY
    if never := read_undo(made.entry.undo).never:
        return never
    if made.change.state != "done":
        return UNKNOWN
    if not made.change.request:
        return SECRET
    return "" if made.is_same_account else OTHER_ACCOUNT.format(made.change.customer)


def _missing(made: MadeChange, name: str) -> str:
    """Why a value is not there."""
    if made.change.gap:
        return made.change.gap
    if name == NOT_SEEN:
        return NOT_SEEN
    return NOTHING_BEFORE if made.change.before == NOT_THERE else NOT_KEPT.format(name)


def _open_ways(note: UndoNote, made: MadeChange, now: float) -> Iterator[UndoWay]:
    for way in note.ways:
        is_in_time = way.within_hours is None or now - made.change.at < way.within_hours * HOUR
        is_its_case = way.absent is (made.change.before == NOT_THERE) or not (way.absent or way.needs_before)
        if is_in_time and is_its_case and all(_argument(made.arguments, place) == value for place, value in way.when.items()):
            yield way


def _argument(arguments: Mapping[str, Any], place: str) -> Any:
    """The value at a place such as `body.list.0`; None if there is none."""
    value: Any = arguments
    for name in place.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        else:
            value = value[int(name)] if isinstance(value, list) and name.isdigit() and int(name) < len(value) else None
    return value


def _to_found(note: UndoNote, way: UndoWay, made: MadeChange, known: Known) -> Found:
    """The way with its arguments. Raises NoValue, UnknownOperationError."""
    values = made.values() | {"takes": partial(known.settable, way.undo.call)}
    fill_needed(way.undo.arguments, values)
    assert made.entry is not None
    read = known.read_of(made.entry, values, made.change.customer) if note.read else None
    asks_now = read and mentions(dict(way.undo.arguments), ("=now",))
    return Found(
        way=way,
        arguments=known.arguments(way.undo, values),
        now={"call": read.name, "arguments": dict(read.arguments)} if read and asks_now else None,
        condition=_condition(way, made, known, read.name, read.arguments) if read else None,
    )


def _condition(way: UndoWay, made: MadeChange, known: Known, call: str, arguments: Mapping[str, Any]) -> Condition:
    """The resource is as the change left it. Raises NoValue where that is not known."""
    members = None if way.content else known.members(way.undo.call if way.needs_before else made.change.operation)
    expression = with_arguments(way.content, made.values())
    condition = Condition(call=call, arguments=arguments, digests=(), expression=expression, members=members)
    if not made.change.after:
        return _as_sent(way, made, condition)
    # An API may show a change only some seconds later, so what was asked for is accepted beside what was seen at once.
    becomes = [digest_of(fill(one, made.values())) for one in way.becomes]
    asked = [ABSENT] if made.change.method == "DELETE" else _asked_for(made, condition)
    return replace(condition, digests=(condition.digest(made.change.after), *asked, *becomes))


def _asked_for(made: MadeChange, condition: Condition) -> list[str]:
    """What a PUT asked for, if its body has the form of the resource."""
    is_whole = made.change.method == "PUT" and BODY in made.arguments and not condition.expression
    return [digest_of(condition.part(made.arguments[BODY]))] if is_whole else []


def _as_sent(way: UndoWay, made: MadeChange, condition: Condition) -> Condition:
    """Without what was seen after a call that made something, its own body says what it left."""
    body = made.arguments.get(BODY)
    if way.needs_before or way.content or not isinstance(body, Mapping) or not body:
        raise NoValue(NOT_SEEN)
    own = replace(condition, members=tuple(body))
    return replace(own, digests=(digest_of(own.part(body)),))
