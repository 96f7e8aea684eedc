"""How a program finds operations: the search and the description that an agent has as tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

from akamai_mcp.access.visibility import Visibility
from akamai_mcp.calls.describe import describe_operation
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search.search import Search
from akamai_mcp.programs.events import DESCRIBE, SEARCH

Finder = Callable[..., Awaitable[Any]]
MOST_FOUND: Final = 10


class Finders:
    """Finds and describes operations that the caller may know."""

    def __init__(self, catalogue: Catalogue, visibility: Visibility) -> None:
        self._search = catalogue.per_edition(partial(Search, catalogue))
        self._visibility = visibility

    def by_name(self) -> Mapping[str, Finder]:
        """The functions under the names that programs know."""
        return {SEARCH: self.search, DESCRIBE: self.describe}

    async def search(self, text: str) -> list[dict[str, str]]:
        """The operations that a question means, best first."""
        hits = self._search().find(text, Filter(keys=self._visibility.view().keys), limit=MOST_FOUND, offset=0)
        return [
            {
                "name": entry.name,
                "effect": entry.effect.short,
                "summary": entry.summary,
                "request": f"{entry.method} {entry.path}",
            }
            for entry in hits.entries
        ]

    async def describe(self, name: str, at: str = "") -> dict[str, Any]:
        """One operation's arguments, body and answer, or one part in full. Raises UnknownOperationError, PolicyRefused."""
        return describe_operation(self._visibility.catalogue(), self._visibility.get(name), at)
