"""Finds what an account owns, for the current caller: reads what a question needs, matches, joins, and goes on reading."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache
from time import monotonic
from typing import Final

from akamai_mcp.access.visibility import Visibility
from akamai_mcp.documents.ids.prefixes import with_prefix
from akamai_mcp.errors import ArgumentError
from akamai_mcp.inventory.held import Gap, Held
from akamai_mcp.inventory.keeper import Keeper
from akamai_mcp.inventory.links import BY_NAME, HOSTNAME, PLACES, chain
from akamai_mcp.inventory.matching.index import Hit
from akamai_mcp.inventory.matching.question import ALL, Question, kinds_of, read_question, to_kind
from akamai_mcp.inventory.matching.ranking import GOOD, PLAUSIBLE
from akamai_mcp.inventory.records import Record
from akamai_mcp.inventory.rows import Json, Kinds, to_chain, to_flat, to_row
from akamai_mcp.inventory.sources import Source, Wanted, parts_about, read_sources
from akamai_mcp.result.store import Source as Call

KEPT_VIEWS: Final = 16
DEFAULT_LIMIT: Final = 10
MOST_OWNED: Final = 10_000  # rows of everything, for a program
MOST_ASKED: Final = 40  # parts that one question reads beside the lists of the whole account
MOST_LOOKED_AT: Final = 3  # rows whose own parts are read
ROUNDS: Final = 4  # of reading what a hostname leads to: each shows more to read
NOTHING: Final = "Nothing is found under this name: use a part of it, another kind, or refresh."
NOT_IN_THESE: Final = "Nothing is found in the lists that are read; `missing` names the others."
NOTHING_READ: Final = "Nothing could be read: run akamai-mcp doctor."


@dataclass(frozen=True, slots=True, kw_only=True)
class FindRequest:
    """What to find: `kind` is empty for all, `customer` None for the default. `refresh` reads again, `wait` until all is read."""

    query: str
    kind: str = ""
    customer: str | None = None
    limit: int = DEFAULT_LIMIT
    refresh: bool = False
    wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question under way: whose inventory it is about, until when it may read, and what it wants read again."""

    held: Held
    question: Question
    sources: tuple[Source, ...]
    refresh: bool
    ends: float | None
    done: set[str] = field(default_factory=set)

    @property
    def seconds(self) -> float | None:
        """What is left of the patience."""
        return None if self.ends is None else max(0.0, self.ends - monotonic())


