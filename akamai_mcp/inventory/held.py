"""The inventory of one account and one set of rights while it is in memory: its index, and what is being read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from akamai_mcp.catalogue.inventory.note import InventoryNote
from akamai_mcp.inventory.matching.index import Index
from akamai_mcp.inventory.matching.texts import bare
from akamai_mcp.inventory.policy import InventoryPolicy
from akamai_mcp.inventory.records import Part
from akamai_mcp.inventory.shelf import Write
from akamai_mcp.inventory.sources import Source, Wanted, wanted_parts
from akamai_mcp.pipeline.versions import normal, related

AT_ONCE: Final = 6  # reads of one inventory under way, so that a person's own calls have room beside them


@dataclass(slots=True, kw_only=True, eq=False)
class Held:
    """An index, whose it is, the reads under way by the name of their part, and the sources that a question asked for."""

    owner: str
    account: str
    customer: str
    index: Index = field(default_factory=Index)
    writes: list[Write] = field(default_factory=list)
    reading: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    background: asyncio.Task[None] | None = None
    is_loaded: bool = False
    checked_at: float = 0.0
    _wanted: dict[str, tuple[tuple[int, int, InventoryNote], list[Wanted]]] = field(default_factory=dict)
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def wanted(self, source: Source) -> list[Wanted]:
        """Every part of a source; worked out again only when what it goes through has changed."""
        state = (self.index.changes[source.base], self.index.changes[source.note.having], source.note)
        known = self._wanted.get(source.entry.key)
        if known is None or known[0] != state:
            known = self._wanted[source.entry.key] = (state, [*wanted_parts(source, self.index)])
        return known[1]

    def due(self, wanted: Iterable[Wanted], policy: InventoryPolicy, now: float, *, fresh: float | None = None) -> list[Wanted]:
        """The parts that have to be read: those that are missing, too old, or stale since a write."""
        return [one for one in wanted if self._is_due(one, policy, now, fresh)]

    def _is_due(self, wanted: Wanted, policy: InventoryPolicy, now: float, fresh: float | None) -> bool:
        part = self.index.parts.get(wanted.name)
        if part is None:
            return True
        age = now - part.read_at
        if part.failure:
            return age > policy.failed
        longest = policy.details if wanted.source.note.fill == "about" else policy.fresh
        if age > (longest if fresh is None else fresh):
            return True
        return any(is_stale(part, write, policy, now) for write in self.writes if concerns(write, part, wanted.source))

    def forget(self, source: Source, policy: InventoryPolicy, now: float) -> None:
        """Drop the parts of a source that nothing leads to any more: those of a group that is gone, and old details."""
        key, is_detail = source.entry.key, source.note.fill == "about"
        wanted = frozenset() if is_detail else {one.name for one in self.wanted(source)}
        for name, part in [*self.index.parts.items()]:
            is_old = now - part.read_at > policy.fresh
            if part.operation == key and name not in wanted and (is_old or not is_detail):
                self.index.drop(name)

    def missing(self, sources: Iterable[Source]) -> Iterator[tuple[Source, int, int, str]]:
        """(source, parts not read, parts in all, why one was not read) of each source that is not whole."""
        for source in sources:
            names = [wanted.name for wanted in self.wanted(source)]
            parts = [self.index.parts.get(name) for name in names]
            absent = sum(part is None or bool(part.failure) for part in parts)
            if absent:
                yield source, absent, len(parts), next((part.failure for part in parts if part and part.failure), "")


def is_stale(part: Part, write: Write, policy: InventoryPolicy, now: float) -> bool:
    """True for what was read before a write took effect; what it starts may go on for a while, so that is looked at often."""
    # Times of one clock may be equal; what was read at the time of the write may be from before it.
    if part.read_at <= write.until:
        return True
    return now - write.until < policy.unsettled and now - part.read_at > policy.details


def concerns(write: Write, part: Part, source: Source) -> bool:
    """True if a write may have changed what a part tells of; one of many parts of a list, only if it names something in it."""
    path = normal(write.path)
    if not any(related(path, normal(other)) for other in (part.path, *source.note.changes_with)):
        return False
    if not source.note.over or source.note.fill == "about":
        return True
    named = {bare(segment) for segment in path.split("/")}
    arguments = {bare(str(value)) for value in part.arguments.values()}
    return not named.isdisjoint(arguments) or any(record.id in named for record in part.records)
