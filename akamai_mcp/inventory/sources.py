"""The operations that list things, and the calls by which their parts are read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.inventory.note import InventoryNote, read_note
from akamai_mcp.inventory.links import zone_of
from akamai_mcp.inventory.matching.index import Index
from akamai_mcp.inventory.records import Record, part_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An operation that lists things, and its mark."""

    entry: Entry
    note: InventoryNote

    @property
    def api(self) -> str:
        """The document of the operation, whose limit its calls count against."""
        return f"{self.entry.product}/{self.entry.version}"

    @property
    def base(self) -> str:
        """The kind whose records it goes through; empty for a list of the whole account."""
        return next(iter(self.note.over.values()))[0] if self.note.over else ""

    @property
    def brings_new(self) -> bool:
        """True for a list over other things that is read when its kind is asked for, and not only says more of what is known."""
        return self.note.fill == "asked" and self.base != self.note.kind


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A part that a call would bring."""

    source: Source
    arguments: Mapping[str, Any]

    @cached_property
    def name(self) -> str:
        """The name of the part."""
        return part_name(self.source.entry.key, self.arguments)


def read_sources(entries: Iterable[Entry]) -> tuple[Source, ...]:
    """The sources among operations, account-wide ones first."""
    found = [Source(entry=entry, note=read_note(entry.inventory)) for entry in entries if entry.inventory]
    return tuple(sorted(found, key=lambda source: bool(source.note.over)))


def wanted_parts(source: Source, index: Index) -> Iterator[Wanted]:
    """Every part of a source, as far as the records that it goes through are known."""
    if not source.note.over:
        yield from (Wanted(source=source, arguments=arguments) for arguments in source.note.each)
        return
    for record in index.of_kind(source.base):
        if not source.note.having or index.below(record.key, source.note.having):
            yield from parts_over(source, record, index)


def parts_over(source: Source, record: Record, index: Index) -> Iterator[Wanted]:
    """The parts of a source that tell of one record that it goes through."""
    names = [*source.note.over]
    values = [[record.id], *(_values(origins, record, index) for origins in list(source.note.over.values())[1:])]
    for shared in source.note.each:
        for chosen in product(*values):
            given = {name: value for name, value in zip(names, chosen, strict=True) if value is not None}
            yield Wanted(source=source, arguments={**shared, **given})


def parts_about(source: Source, record: Record, index: Index) -> Iterator[Wanted]:
    """The parts of a source that tell more of a record: those over it, or over what it belongs to where it is listed itself."""
    if source.base == record.kind:
        yield from parts_over(source, record, index)
    elif source.base and source.note.kind == record.kind:
        for one in record.belongs.get(source.base, ()):
            if above := index.get((source.base, one)):
                # Of the places above a record those that it names itself are the ones that hold it.
                yield from (part for part in parts_over(source, above, index) if _fits(part, source, record))


def _fits(part: Wanted, source: Source, record: Record) -> bool:
    for name, origins in source.note.over.items():
        own = record.belongs.get(origins[0])
        if own and name in part.arguments and part.arguments[name] not in own:
            return False
    return True


def _values(origins: tuple[str, ...], record: Record, index: Index) -> list[Any]:
    """The values of an argument: ids that a record belongs to, or the first fact that it has; none leaves no part."""
    for origin in origins:
        if origin.startswith("."):
            if (fact := record.facts.get(origin[1:])) is not None:
                return [fact]
        elif origin == "zone":
            if zone := zone_of(index, record):
                return [zone.id]
        elif ids := record.belongs.get(origin):
            return [*ids]
    return []
