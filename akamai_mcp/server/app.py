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
from akamai_mcp.access.confirmation import Confirmations
from akamai_mcp.access.gate import Gate
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import locate, open_catalogue, user_cache_folder
from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.edgegrid.customers import Customers
from akamai_mcp.errors import SettingsError
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
    from mcp.server.request_state import RequestStateSecurity

    from akamai_mcp.shared.replicas import Replicas

SERVER_NAME: Final = "akamai"


class AkamaiServer(FastMCP[Any]):
    """FastMCP with a plain in-memory session store: the stock one imports 436 modules at the first tools/list."""

    pipeline: Pipeline
    replicas: Replicas | None

    def in_flight(self) -> int:
        """How many calls are under way."""
        return self.pipeline.handler.in_flight

    @property
    def _state_store(self) -> Any:
        return self.__dict__.setdefault("_memory_state", MemoryState())


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The pieces that every front (MCP, command line) shares."""

    catalogue: Catalogue
    customers: Customers
    transport: Transport
    pipeline: Pipeline
    invoker: Invoker
    audit: AuditLog
    visibility: Visibility
    customer_list: CustomerList
    replicas: Replicas | None = None

    async def aclose(self) -> None:
        """Close connections, leave the other replicas, and finish the audit trail."""
        await self.transport.aclose()
        if self.replicas is not None:
            await self.replicas.aclose()
        self.audit.close()


def build_parts(settings: Settings) -> Parts:
    """Catalogue, customers and pipeline from the settings. Raises SettingsError."""
    catalogue = open_catalogue(locate(settings.specs_dir), settings.cache_dir or user_cache_folder())
    customers = settings.customers()
    counters = Counters()
    clock = SigningClock(on_correction=partial(counters.add, "clockCorrections"))
    transport = Transport(settings.transport_policy(), clock=clock)
    policies = InvokerPolicies(
        files=settings.file_policy(),
        downloads=settings.download_policy(),
        strict_validation=settings.validation == "strict",
    )
    replicas = build_replicas(settings, counters)
    pipeline = build_pipeline(transport, settings.pipeline_policies(), counters, replicas.sharing if replicas else None)
    confirmations = Confirmations(
        settings.confirmation_policy(),
        key=replicas.key("confirmation") if replicas else None,
        ledger=replicas.ledger if replicas else None,
    )
    audit = AuditLog(settings.audit_policy())
    audit.start()
    gate = Gate(settings.access_rules(), confirmations, audit)
    invoker = Invoker(catalogue, customers, gate, pipeline.handler, policies, replicas.shelf if replicas else None)
    return Parts(
        catalogue=catalogue,
        customers=customers,
        transport=transport,
        pipeline=pipeline,
        invoker=invoker,
        audit=audit,
        visibility=Visibility(catalogue, gate.rules, customers),
        customer_list=CustomerList(customers, invoker, clock),
        replicas=replicas,
    )


def build_replicas(settings: Settings, counters: Counters) -> Replicas | None:
    """What this server shares with its other replicas; None where it is the only one. Raises SettingsError."""
    policy = settings.sharing_policy()
    if policy is None:
        return None
    try:
        from akamai_mcp.shared.replicas import Replicas  # it and redis are 120 modules
    except ImportError as error:
        raise SettingsError(
            f"AKAMAI_MCP_REDIS_URL is set, but {error.name} is not installed.", advice="Install akamai-mcp[redis]."
        ) from error
    return Replicas(policy, settings.pipeline_policies(), counters)


def _state_security(replicas: Replicas | None) -> RequestStateSecurity | None:
    """The key of what travels with a question to the user, so that every replica takes the answer."""
    if replicas is None:
        return None
    from mcp.server.request_state import RequestStateSecurity

    return RequestStateSecurity(keys=[replicas.key("request state")])


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
            if parts.replicas is not None:
                parts.replicas.start()
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
        request_state_security=_state_security(parts.replicas),
    )
    server.pipeline = parts.pipeline
    server.replicas = parts.replicas
    add_resources(server, parts.catalogue, parts.invoker, parts.visibility)
    return server
