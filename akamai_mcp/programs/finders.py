"""How a program finds operations and what the account owns: the same as an agent has as tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from akamai_mcp.access.visibility import Visibility
from akamai_mcp.calls.describe import describe_operation
from akamai_mcp.errors import ArgumentError
from akamai_mcp.inventory.lazy import LazyInventory
from akamai_mcp.programs.events import DESCRIBE, FIND, SEARCH
from akamai_mcp.result.store import Source

Finder = Callable[..., Awaitable[Any]]
MOST_FOUND: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What was found of an account, and the calls that it comes from."""

    value: dict[str, Any]
    sources: frozenset[Source]


class Finders:
    """Finds and describes operations that the caller may know."""

    def __init__(self, visibility: Visibility, inventory: LazyInventory | None = None) -> None:
        self._visibility = visibility
        self._inventory = inventory

    def by_name(self) -> Mapping[str, Finder]:
        """The functions under the names that programs know."""
        return {SEARCH: self.search, DESCRIBE: self.describe, FIND: self.find}

    async def search(self, text: str) -> list[dict[str, str]]:
        """The operations that a question means, best first."""
        hits = self._visibility.search(text, limit=MOST_FOUND)
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

    async def find(self, text: str, kind: str = "", *, customer: str | None = None) -> Owned:
        """What the account owns under a text, `*` for all of a kind. Raises ArgumentError, CredentialsError."""
        if self._inventory is None:
            raise ArgumentError("The inventory is off here.", advice="Set AKAMAI_MCP_INVENTORY to disk or memory.")
        from akamai_mcp.inventory.matching.question import ALL  # with all that the inventory needs
        from akamai_mcp.inventory.service import MOST_OWNED, FindRequest

        inventory, limit = self._inventory.inventory, MOST_OWNED if text.strip() == ALL else MOST_FOUND
        value = await inventory.find(FindRequest(query=text, kind=kind, customer=customer, limit=limit))
        return Owned(value=value, sources=inventory.sources(customer))
