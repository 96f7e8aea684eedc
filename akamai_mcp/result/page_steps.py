"""Decide on the next page from the current one: pure functions that prefer links to cursors and counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, assert_never

from akamai_mcp.pipeline.call import Response
from akamai_mcp.request.arguments import ABSENT, BODY, Placed
from akamai_mcp.request.bodies import is_binary_reference
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.page_links import find_link, follow_link, with_query
from akamai_mcp.result.page_rules import BOXES, NEXT_FIELDS, TOTALS, PageRule, is_item_path, plain

PAGE_COUNTS: Final = ("totalpages", "totalpagecount", "lastpage")
MORE_FLAGS: Final = ("hasmoredata", "hasmore")
# For operations that require a page size but declare no default.
REQUIRED_SIZE: Final = 100
FOREIGN: Final = "The next link leads to another host or path, so it was not followed."
UNREAD_BODY: Final = "The page cannot be set in a body from a file or a text. Send the body as an object."


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """One page: its answer, headers, and the host that sent it."""

    answer: Answer
    headers: tuple[tuple[str, str], ...] = field(default=())
    host: str = ""

    @property
    def is_error(self) -> bool:
        """True if there is no page, but a failure."""
        return self.answer.is_error

    @property
    def body(self) -> Any:
        """The decoded body, None if there is none."""
        return self.answer.content.get(BODY)


def to_page(answer: Answer, response: Response, host: str = "") -> PageResult:
    """The page of a response and its answer."""
    return PageResult(answer=answer, headers=response.headers, host=host)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemList:
    """The items of a page and their dotted path in it."""

    path: str
    items: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The arguments of the next page, or None; `note` says why paging stops if this is not the last page."""

    placed: Placed | None = None
    note: str = ""


def begin(rule: PageRule, placed: Placed) -> Placed:
    """The arguments of the first page, with the position and size that the operation requires and the caller omitted."""
    defaults = {rule.position: rule.first, rule.size: rule.page_size or REQUIRED_SIZE}
    missing = {name: defaults[name] for name in rule.required if placed.query.get(name) is None}
    return with_query(rule, placed, missing) if missing else placed


def next_step(rule: PageRule, placed: Placed, page: PageResult, *, guess: bool = True) -> Step:
    """The next page: by the next link, else by cursor, by counts, or because the page is full.

    Where the size of a page is not known, it counts as full only with `guess`.
    """
    found = find_list(rule, page.body)
    if found is None or not found.items:
        return Step()
    boxes = tuple(_boxes(found.path, page.body))
    link = find_link(boxes, page.headers)
    if link and (linked := follow_link(rule, placed, link, page.host)):
        return Step(placed=linked)
    view = _View(rule=rule, placed=placed, items=found.items, facts=_facts(boxes), ended=link == "", guess=guess)
    position = view.moved()
    if position is None:
        return Step(note=FOREIGN if link else "")
    if rule.at == "body" and not _is_open_body(placed.body):
        return Step(note=UNREAD_BODY)
    return Step(placed=_with_position(rule, placed, position))


def find_list(rule: PageRule, body: Any) -> ItemList | None:
    """The list at the rule's path, else the first list of objects in the body, else any list."""
    if rule.items is not None and isinstance(listed := value_at(body, rule.items), list):
        return ItemList(path=rule.items, items=listed)
    lists = [ItemList(path=path, items=value) for path, value in _lists(body)]
    objects = [one for one in lists if one.items and isinstance(one.items[0], Mapping)]
    return next(iter([*objects, *lists]), None)


def find_total(rule: PageRule, body: Any) -> int | None:
    """The total number of items that a body states, or None."""
    found = find_list(rule, body)
    return _total(rule, _facts(tuple(_boxes(found.path, body)))) if found else None


