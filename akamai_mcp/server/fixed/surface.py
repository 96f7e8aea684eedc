"""The server's own tools together."""

from __future__ import annotations

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.pipeline.stack import Pipeline
from akamai_mcp.server.fixed.caller_inventory import CallerInventory
from akamai_mcp.server.fixed.caller_library import CallerLibrary
from akamai_mcp.server.fixed.calling import Calling
from akamai_mcp.server.fixed.figures import Figures
from akamai_mcp.server.fixed.finding import Finding
from akamai_mcp.server.fixed.tool import FixedTool


def build_fixed_tools(
    catalogue: Catalogue,
    invoker: Invoker,
    customers: CallerCustomers,
    pipeline: Pipeline,
    visibility: Visibility,
    *,
    library: CallerLibrary | None = None,
    inventory: CallerInventory | None = None,
) -> tuple[FixedTool, ...]:
    """The tools that find, call and count operations, in the order in which an agent needs them."""
    figures = Figures(catalogue, visibility, customers, pipeline)
    finding = Finding(catalogue, visibility, library, inventory, lambda: customers.defaults)
    return (*finding.tools(), *Calling(invoker, visibility).tools(), *figures.tools())
