"""The tool akamai_find: what the account owns, found by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from akamai_mcp.calls.controls import CUSTOMER, read_controls
from akamai_mcp.errors import ArgumentError
from akamai_mcp.inventory.lazy import LazyInventory
from akamai_mcp.inventory.policy import MOST_ROWS
from akamai_mcp.result.answer import Answer
from akamai_mcp.server.fixed.names import FIND
from akamai_mcp.server.fixed.tool import Argument, FixedTool, control_argument, fixed_tool


def find_tool(lazy: LazyInventory) -> FixedTool:
    """Create the tool."""

    async def find(arguments: Mapping[str, Any]) -> Answer:
        from akamai_mcp.inventory.service import FindRequest  # with all that the inventory needs

        if not 1 <= int(arguments.get("limit", 1)) <= MOST_ROWS:
            raise ArgumentError(f"limit is {arguments['limit']}.", advice=f"Set limit to a number from 1 to {MOST_ROWS}.")
        chosen = {name: arguments[name] for name in ("query", "kind", "limit", "refresh") if name in arguments}
        request = FindRequest(**chosen, customer=read_controls(arguments).customer)
        return Answer(content=await lazy.inventory.find(request))

    return fixed_tool(
        FIND,
        "Find what the account owns",
        "Find what this account owns by a hostname, name, id, IP, CP code or a part of one: its ids, where it is, what to call "
        "next. A hostname shows all that serves it: property, live versions, certificate, WAF, DNS.",
        (
            Argument(name="query", kind="string", required=True),
            Argument(name="kind", kind="string", about="property, certificate, network-list, ...; query * lists all of it"),
            Argument(name="limit", kind="integer"),
            Argument(name="refresh", kind="boolean", about="Read again first"),
            control_argument(CUSTOMER),
        ),
        find,
        open_world=True,
    )
