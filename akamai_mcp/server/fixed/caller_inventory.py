"""The inventory as a caller may ask it: named beside operations where one question to it answers what is asked."""

from __future__ import annotations

from typing import Final

from akamai_mcp.inventory.lazy import LazyInventory
from akamai_mcp.openapi.schema import Json
from akamai_mcp.server.fixed.names import FIND

NOTHING: Final[Json] = {}


class CallerInventory:
    """Says how the inventory answers a question of the current caller."""

    def __init__(self, lazy: LazyInventory) -> None:
        self._lazy = lazy

    def pointer(self, question: str) -> Json:
        """The call of `akamai_find` that answers a question; empty where operations do."""
        from akamai_mcp.inventory.pointing import find_pointer  # with what search needs, and nothing before somebody searches

        found = find_pointer(question, self._kinds)
        if found is None:
            return NOTHING
        return {"callWith": FIND, "arguments": {"query": found.query, **({"kind": found.kind} if found.kind else {})}}

    def _kinds(self) -> tuple[str, ...]:
        return self._lazy.inventory.kinds()
