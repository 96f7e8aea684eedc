"""The composition root: settings in, a FastMCP server out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastmcp import FastMCP

from akamai_mcp import __version__
from akamai_mcp.access.audit import AuditLog
from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import current_caller
from akamai_mcp.access.confirmation import Confirmations
from akamai_mcp.access.gate import Gate
from akamai_mcp.access.quotas import Quotas
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import locate, open_catalogue, user_cache_folder
from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.invoker import Invoker, InvokerPolicies
from akamai_mcp.logs import configure_logs, quieten_libraries
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.stack import Pipeline, build_pipeline
from akamai_mcp.pipeline.transport import Transport
from akamai_mcp.server.customers import CustomerList, customers_tool
from akamai_mcp.server.discovery import Discovery
from akamai_mcp.server.provider import AkamaiProvider
from akamai_mcp.server.resources import add_resources
from akamai_mcp.server.state import MemoryState
from akamai_mcp.settings import Settings

if TYPE_CHECKING:
    from akamai_mcp.server.health import Check

SERVER_NAME: Final = "akamai"


class AkamaiServer(FastMCP[Any]):
    """FastMCP with a plain in-memory session store: the stock one imports 436 modules at the first tools/list."""

    pipeline: Pipeline
    parts: Parts
    checks: list[Check]

    def in_flight(self) -> int:
        """How many calls are under way."""
        return self.pipeline.handler.in_flight

    def under_way(self) -> int:
        """How many calls of tools are being carried, from their admission to their answer: each may be several calls."""
        return self.parts.quotas.under_way

    @property
    def _state_store(self) -> Any:
        return self.__dict__.setdefault("_memory_state", MemoryState())


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The pieces that every front (MCP, command line) shares."""

    catalogue: Catalogue
    customers: CallerCustomers
    all_customers: Customers
    transport: Transport
    pipeline: Pipeline
    invoker: Invoker
    audit: AuditLog
    quotas: Quotas
    visibility: Visibility
    customer_list: CustomerList

    async def aclose(self) -> None:
        """Close connections, and finish the audit trail."""
        await self.transport.aclose()
        self.audit.close()


def build_parts(settings: Settings) -> Parts:
    """Catalogue, customers and pipeline from the settings. Raises SettingsError."""
    catalogue = open_catalogue(locate(settings.specs_dir), settings.cache_dir or user_cache_folder())
    who = partial(current_caller, settings.unnamed_caller())
    all_customers = settings.customers()
    customers = CallerCustomers(all_customers, who)
    counters = Counters()
    clock = SigningClock(on_correction=partial(counters.add, "clockCorrections"))
    transport = Transport(settings.transport_policy(), clock=clock)
    policies = InvokerPolicies(
        files=settings.file_policy(),
        downloads=settings.download_policy(),
        strict_validation=settings.validation == "strict",
    )
    pipeline = build_pipeline(transport, settings.pipeline_policies(), counters)
    audit = AuditLog(settings.audit_policy())
    audit.start()
    quotas = Quotas(settings.quota_policy())
    gate = Gate(settings.access_rules(), Confirmations(settings.confirmation_policy()), audit, who=who, quotas=quotas)
    invoker = Invoker(catalogue, customers, gate, pipeline.handler, policies)
    return Parts(
        catalogue=catalogue,
        customers=customers,
        all_customers=all_customers,
        transport=transport,
        pipeline=pipeline,
        invoker=invoker,
        audit=audit,
        quotas=quotas,
        visibility=Visibility(catalogue, gate.rules, customers, who),
        customer_list=CustomerList(customers, invoker, clock),
    )


def build_server(settings: Settings) -> AkamaiServer:
    """The MCP server for the settings. Raises SettingsError."""
    configure_logs(settings.log_level, settings.log_format)
    quieten_libraries()
    parts = build_parts(settings)
    discovery = Discovery(parts.catalogue, parts.invoker, parts.customers, parts.pipeline, parts.visibility)
    fixed = (*discovery.tools(), customers_tool(parts.customer_list))

    @asynccontextmanager
    async def lifespan(_: FastMCP[Any]) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await parts.aclose()

    server = AkamaiServer(
        SERVER_NAME,
        instructions=discovery.instructions(),
        version=__version__,
        providers=[AkamaiProvider(parts.catalogue, parts.invoker, parts.visibility, parts.customers, fixed, settings.tools)],
        lifespan=lifespan,
        dereference_schemas=False,  # ours hold no $ref
    )
    server.pipeline, server.parts, server.checks = parts.pipeline, parts, []
    add_resources(server, parts.catalogue, parts.invoker, parts.visibility)
    return server
