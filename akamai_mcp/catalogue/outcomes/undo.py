"""How a write is taken back, as `x-guide.undo` has it: read, and checked for what means nothing.

A text that begins with `=` is a JMESPath expression over `arg` (the arguments of the call), `before` (the resource as it was),
`answer` (of the call) and, in arguments alone, `now.NAME` (a member of the resource as it is when the call is taken back).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

EXPRESSION: Final = "="
NOW: Final = "=now."
WAY_KEYS: Final = frozenset({"call", "with", "when", "within_hours", "last"})
NOTE_KEYS: Final = frozenset({"read", "ways", "about"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCall:
    """A call by its operation's key, with arguments whose texts may be expressions."""

    call: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoWay:
    """One way to take a call back: under which arguments, for how many hours; `last` comes after all other changes."""

    undo: UndoCall
    when: Mapping[str, Any] = field(default_factory=dict)
    within_hours: float | None = None
    last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoNote:
    """How a call is taken back: by the first way that applies. `read` shows the resource, `about` is for people."""

    ways: tuple[UndoWay, ...]
    read: UndoCall | None = None
    about: str = ""


def parse_undo(note: Any) -> Mapping[str, Any] | None:
    """The note as the index keeps it; None where there is none, or one that `undo_problems` refuses."""
    return note if isinstance(note, Mapping) and next(undo_problems(note), None) is None else None


def read_undo(note: Mapping[str, Any]) -> UndoNote:
    """The value of a note without problems."""
    read = note.get("read")
    return UndoNote(
        ways=tuple(_way(one) for one in note["ways"]), read=_call(read) if read else None, about=str(note.get("about", ""))
    )


def undo_problems(note: Any) -> Iterator[str]:
    """What is wrong with a note; nothing if there is none."""
    if note is None:
        return
    if not isinstance(note, Mapping) or not isinstance(note.get("ways"), list) or not note["ways"]:
        yield "undo: needs ways, a list"
        return
    if unknown := set(note) - NOTE_KEYS:
        yield f"undo: unknown keys {sorted(map(str, unknown))}"
    if "read" in note:
        yield from _call_problems(note["read"], frozenset({"call", "with"}))
    for way in note["ways"]:
        yield from _call_problems(way, WAY_KEYS)
    if "read" not in note and any(mentions(way, ("=before", NOW)) for way in note["ways"]):
        yield "undo: uses before or now, and has no read"


def undo_keys(note: Any) -> Iterator[str]:
    """The keys of the operations that a note names."""
    if isinstance(note, Mapping) and next(undo_problems(note), None) is None:
        yield from (str(one["call"]) for one in (*note["ways"], *([note["read"]] if "read" in note else [])))


def mentions(value: Any, beginnings: tuple[str, ...]) -> bool:
    """True if a text somewhere in a value begins so."""
    if isinstance(value, str):
        return value.startswith(beginnings)
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(mentions(one, beginnings) for one in inner)


def _call_problems(value: Any, known: frozenset[str]) -> Iterator[str]:
    if not isinstance(value, Mapping) or not isinstance(value.get("call"), str):
        yield "undo: each way and read need call, the key of an operation"
        return
    if unknown := set(value) - known:
        yield f"undo: unknown keys {sorted(map(str, unknown))}"
    if not all(isinstance(value.get(name, {}), Mapping) for name in ("with", "when")):
        yield "undo: with and when are mappings"
    if not isinstance(value.get("within_hours", 1), int | float) or not isinstance(value.get("last", False), bool):
        yield "undo: within_hours is a number, last is true or false"


def _call(value: Mapping[str, Any]) -> UndoCall:
    return UndoCall(call=value["call"], arguments=value.get("with", {}))


def _way(value: Mapping[str, Any]) -> UndoWay:
    return UndoWay(
        undo=_call(value), when=value.get("when", {}), within_hours=value.get("within_hours"), last=value.get("last", False)
    )
