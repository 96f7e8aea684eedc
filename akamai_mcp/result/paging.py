"""Collect the pages of an operation into one answer: each item once, in order, with the arguments to continue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Final

import orjson

from akamai_mcp.errors import AkamaiMcpError, ArgumentError
from akamai_mcp.openapi.model import Operation
from akamai_mcp.request.arguments import ABSENT, BODY, Placed
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.result.page_rules import PageRule
from akamai_mcp.result.page_steps import ItemList, PageResult, begin, find_list, find_total, next_step

DEFAULT_PAGES: Final = 10
MAX_PAGES: Final = 100
MAX_COLLECTED_BYTES: Final = 16 * 1024 * 1024  # as JSON; as Python values they take ten times as much
REPEATED_PAGE: Final = "The API returned the same page twice, so it ignores the page parameters here; its items are listed once."
REPEATED_CALL: Final = "The next page is one that was read already, so paging stopped."
NO_LIST: Final = "The response has no list of items, so it has no pages."
DIGEST_BYTES: Final = 16
TOO_LARGE: Final = f"Stopped at {MAX_COLLECTED_BYTES} bytes."

PAGES: Final = "_pages"

Fetch = Callable[[Placed], Awaitable[PageResult]]
OnPage = Callable[[int, int, int | None], Awaitable[None]]


async def no_progress(_: int, __: int, ___: int | None) -> None:
    """A callback for callers that do not report progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged:
    """The pages of one call: the first page, the body with the items of all pages, and how to continue if there are more.

    `go_on` are arguments to add to the call, `go_on_query` query values that the operation's own tool does not have.
    `error` is the answer of a page that failed; the items before it are kept.
    """

    first: PageResult
    body: Any
    pages: int
    items: int
    total: int | None = None
    more: bool = False
    go_on: Mapping[str, Any] = field(default_factory=dict)
    go_on_query: Mapping[str, Any] = field(default_factory=dict)
    error: Answer | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The number of pages and items, and how to continue, as the agent sees them."""
        facts: dict[str, Any] = {"pages": self.pages, "items": self.items, "more": self.more}
        known = {
            "total": self.total,
            "continueWith": dict(self.go_on) or None,
            "continueQuery": dict(self.go_on_query) or None,
            "error": self.error.content if self.error else None,
            "note": self.note or None,
        }
        return facts | {name: value for name, value in known.items() if value is not None}

    @property
    def answer(self) -> Answer:
        """The first page's answer with the items of all pages, or its error if the first page failed."""
        if self.first.is_error:
            return self.first.answer
        rest = {name: value for name, value in self.first.answer.content.items() if name != BODY}
        body = {BODY: self.body} if BODY in self.first.answer.content else {}
        return replace(self.first.answer, content={**rest, PAGES: self.as_json(), **body}, is_error=self.error is not None)


async def collect_pages(
    rule: PageRule,
    placed: Placed,
    fetch: Fetch,
    *,
    max_pages: int = DEFAULT_PAGES,
    on_page: OnPage = no_progress,
    keep_items: bool = True,
) -> Paged:
    """Fetch the pages one after the other, from the requested one on, at most `max_pages`.

    An error that `fetch` raises for the first page is raised; for a later page it becomes the error beside the items, or
    without `keep_items` all that is returned or raised.
    """
    if not 1 <= max_pages <= MAX_PAGES:
        raise ArgumentError(f"maxPages is {max_pages}.", advice=f"Use 1 to {MAX_PAGES}, and continue with `continueWith`.")
    requested = begin(rule, placed)
    walk = _Walk(rule=rule, origin=placed, first=await fetch(requested))
    page = walk.first
    while not page.is_error:
        following = walk.take(requested, page)
        await on_page(walk.pages, len(walk.items), walk.total)
        if following is None or walk.pages >= max_pages or walk.is_large():
            return walk.finish(following)
        requested, page = following, await (_fetch_further(fetch, following) if keep_items else fetch(following))
    if not keep_items:
        return Paged(first=page, body=None, pages=0, items=0)
    # The items so far are kept, and the continuation repeats the failed page.
    walk.error = page.answer
    return walk.finish(requested)


async def _fetch_further(fetch: Fetch, requested: Placed) -> PageResult:
    try:
        return await fetch(requested)
    except AkamaiMcpError as error:
        return PageResult(answer=to_error_answer(error))


