"""The names of the server's own tools, and the operations that an agent's names lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from akamai_mcp.access.visibility import MAX_SHOWN, Visibility
from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.search.meanings import own_tool
from akamai_mcp.errors import ArgumentError, UnknownOperationError

LIST: Final = "akamai_list_operations"
DESCRIBE: Final = "akamai_describe_operation"
CALL_TOOLS: Final[Mapping[EffectName, str]] = {"read": "akamai_read", "write": "akamai_write", "destroy": "akamai_destroy"}
RAW: Final = "akamai_raw_request"
FIGURES: Final = "akamai_registry_stats"
CUSTOMERS: Final = "akamai_list_customers"
FIND: Final = "akamai_find"
OWN: Final = dict.fromkeys((LIST, DESCRIBE, *CALL_TOOLS.values(), RAW, FIGURES, CUSTOMERS, FIND))


def find_entry(visibility: Visibility, name: str) -> Entry:
    """The operation to call; a rule may refuse the call. Raises ArgumentError for an own tool's name, UnknownOperationError."""
    try:
        return visibility.named(name)
    except UnknownOperationError:
        if own := own_tool(name, OWN):
            raise ArgumentError(f"No operation is named {name[:MAX_SHOWN]!r}.", advice=f"Call the tool {own}.") from None
        raise
