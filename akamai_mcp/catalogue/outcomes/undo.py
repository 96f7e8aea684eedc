"""How a write is taken back, as `x-guide.undo` has it: read, and checked for what means nothing.

A text that begins with `=` is a JMESPath expression over `arg` (the arguments of the call), `before` (the resource as it was),
`answer` (of the call) and, in arguments alone, `now.NAME` (a member of the resource as it is when the call is taken back).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

EXPRESSION: Final = "="
NOW: Final = f"{EXPRESSION}now."
CALL_KEYS: Final = frozenset({"call", "with"})
WAY_KEYS: Final = CALL_KEYS | {"when", "within_hours", "last", "absent", "content", "becomes"}
NOTE_KEYS: Final = frozenset({"read", "ways", "about", "never"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCall:
    """A call by its operation's key: it takes the arguments of the call to take back that it knows, but for a body.

    `arguments` are set over these; their texts may be expressions, and null leaves one out.
    """

    call: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoWay:
    """One way to take a call back: under which arguments, for how many hours; `last` comes after all other changes.

    `absent` is true for a way where the call made what was not there before. `content` is a JMESPath expression for what has
    to be in the resource as the call left it, `becomes` are further values that it may have.
    """

    undo: UndoCall
    when: Mapping[str, Any] = field(default_factory=dict)
    within_hours: float | None = None
    last: bool = False
    absent: bool = False
    content: str = ""
    becomes: tuple[Any, ...] = ()

    @property
    def needs_before(self) -> bool:
        """True if it brings back what was there before."""
        return mentions(dict(self.undo.arguments), ("=before",))


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoNote:
    """How a call is taken back: by the first way that applies. `read` shows the resource, `about` is for people.

    `never` says why nothing takes the call back; there are no ways then.
    """

    ways: tuple[UndoWay, ...]
    read: UndoCall | None = None
    about: str = ""
    never: str = ""


def parse_undo(note: Any) -> Mapping[str, Any] | None:
    """The note as the index keeps it; None where there is none, or one that `undo_problems` refuses."""
    return note if isinstance(note, Mapping) and next(undo_problems(note), None) is None else None


def read_undo(note: Mapping[str, Any]) -> UndoNote:
    """The value of a note without problems."""
    read = note.get("read")
    return UndoNote(
        ways=tuple(_way(one) for one in note.get("ways", ())),
        read=_call(read) if read else None,
        about=str(note.get("about", "")),
        never=str(note.get("never", "")),
    )


def undo_problems(note: Any) -> Iterator[str]:
    """What is wrong with a note; nothing if there is none."""
    if note is None:
        return
    has_ways = isinstance(note, Mapping) and "never" not in note and isinstance(note.get("ways"), list) and note["ways"]
    if not isinstance(note, Mapping) or not (has_ways or _is_never(note)):
        yield "undo: needs ways, a list, or never, a text alone"
        return
    if unknown := set(note) - NOTE_KEYS:
        yield f"undo: unknown keys {sorted(map(str, unknown))}"
    if "read" in note:
        yield from _call_problems(note["read"], CALL_KEYS)
    for way in note.get("ways", ()):
        yield from _way_problems(way, has_read="read" in note)


def undo_keys(note: Any) -> Iterator[str]:
    """The keys of the operations that a note names."""
    if isinstance(note, Mapping) and next(undo_problems(note), None) is None:
        yield from (str(one["call"]) for one in (*note.get("ways", ()), *([note["read"]] if "read" in note else [])))


def mentions(value: Any, beginnings: tuple[str, ...]) -> bool:
    """True if a text somewhere in a value begins so."""
    if isinstance(value, str):
        return value.startswith(beginnings)
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(mentions(one, beginnings) for one in inner)


def _is_never(note: Mapping[str, Any]) -> bool:
    return set(note) == {"never"} and isinstance(note["never"], str) and bool(note["never"])


_FORMS: Final[tuple[tuple[Mapping[str, Any], str], ...]] = (
    ({"when": Mapping}, "with and when are mappings"),
    ({"within_hours": int | float, "last": bool, "absent": bool}, "within_hours is a number, last and absent are true or false"),
    ({"content": str, "becomes": list}, "content is JMESPath, becomes a list"),
)


def _way_problems(way: Any, *, has_read: bool) -> Iterator[str]:
    yield from _call_problems(way, WAY_KEYS)
    if not isinstance(way, Mapping):
        return
    for forms, told in _FORMS:
        if not all(isinstance(way[name], form) for name, form in forms.items() if name in way):
            yield f"undo: {told}"
    if not has_read and (mentions(way, ("=before", NOW)) or {"content", "absent"} & set(way)):
        yield "undo: uses the resource, and has no read"


def _call_problems(value: Any, known: frozenset[str]) -> Iterator[str]:
    if not isinstance(value, Mapping) or not isinstance(value.get("call"), str):
        yield "undo: each way and read need call, the key of an operation"
        return
    if unknown := set(value) - known:
        yield f"undo: unknown keys {sorted(map(str, unknown))}"
    if not isinstance(value.get("with", {}), Mapping):
        yield "undo: with and when are mappings"


def _call(value: Mapping[str, Any]) -> UndoCall:
    return UndoCall(call=value["call"], arguments=value.get("with", {}))


def _way(value: Mapping[str, Any]) -> UndoWay:
    further = {name: value[name] for name in ("when", "within_hours", "last", "absent", "content") if name in value}
    return UndoWay(undo=_call(value), becomes=tuple(value.get("becomes", ())), **further)
