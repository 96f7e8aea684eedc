"""From an answer to records, as the operation's mark says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from akamai_mcp.catalogue.inventory.note import InventoryNote
from akamai_mcp.inventory.matching.texts import bare
from akamai_mcp.inventory.records import Record, unique

MAX_TEXT: Final = 400  # characters of a name or a fact
MAX_SHOWN: Final = 50  # values of one fact


def extract(note: InventoryNote, arguments: Mapping[str, Any], body: Any) -> Iterator[Record]:
    """The records in the body of an answer; what has no id is left out."""
    for item in values_at(note.items, body, {}):
        ids = [_first(place, item, arguments) for place in note.id]
        if all(ids):
            yield _record(note, "/".join(bare(one) for one in ids), item, arguments)


def _record(note: InventoryNote, identifier: str, item: Any, arguments: Mapping[str, Any]) -> Record:
    facts = {name: fact for name, places in note.facts.items() if (fact := _fact(places, item, arguments)) not in (None, "", [])}
    belongs = {kind: unique(map(bare, _all(places, item, arguments))) for kind, places in note.belongs.items()}
    return Record(
        kind=note.kind,
        id=identifier,
        name=".".join(filter(None, (_first(place, item, arguments) for place in note.name))),
        also=unique(_all(note.also, item, arguments)),
        holds=unique(_all(note.holds, item, arguments)),
        facts=facts,
        belongs={kind: ids for kind, ids in belongs.items() if ids},
    )


def _fact(places: tuple[str, ...], item: Any, arguments: Mapping[str, Any]) -> Any:
    """The value of the first place that has one; a list where the place goes through a list."""
    for place in places:
        found = [_cut(one) for one in values_at(place, item, arguments) if is_plain(one)]
        if found:
            return found[:MAX_SHOWN] if "[]" in place else found[0]
    return None


def _all(places: tuple[str, ...], item: Any, arguments: Mapping[str, Any]) -> list[str]:
    found = (one for place in places for one in values_at(place, item, arguments))
    return [to_text(one) for one in found if is_plain(one) and one != ""]


def _first(place: str, item: Any, arguments: Mapping[str, Any]) -> str:
    return next((to_text(one) for one in values_at(place, item, arguments) if is_plain(one)), "")


def values_at(place: str, node: Any, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """The values at a dotted place, those of each item where a list stands at its end or is gone through."""
    if place.startswith("@"):
        yield from (arguments[name] for name in (place[1:],) if name in arguments)
        return
    name, _, rest = place.partition(".")
    if name:
        node = node.get(name.removesuffix("[]")) if isinstance(node, Mapping) else None
    if isinstance(node, list):
        for one in node:
            yield from values_at(rest, one, arguments) if rest else iter((one,))
    elif node is not None:
        yield from values_at(rest, node, arguments) if rest else iter((node,))


def is_plain(value: Any) -> bool:
    """True for what can be a name, an id or a fact."""
    return isinstance(value, str | int | float)


def to_text(value: Any) -> str:
    """A value as a name or an id."""
    return str(value)[:MAX_TEXT]


def _cut(value: Any) -> Any:
    return value[:MAX_TEXT] if isinstance(value, str) else value
