"""An operation's mark as a source of the inventory, as `x-guide.inventory` has it: read, and checked for what means nothing.

Places are dotted paths into an answer or an item of it, `csr.sans[]` for each of a list, `@zone` for an argument of the call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast

Fill = Literal["first", "asked", "about"]
FILLS: Final[tuple[Fill, ...]] = ("first", "asked", "about")
MAX_TEXT: Final = 1000
_KIND: Final = re.compile(r"[a-z][a-z0-9-]{1,39}")
_PLACE: Final = re.compile(r"@?[\w-]+(?:\[\])?(?:\.[\w-]+(?:\[\])?)*|")
_NAME: Final = re.compile(r"[\w-]{1,60}")
_FACT: Final = re.compile(r"\.[\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryNote:
    """Where an operation's answer has things that the account owns.

    `id` and `name` are joined from their places, `also` are other names a thing is found by, `holds` addresses and networks in
    it. `facts` are shown; `belongs` has the ids of other things by their kind. `each` are the argument sets of its calls.
    `over` goes through known things: the first argument takes their ids, others what they belong to, or a fact (`.latest`);
    `having` bounds them to those that something of that kind belongs to. `fill` is `first`, or `asked` and `about` for what is
    read when a kind or a thing is asked for. `takes` is the argument that takes the id elsewhere, `next` what to call then.
    `undeclared` says that the document declares another answer than the API gives.
    """

    kind: str
    id: tuple[str, ...]
    items: str = ""
    undeclared: bool = False
    select: str = ""
    name: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    belongs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    each: tuple[Mapping[str, Any], ...] = ({},)
    over: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    having: str = ""
    fill: Fill = "first"
    takes: str = ""
    next: tuple[str, ...] = ()
    changes_with: tuple[str, ...] = ()


def parse_inventory(note: Any) -> Mapping[str, Any] | None:
    """The mark as the index keeps it; None where there is none, or one that `inventory_problems` refuses."""
    # Half a mark would name things wrongly, so one with any problem is ignored.
    return note if isinstance(note, Mapping) and next(inventory_problems(note), None) is None else None


def read_note(note: Mapping[str, Any]) -> InventoryNote:
    """The value of a mark without problems."""
    shared = note.get("with") or {}
    return InventoryNote(
        kind=note["kind"],
        id=texts(note["id"]),
        items=note.get("items", ""),
        undeclared=note.get("undeclared", False),
        select=note.get("select", ""),
        name=texts(note.get("name", ())),
        also=texts(note.get("also", ())),
        holds=texts(note.get("holds", ())),
        facts={name: texts(places) for name, places in (note.get("facts") or {}).items()},
        belongs={kind: texts(places) for kind, places in (note.get("belongs") or {}).items()},
        each=tuple({**shared, **one} for one in note.get("each") or [dict[str, Any]()]),
        over={name: texts(sources) for name, sources in (note.get("over") or {}).items()},
        having=note.get("having", ""),
        fill=cast("Fill", note.get("fill", "first")),
        takes=note.get("takes", ""),
        next=texts(note.get("next", ())),
        changes_with=texts(note.get("changes_with", ())),
    )


def texts(value: Any) -> tuple[str, ...]:
    """One text or several, as several."""
    return (value,) if isinstance(value, str) else tuple(value)


def inventory_problems(note: Any) -> Iterator[str]:
    """What is wrong with a mark; an absent one is right."""
    if note is None:
        return
    if not isinstance(note, Mapping):
        yield "inventory is no mapping"
        return
    yield from (f"inventory has no {name}" for name in ("kind", "id") if name not in note)
    for name, value in note.items():
        if name not in _FORMS:
            yield f"inventory has no key {str(name)[:80]!r}: its keys are {', '.join(_FORMS)}"
        elif not _FORMS[name](value):
            yield f"inventory.{name} cannot be {str(value)[:80]!r}"


def _is_kind(value: Any) -> bool:
    return isinstance(value, str) and _KIND.fullmatch(value) is not None


def _is_place(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT and _PLACE.fullmatch(value) is not None


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable()


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _is_argument_set(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_name(name) and isinstance(one, str | int | bool) for name, one in value.items())


def _are_argument_sets(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(map(_is_argument_set, value))


def _is_origin(value: Any) -> bool:
    return isinstance(value, str) and (_KIND.fullmatch(value) or _FACT.fullmatch(value)) is not None


def _some(is_one: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Whether something is one text or a list of them, of a form."""

    def are_texts(value: Any) -> bool:
        return isinstance(value, str | list | tuple) and bool(value) and all(map(is_one, texts(value)))

    return are_texts


def _by(key: Callable[[Any], bool], value: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def is_table(table: Any) -> bool:
        return isinstance(table, Mapping) and bool(table) and all(key(name) and value(one) for name, one in table.items())

    return is_table


def _is_over(value: Any) -> bool:
    # The first argument names the things that are gone through, so it is a kind.
    return _by(_is_name, _some(_is_origin))(value) and _is_kind(next(iter(value.values())))


_FORMS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "kind": _is_kind,
    "items": _is_place,
    "undeclared": lambda value: isinstance(value, bool),
    "select": _is_line,
    "id": _some(_is_place),
    "name": _some(_is_place),
    "also": _some(_is_place),
    "holds": _some(_is_place),
    "facts": _by(_is_name, _some(_is_place)),
    "belongs": _by(_is_kind, _some(_is_place)),
    "with": _is_argument_set,
    "each": _are_argument_sets,
    "over": _is_over,
    "having": _is_kind,
    "fill": FILLS.__contains__,
    "takes": _is_name,
    "next": _some(_is_line),
    "changes_with": _some(_is_line),
}
