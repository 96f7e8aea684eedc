"""The inventory of one account and one set of rights while it is in memory: its index, and what is being read."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from akamai_mcp.catalogue.inventory.note import InventoryNote
from akamai_mcp.inventory.matching.index import Index
from akamai_mcp.inventory.matching.texts import bare
from akamai_mcp.inventory.policy import InventoryPolicy
from akamai_mcp.inventory.records import Part, Trouble
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
    again: dict[str, Part] = field(default_factory=dict)  # reads that failed where older rows are kept
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
        if fresh is not None:
            return bool(part.failure) or age >= fresh
        if failed := self.failed(part):
            return now - failed.read_at > remembered(failed, policy) or failed.trouble == "quota"
        longest = policy.details if wanted.source.note.fill == "about" else policy.fresh
        if age > longest:
            return True
        return any(is_stale(part, write, policy, now) for write in self.writes if concerns(write, part, wanted.source))

    def failed(self, part: Part) -> Part | None:
        """The failure of the last read of a part; None if it brought something."""
        return part if part.failure else self.again.get(part.name)

    def has_trouble(self, name: str, trouble: Trouble) -> bool:
        """True if the last read of a part ended with this trouble."""
        failed = self.again.get(name) or self.index.parts.get(name)
        return failed is not None and failed.trouble == trouble

    def forget(self, source: Source, policy: InventoryPolicy, now: float) -> None:
        """Drop the parts of a source that nothing leads to any more: those of a group that is gone, and old details."""
        key, is_detail = source.entry.key, source.note.fill == "about"
        wanted = frozenset() if is_detail else {one.name for one in self.wanted(source)}
        for name, part in [*self.index.parts.items()]:
            is_old = now - part.read_at > policy.fresh
            if part.operation == key and name not in wanted and (is_old or not is_detail):
                self.index.drop(name)
                self.again.pop(name, None)

    def take(self, part: Part) -> bool:
        """Note how a read ended; true if the part belongs into the index, in place of what was known."""
        old = self.index.parts.get(part.name)
        # What was known stays when a later read fails, unless these credentials may not read it any more.
        keeps = bool(part.failure and part.trouble != "refused" and old and not old.failure)
        if keeps:
            self.again[part.name] = part
        else:
            self.again.pop(part.name, None)
        return not keeps

    def has_read(self, sources: Iterable[Source]) -> bool:
        """True if some part of these sources was read."""
        keys = {source.entry.key for source in sources}
        return any(part.operation in keys and (part.records or not part.failure) for part in self.index.parts.values())

    def missing(self, sources: Iterable[Source], asked: Collection[str]) -> Iterator[Gap]:
        """What is not whole of sources: of those that are read for one thing, only what a question asked for."""
        for source in sources:
            names = [one.name for one in self.wanted(source) if source.note.fill != "about" or one.name in asked]
            absent = [self.index.parts.get(name) for name in names]
            absent = [part for part in absent if part is None or part.failure]
            if absent:
                failure = next((part.failure for part in absent if part), "")
                yield Gap(source=source, absent=len(absent), total=len(names), failure=failure)
            if old := [name for name in names if name in self.again]:
                as_of = min(self.index.parts[name].read_at for name in old)
                yield Gap(source=source, absent=len(old), total=len(names), failure=self.again[old[0]].failure, as_of=as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Parts of a source that are not read, and why; `as_of` is the time of the rows where these are older than they should be."""

    source: Source
    absent: int
    total: int
    failure: str
    as_of: float | None = None


def remembered(failed: Part, policy: InventoryPolicy) -> float:
    """For how many seconds a failure is not tried again."""
    seconds = {"refused": policy.failed, "failed": policy.failed, "unreachable": policy.passing, "cut": policy.fresh}
    return seconds.get(failed.trouble, 0.0)


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