class Inventory:
    """The inventories of all accounts; a caller finds only what reads with the caller's own rights brought."""

    def __init__(self, keeper: Keeper, visibility: Visibility) -> None:
        self.keeper = keeper
        self._visibility = visibility
        self._views = visibility.catalogue().per_edition(lambda: lru_cache(maxsize=KEPT_VIEWS)(self._read_sources))

    def _read_sources(self, _: frozenset[str] | None) -> tuple[Source, ...]:
        return read_sources(self._visibility.catalogue().marked())

    def kinds(self) -> tuple[str, ...]:
        """The kinds that the caller may ask for."""
        return tuple(dict.fromkeys(source.note.kind for source in self._listing()))

    async def find(self, request: FindRequest) -> Json:
        """What the account owns under a query, best first. Raises ArgumentError, CredentialsError."""
        question = read_question(request.query, self._kind(request.kind))
        if not question.text:
            raise ArgumentError("The query is empty.", advice="Set query to a name or a part of one, an id, an IP or an e-mail.")
        asked = await self._ask(question, request)
        hits = await self._match(asked)
        if question.text != ALL:
            hits = await self._look_at(asked, hits)
        self.keeper.go_on(asked.held, asked.sources)
        return self._answer(asked, hits, request.limit)

    async def rows(self, kind: str = "", customer: str | None = None, *, wait: bool = False) -> Json:
        """All that is known, or all of one kind, as flat rows, and what is missing. Raises ArgumentError, CredentialsError."""
        request = FindRequest(query="", kind=kind, customer=customer, wait=wait)
        asked = await self._ask(read_question("", self._kind(kind)), request)
        listing = self._leading_to(asked.question.kind) if asked.question.kind else self._listing()
        await self._read(asked, (one for source in listing if not source.base for one in asked.held.wanted(source)))
        asked.held.asked.update(source.entry.key for source in listing if source.note.kind == asked.question.kind or not kind)
        self.keeper.go_on(asked.held, asked.sources)
        if wait:
            await self.keeper.settle(asked.held)
        async with asked.held.turn:
            index = asked.held.index
            kinds = (asked.question.kind,) if asked.question.kind else self.kinds()
            rows = [to_flat(record, index) for name in kinds for record in index.of_kind(name)]
        shown = [one for one in listing if one.note.kind in kinds]
        missing = _missing(asked.held, shown)
        unread = _nothing(asked.held, shown, missing) if missing and not rows else {}
        return {"rows": rows, "total": len(rows), **missing, **unread}

    async def names(self, argument: str, customer: str | None = None) -> list[str]:
        """What an argument may name, of what is kept: names for `property`, ids for `propertyId`. Raises CredentialsError."""
        notes = [source.note for source in self._listing()]
        by_id = {note.kind for note in notes if note.takes == argument}
        by_name = kinds_of(argument, {note.kind for note in notes}) - by_id
        if not (by_id or by_name):
            return []
        held = await self.keeper.hold(customer)
        async with held.turn:
            ids = [with_prefix(argument, record.id) for kind in by_id for record in held.index.of_kind(kind)]
            return [*ids, *(record.title for kind in by_name for record in held.index.of_kind(kind))]

    def sources(self, customer: str | None = None) -> frozenset[Call]:
        """The calls that what is known of a customer comes from. Raises CredentialsError."""
        held = self.keeper.known(customer)
        parts = held.index.parts.values() if held else ()
        return frozenset(
            Call(customer=held.customer, operation=one.operation, method="GET", path=one.path) for one in parts if held
        )

    async def aclose(self) -> None:
        """End what is being read."""
        await self.keeper.aclose()

    def _sources(self) -> tuple[Source, ...]:
        return self._views()(self._visibility.view().keys)

    def _listing(self) -> list[Source]:
        return [source for source in self._sources() if source.note.fill != "about"]

    def _kind(self, word: str) -> str:
        """The kind that a word means. Raises ArgumentError for one that the caller may not ask for."""
        if not word:
            return ""
        if (kind := to_kind(word, self.kinds())) is None:
            near = get_close_matches(word[:60].casefold(), self.kinds(), n=1)
            meant = f"Did you mean {near[0]}? " if near else ""
            raise ArgumentError(f"There is no kind {word[:60]!r}.", advice=f"{meant}Use one of {', '.join(self.kinds())}.")
        return kind

    def _leading_to(self, kind: str) -> list[Source]:
        """The sources of a kind, and the lists of the whole account that have what such sources go through."""
        listing = self._listing()
        bases = {base for one in listing if one.note.kind == kind for base in (one.base, one.note.having)}
        return [one for one in listing if one.note.kind == kind or (one.note.kind in bases and not one.base)]

    async def _ask(self, question: Question, request: FindRequest) -> _Asked:
        held = await self.keeper.hold(request.customer)
        ends = None if request.wait else monotonic() + self.keeper.policy.patience
        return _Asked(held=held, question=question, sources=self._sources(), refresh=request.refresh, ends=ends)

    async def _read(self, asked: _Asked, wanted: Iterable[Wanted], most: int | None = None) -> int:
        """Read the parts that have to be read, each once for a question; returns how many there were."""
        fresh = 0.0 if asked.refresh else None
        new = {one.name: one for one in wanted if one.name not in asked.done}
        due = asked.held.due(new.values(), self.keeper.policy, self.keeper.clock(), fresh=fresh)[:most]
        asked.done.update(one.name for one in due)
        await self.keeper.read(asked.held, due, asked.seconds)
        return len(due)

    async def _match(self, asked: _Asked) -> list[Hit]:
        """Match the question, and read more while nothing bears the name: first what it is probably about, then the rest."""
        hits: list[Hit] = []
        for sources, most, enough in self._stages(asked):
            parts = [one for source in sources for one in asked.held.wanted(source)]
            if await self._read(asked, parts, most) or not hits:
                hits = await self._find(asked)
            if hits and hits[0].score >= enough and not asked.question.kind and asked.question.text != ALL:
                break
        return hits

    def _stages(self, asked: _Asked) -> Iterator[tuple[list[Source], int | None, float]]:
        """(sources, how many parts of them at most, the score that ends the search) of each stage of reading."""
        kind, listing = asked.question.kind, self._listing()
        whole = [source for source in listing if not source.base]
        probable = {*asked.question.order, *PLACES}
        if kind:
            yield [source for source in self._leading_to(kind) if not source.base], None, GOOD
        else:
            yield [source for source in whole if source.note.kind in probable], None, GOOD
            yield whole, None, PLAUSIBLE
        further = [source for source in listing if source.brings_new and kind in {"", source.note.kind}]
        asked.held.asked.update(source.entry.key for source in further if kind)
        yield further, MOST_ASKED, PLAUSIBLE

    async def _find(self, asked: _Asked) -> list[Hit]:
        async with asked.held.turn:
            hits = asked.held.index.find(asked.question)
        # Details of things are no kinds of their own, so they are not among all things.
        kinds = frozenset(self.kinds())
        return [hit for hit in hits if hit.record.kind in kinds] if asked.question.text == ALL else hits

    async def _look_at(self, asked: _Asked, hits: list[Hit]) -> list[Hit]:
        """Read more of the first rows, and of a hostname all that it leads to."""
        first = [hit.record for hit in hits[:MOST_LOOKED_AT] if hit.score >= GOOD or hit is hits[0]]
        changed = await self._read(asked, (part for one in first for part in self._of(asked, one)))
        if start := _hostname(hits):
            for _ in range(ROUNDS):
                found = chain(asked.held.index, asked.held.index.get(start.key) or start)
                records = [one for kind, listed in found.items() if kind not in PLACES for one in listed]
                ways = (self._of, self._over, self._above)
                parts = [part for one in records for way in ways for part in way(asked, one)]
                if not await self._read(asked, parts):
                    break
        return await self._find(asked) if changed else hits

    def _of(self, asked: _Asked, record: Record) -> Iterator[Wanted]:
        """The parts that say more of a thing itself."""
        for source in asked.sources:
            if source.base and source.note.kind == record.kind:
                yield from parts_about(source, record, asked.held.index)

    def _over(self, asked: _Asked, record: Record) -> Iterator[Wanted]:
        """The parts that say what a thing has below itself."""
        for source in asked.sources:
            if source.base == record.kind:
                yield from parts_about(source, record, asked.held.index)

    def _above(self, asked: _Asked, record: Record) -> Iterator[Wanted]:
        """The lists of the whole account that have what a thing belongs to, where that is not known yet."""
        index = asked.held.index
        unknown = {*(BY_NAME if record.kind == HOSTNAME else ())} | {
            kind for kind, ids in record.belongs.items() if any(index.get((kind, one)) is None for one in ids)
        }
        for source in asked.sources:
            if not source.base and source.note.kind in unknown:
                yield from asked.held.wanted(source)

    def _answer(self, asked: _Asked, hits: list[Hit], limit: int) -> Json:
        index, kinds = asked.held.index, Kinds.of(asked.sources)
        known = self._visibility.catalogue()

        def named(key: str) -> str | None:
            entry = known.find(key)
            return entry.name if entry else None

        rows = [to_row(hit, index, kinds, named) for hit in hits[:limit]]
        start = _hostname(hits)
        about = {"about": to_chain(chain(index, start), start, kinds)} if start else {}
        concerned = [one for one in self._listing() if not asked.question.kind or one.note.kind == asked.question.kind]
        shown = [one for one in concerned if one.note.fill == "first" or one.entry.key in asked.held.asked]
        details = [one for one in asked.sources if one.note.fill == "about"]
        missing = _missing(asked.held, [*shown, *details], asked.done)
        advice = {} if rows else _nothing(asked.held, shown, missing)
        return {"found": rows, "total": len(hits), **about, **missing, **advice}