@dataclass(slots=True, kw_only=True)
class _Walk:
    """The items collected so far; of earlier pages only items and digests are kept."""

    rule: PageRule
    origin: Placed
    first: PageResult
    path: str | None = None
    items: list[Any] = field(default_factory=list)
    pages: int = 0
    size: int = 0
    total: int | None = None
    note: str = ""
    error: Answer | None = None
    _contents: set[bytes] = field(default_factory=set)
    _calls: set[bytes] = field(default_factory=set)

    def take(self, requested: Placed, page: PageResult) -> Placed | None:
        """Add a page's items and return the arguments of the next page, or None at the end."""
        found = find_list(self.rule, page.body)
        self.pages += 1
        self.size += page.answer.size
        self._calls.add(_digest_call(requested))
        if found is None:
            self.note = NO_LIST
            return None
        if not self._add(found, page):
            self.note = REPEATED_PAGE
            return None
        return self._next(requested, page)

    def _add(self, found: ItemList, page: PageResult) -> bool:
        """Add the items and return whether they are new; later pages must have them at the first page's path."""
        # An API that ignores the page parameter returns the same page again, forever.
        digest = _digest(found.items)
        if found.items and digest in self._contents:
            return False
        if self.path is None:
            self.path, self.rule = found.path, replace(self.rule, items=found.path)
        total = find_total(self.rule, page.body)
        self.total = self.total if total is None else total
        self._contents.add(digest)
        begins_with_last = self.rule.inclusive and bool(self.items) and found.items[:1] == self.items[-1:]
        self.items += found.items[1:] if begins_with_last else found.items
        return True

    def _next(self, requested: Placed, page: PageResult) -> Placed | None:
        step = next_step(self.rule, requested, page)
        self.note = step.note
        if step.placed is not None and _digest_call(step.placed) in self._calls:
            self.note = REPEATED_CALL
            return None
        return step.placed

    def is_large(self) -> bool:
        """True if the pages have reached MAX_COLLECTED_BYTES."""
        if self.size >= MAX_COLLECTED_BYTES:
            self.note = TOO_LARGE
        return self.size >= MAX_COLLECTED_BYTES

    def finish(self, requested: Placed | None) -> Paged:
        """The collected pages; `requested` are the arguments of the next page, or None at the end."""
        flat, query = continuation(self.rule, self.origin, requested) if requested is not None and self.pages else ({}, {})
        return Paged(
            first=self.first,
            body=self.first.body if self.path is None else _put(self.first.body, self.path, self.items),
            pages=self.pages,
            items=len(self.items),
            total=self.total,
            more=bool(flat or query),
            go_on=flat,
            go_on_query=query,
            error=self.error,
            note=self.note,
        )


def continuation(rule: PageRule, origin: Placed, requested: Placed) -> tuple[dict[str, Any], dict[str, Any]]:
    """The difference between the first call and another: (arguments of the operation's tool, undeclared query values)."""
    flat: dict[str, Any] = {rule.keys[name]: None for name in origin.query if name not in requested.query}
    flat |= {rule.keys[name]: value for name, value in requested.query.items() if origin.query.get(name) != value}
    if requested.body is not ABSENT and requested.body != origin.body:
        flat[BODY] = requested.body
    extra = {name: value for name, value in requested.extra_query.items() if origin.extra_query.get(name) != value}
    query = {name: value for name, value in extra.items() if name not in rule.undeclared}
    return flat | {name: value for name, value in extra.items() if name not in query}, query


def take_undeclared(operation: Operation, rule: PageRule, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split the arguments into (declared ones, the rule's undeclared parameters for `Placed.extra_query`)."""
    known = {parameter.name for parameter in operation.parameters}
    extra = {name: arguments[name] for name in rule.undeclared if name not in known and arguments.get(name) is not None}
    return {name: value for name, value in arguments.items() if name not in rule.undeclared}, extra


def _put(body: Any, path: str, items: list[Any]) -> Any:
    """A shallow copy of the body with these items at a dotted path."""
    if not path:
        return items
    name, _, below = path.partition(".")
    return {**body, name: _put(body[name], below, items)}


def _digest_call(placed: Placed) -> bytes:
    return _digest([placed.query, placed.extra_query, placed.body])


def _digest(value: Any) -> bytes:
    content = orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return blake2b(content, digest_size=DIGEST_BYTES).digest()


def note_single(answer: Answer) -> Answer:
    """The answer of an operation without pages, for a call with `paginate`."""
    return replace(answer, content={**answer.content, PAGES: {"pages": 1, "more": False, "note": "This operation has no pages."}})


def note_more(rule: PageRule, placed: Placed, page: PageResult) -> Answer:
    """The answer of a call without `paginate`, with how to continue where the response says that there is more."""
    requested = begin(rule, placed)
    following = next_step(rule, requested, page, guess=False).placed
    if page.is_error or following is None:
        return page.answer
    walk = _Walk(rule=rule, origin=placed, first=page)
    walk.take(requested, page)
    return walk.finish(following).answer
