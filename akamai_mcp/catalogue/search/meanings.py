"""What a name that does not exist means: a misspelt operation, or the words of a task."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.naming import LONGEST_SPELLED, TOOL_PREFIX, spellings, words

if TYPE_CHECKING:
    from akamai_mcp.catalogue.search.search import Search

SUGGESTED: Final = 3
MISSPELT: Final = 0.9  # similarity, from which a name is taken for a misspelling; below, its words say more
WORD_ALIKE: Final = 0.75  # the same for one word of a name
# What models call a tool's work by, instead of the words of its name.
OTHER_WORDS: Final[Mapping[str, str]] = {
    "search": "list_operations",
    "find": "list_operations",
    "discover": "list_operations",
    "list_tools": "list_operations",
    "list_apis": "list_operations",
    "list_endpoints": "list_operations",
    "find_operations": "list_operations",
    "search_operations": "list_operations",
    "get_operations": "list_operations",
    "operations_list": "list_operations",
    "describe": "describe_operation",
    "get_operation": "describe_operation",
    "operation_describe": "describe_operation",
    "describe_tool": "describe_operation",
    "get": "read",
    "execute_read": "read",
    "read_operation": "read",
    "call_read": "read",
    "create": "write",
    "update": "write",
    "write_operation": "write",
    "delete": "destroy",
    "remove": "destroy",
    "destroy_operation": "destroy",
    "request": "raw_request",
    "raw": "raw_request",
    "http_request": "raw_request",
    "api_request": "raw_request",
    "call": "raw_request",
    "call_api": "raw_request",
    "stats": "registry_stats",
    "customers": "list_customers",
    "accounts": "list_customers",
    "list_accounts": "list_customers",
    "get_customers": "list_customers",
}


def own_tool(name: str, tools: Mapping[str, object]) -> str | None:
    """The server's own tool that a misspelt or invented name means, or None."""
    for spelled in spellings(name):
        if spelled in tools:
            return spelled
        if (other := f"{TOOL_PREFIX}_{OTHER_WORDS.get(spelled.removeprefix(f'{TOOL_PREFIX}_'), '')}") in tools:
            return other
    return next((tool for spelled in spellings(name) for tool in tools if _alike(spelled, tool)), None)


def _alike(one: str, other: str) -> bool:
    """True if two names have the same words but for their spelling."""
    if _ratio(one.replace("_", ""), other.replace("_", "")) < MISSPELT:
        return False
    mine, theirs = one.split("_"), other.split("_")
    same = len(mine) == len(theirs)
    return not same or all(_ratio(a, b) >= WORD_ALIKE for a, b in zip(mine, theirs, strict=True))


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


class Meanings:
    """Finds the operations that a name means; `get_search` is asked for the first name that has words of a task."""

    def __init__(self, catalogue: Catalogue, get_search: Callable[[], Search]) -> None:
        self._catalogue = catalogue
        self._get_search = get_search

    def operations(self, name: str, keys: frozenset[str] | None) -> tuple[str, ...]:
        """The tool names of at most three operations among those with these keys (None for all), the likeliest first."""
        known = self._catalogue.narrowed(keys)
        task = " ".join(word for word in words(name[:LONGEST_SPELLED]) if word not in {TOOL_PREFIX, "mcp"})
        found = self._get_search().find(task, Filter(keys=keys)).entries if task else ()
        names = [*known.misspelt(name), *(entry.name for entry in found)]
        return tuple(dict.fromkeys(names or known.nearest(name)))[:SUGGESTED]
