"""Pages of the account's lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from akamai_mcp.sandbox.exchange import Ask

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some items of a list: from `start` on, of `total`."""

    items: list[Item]
    start: int
    size: int
    total: int

    @property
    def more(self) -> bool:
        """True if there are items after these."""
        return self.start + len(self.items) < self.total

    def links(self, ask: Ask) -> dict[str, Any]:
        """The links to the page before and the page after, where they are."""
        ends = {"previousLink": (self.start - self.size, self.start > 0), "nextLink": (self.start + self.size, self.more)}
        return {name: _link(ask, max(start, 0), self.size) for name, (start, there) in ends.items() if there}


def page_of(items: Sequence[Item], ask: Ask, *, size: int) -> Page[Item]:
    """The items that `offset` and `limit` of a request name; `size` without a limit."""
    # At least one item: a page of none would be asked for again without end.
    start, limit = whole(ask.one("offset"), 0), max(whole(ask.one("limit"), size), 1)
    return Page(items=list(items[start : start + limit]), start=start, size=limit, total=len(items))


def whole(text: str, otherwise: int) -> int:
    """A number of a query, or something else if it is none."""
    return int(text) if text.isascii() and text.isdigit() else otherwise


def _link(ask: Ask, start: int, size: int) -> str:
    # The filters go along, or the second page would be one of another list.
    kept = {name: values[0] for name, values in ask.query.items() if name not in {"offset", "limit"}}
    return f"{'/'.join(('', *ask.match.key))}?{urlencode({**kept, 'offset': start, 'limit': size})}"


def numbered_page(items: Sequence[Item], ask: Ask, *, size: int, first: int = 1) -> Page[Item]:
    """The items that `page` and `pageSize` of a request name, where pages count from `first`."""
    limit = max(whole(ask.one("pageSize"), size), 1)
    start = max(whole(ask.one("page"), first) - first, 0) * limit
    return Page(items=list(items[start : start + limit]), start=start, size=limit, total=len(items))
