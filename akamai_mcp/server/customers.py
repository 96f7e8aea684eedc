"""The tool akamai_list_customers: whom calls can act for, and on demand whether the credentials work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from akamai_mcp.calls.customer_list import CustomerList
from akamai_mcp.result.answer import Answer
from akamai_mcp.server.tool_results import report_progress
from akamai_mcp.server.tools import Argument, FixedTool, fixed_tool


def customers_tool(customers: CustomerList) -> FixedTool:
    """The tool of the list."""

    async def show(given: Mapping[str, Any]) -> Answer:
        return await customers.show(given, report_progress)

    return fixed_tool(
        "akamai_list_customers",
        "Customers",
        "The customers that calls can name, and what each may do.",
        (
            Argument(name="check", kind="boolean", about="Ask Akamai whether the credentials work and what they may do"),
            Argument(name="customer", kind="string"),
        ),
        show,
        open_world=True,
    )