def value_at(body: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for name in filter(None, path.split(".")):
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """One page and its metadata; `ended` is true if it states that there is no next link, `guess` if any may be full."""

    rule: PageRule
    placed: Placed
    items: list[Any]
    facts: Mapping[str, Any]
    ended: bool
    guess: bool

    def moved(self) -> Any:
        """The position of the next page, or None."""
        match self.rule.style:
            case "link":
                return None
            case "cursor":
                return self._next_cursor()
            case "offset":
                return self._next_offset()
            case "page":
                return self._next_number()
            case _:
                assert_never(self.rule.style)

    def _next_cursor(self) -> Any:
        path = self.rule.next_from
        if not path.startswith("["):
            names = (plain(path.rpartition(".")[2]), *NEXT_FIELDS)
            return next((self.facts[name] for name in names if self.facts.get(name)), None)
        if not self._is_full():
            return None
        value = value_at(self.items[-1], path.partition(".")[2])
        return value + 1 if isinstance(value, int) and not self.rule.inclusive else value

    def _next_offset(self) -> int | None:
        by_size = self.size if self.rule.step == "size" else None
        moved = self.position + (by_size or len(self.items))
        return moved if self._goes_on(moved) else None

    def _next_number(self) -> int | None:
        before = self.position - self.rule.first
        last = _number(self.facts, PAGE_COUNTS)
        if last is not None:
            return self.position + 1 if before + 1 < last else None
        seen, total = before * (self.size or len(self.items)) + len(self.items), _total(self.rule, self.facts)
        # More items than the total: pages are smaller than stated, so only an empty page shows the end.
        beyond = total is not None and seen > total
        return self.position + 1 if beyond or self._goes_on(seen) else None

    def _goes_on(self, seen: int) -> bool:
        more = next((self.facts[name] for name in MORE_FLAGS if isinstance(self.facts.get(name), bool)), None)
        if more is not None:
            return bool(more)
        total = _total(self.rule, self.facts)
        if total is not None:
            return seen < total
        return not self.ended and self._is_full()

    def _is_full(self) -> bool:
        # Without a known page size, only an empty page shows the end.
        return self.guess if self.size is None else len(self.items) >= self.size

    @property
    def position(self) -> int:
        """The position of this page: the requested one, else the one in the response, else the first."""
        names = (plain(self.rule.position), *(("number",) if self.rule.style == "page" else ()))
        requested = _integer(self._argument(self.rule.position))
        position = _number(self.facts, names) if requested is None else requested
        return self.rule.first if position is None else position

    @property
    def size(self) -> int | None:
        """The page size: the one in the response, else the requested one, else the default."""
        # The response comes first, because an API silently reduces a size over its maximum.
        stated = _number(self.facts, (plain(self.rule.size), "pagesize", *(("size",) if self.rule.style == "page" else ())))
        requested = _integer(self._argument(self.rule.size))
        return stated or (min(requested, self.rule.max_size or requested) if requested else self.rule.page_size)

    def _argument(self, name: str) -> Any:
        if self.rule.at == "body":
            return self.placed.body.get(name) if isinstance(self.placed.body, Mapping) else None
        return self.placed.query.get(name, self.placed.extra_query.get(name))


def _with_position(rule: PageRule, placed: Placed, position: Any) -> Placed:
    if rule.at == "query":
        return with_query(rule, placed, {rule.position: position})
    body = placed.body if isinstance(placed.body, Mapping) else {}
    return replace(placed, body={**body, rule.position: position})


def _is_open_body(body: Any) -> bool:
    return body is ABSENT or (isinstance(body, Mapping) and not is_binary_reference(body))


def _lists(body: Any) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(body, list):
        yield "", body
    inner = body if isinstance(body, Mapping) else {}
    deeper = {f"{name}.{below}": part for name, box in inner.items() if isinstance(box, Mapping) for below, part in box.items()}
    for path, value in (*inner.items(), *deeper.items()):
        if isinstance(value, list) and is_item_path(path):
            yield path, value


def _boxes(path: str, body: Any) -> Iterator[Mapping[str, Any]]:
    """The objects that may hold page metadata: the one around the items, the body, and its metadata objects."""
    if not isinstance(body, Mapping):
        return
    around = value_at(body, path.rpartition(".")[0])
    yield from (box for box in (around, body, *(body.get(name) for name in BOXES)) if isinstance(box, Mapping))


def _facts(boxes: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    """The scalar values of the boxes by plain name; the first box wins."""
    facts: dict[str, Any] = {}
    for box in reversed(boxes):
        facts |= {plain(name): value for name, value in box.items() if isinstance(value, (str, int, float, bool))}
    return facts


def _total(rule: PageRule, facts: Mapping[str, Any]) -> int | None:
    return _number(facts, (plain(rule.total.rpartition(".")[2]), *sorted(TOTALS)))


def _number(facts: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    found = (facts.get(name) for name in names if name)
    return next((value for value in found if isinstance(value, int) and not isinstance(value, bool) and value >= 0), None)


def _integer(value: Any) -> int | None:
    text = str(value) if isinstance(value, int | str) else ""  # the text of a list may be as long as a page
    return int(text) if text.isascii() and text.isdigit() else None
