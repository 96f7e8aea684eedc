"""The composition root: settings in, a FastMCP server out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
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

    from akamai_mcp.server.health import Check
    from akamai_mcp.server.observation import Watch
    from akamai_mcp.shared.replicas import Replicas

SERVER_NAME: Final = "akamai"


class AkamaiServer(FastMCP[Any]):
    """FastMCP with a plain in-memory session store: the stock one imports 436 modules at the first tools/list."""

    parts: Parts
    checks: list[Check]
    tools_provider: AkamaiProvider
    watch: Watch | None = None

    def in_flight(self) -> int:
        """How many calls are under way."""
        return self.parts.pipeline.handler.in_flight

    async def get_tool(self, name: str, version: Any = None) -> Any:
        """The tool of a name: FastMCP would ask each of its providers in a task of its own, 5% of a call."""
        return await self.tools_provider.get_tool(name, version)

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
    who = partial(current_caller, settings.unnamed_caller())
    all_customers = settings.customers()
    customers = CallerCustomers(all_customers, who)
    counters = _open_counters(settings)
    clock = SigningClock(on_correction=partial(counters.add, "clockCorrections"))
    transport = Transport(settings.transport_policy(), clock=clock)
    policies = InvokerPolicies(
        files=settings.file_policy(),
        downloads=settings.download_policy(),
        strict_validation=settings.validation == "strict",
    )
    replicas = build_replicas(settings, counters)
    sharing = replicas.sharing if replicas else None
    pipeline = build_pipeline(transport, settings.pipeline_policies(), counters, sharing, timed=settings.is_watched)
    confirmations = Confirmations(
        settings.confirmation_policy(),
        key=replicas.key("confirmation") if replicas else None,
        ledger=replicas.ledger if replicas else None,
    )
    audit = AuditLog(settings.audit_policy())
    audit.start()
    quotas = Quotas(settings.quota_policy())
    gate = Gate(settings.access_rules(), confirmations, audit, who=who, quotas=quotas)
    invoker = Invoker(catalogue, customers, gate, pipeline.handler, policies, replicas.shelf if replicas else None)
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
    watch = _open_watch(settings, parts)

    @asynccontextmanager
    async def lifespan(_: FastMCP[Any]) -> AsyncIterator[None]:
        watching: AbstractAsyncContextManager[None] = watch.running(settings) if watch else nullcontext()
        try:
            if parts.replicas is not None:
                parts.replicas.start()
            async with watching:
                yield
        finally:
            await parts.aclose()

    provider = AkamaiProvider(parts.catalogue, parts.invoker, parts.visibility, parts.customers, fixed, settings.tools)
    server = AkamaiServer(
        SERVER_NAME,
        instructions=discovery.instructions(),
        version=__version__,
        providers=[provider],
        middleware=[watch.middleware()] if watch else [],
        lifespan=lifespan,
        dereference_schemas=False,  # ours hold no $ref
        request_state_security=_state_security(parts.replicas),
    )
    server.parts, server.checks, server.tools_provider, server.watch = parts, [], provider, watch
    add_resources(server, parts.catalogue, parts.invoker, parts.visibility)
    return server


def _open_counters(settings: Settings) -> Counters:
    if not settings.is_watched:
        return Counters()
    from akamai_mcp.pipeline.record import NotingCounters

    return NotingCounters()


def _open_watch(settings: Settings, parts: Parts) -> Watch | None:
    """Those who listen to calls, loaded only where there are any. Raises SettingsError."""
    if not settings.is_watched:
        return None
    from akamai_mcp.server.observation import open_watch

    return open_watch(settings, parts, partial(current_caller, settings.unnamed_caller()))