def _hostname(hits: list[Hit]) -> Record | None:
    """The hostname that a question names, if it is among the best hits."""
    return next((hit.record for hit in hits[:1] if hit.record.kind == HOSTNAME and hit.how in {"exact", "covers"}), None)


def _nothing(held: Held, sources: Iterable[Source], missing: Json) -> Json:
    """Why nothing is found: what could not be read may well be there."""
    if not missing:
        return {"advice": NOTHING}
    return {"advice": NOT_IN_THESE} if held.has_read(sources) else {"advice": NOTHING_READ, "nothingRead": True}


def _missing(held: Held, sources: Iterable[Source], asked: Collection[str] = ()) -> Json:
    """What has not been read yet, or not again, by kind and operation."""
    lines = [f"{gap.source.note.kind}: {_gap(gap)}, {gap.source.entry.key}" for gap in held.missing(sources, asked)]
    return {"missing": lines} if lines else {}


def _gap(gap: Gap) -> str:
    if gap.as_of is None:
        return f"{gap.absent} of {gap.total} lists are not read" + (f" ({gap.failure})" if gap.failure else " yet")
    read_at = datetime.fromtimestamp(gap.as_of, UTC).isoformat(timespec="seconds")
    return f"could not be read again ({gap.failure}), as of {read_at}"
