"""The tool akamai_list_customers: the customers that calls can act for, and whether their credentials work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from akamai_mcp.calls.customer_list import CustomerList
from akamai_mcp.result.answer import Answer
from akamai_mcp.server.fixed.names import CUSTOMERS
from akamai_mcp.server.fixed.tool import Argument, FixedTool, fixed_tool
from akamai_mcp.server.tool_results import report_progress


def customers_tool(customers: CustomerList) -> FixedTool:
    """Create the tool."""

    async def show(arguments: Mapping[str, Any]) -> Answer:
        return await customers.show(arguments, report_progress)

    return fixed_tool(
        CUSTOMERS,
        "Customers",
        "List the customers that calls can act for, and their rules.",
        (
            Argument(name="check", kind="boolean", about="Ask Akamai whether the credentials work and what they allow"),
            Argument(name="customer", kind="string"),
        ),
        show,
        open_world=True,
    )
