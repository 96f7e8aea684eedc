"""The MCP server, put together from the parts: settings in, a FastMCP server out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastmcp import FastMCP

from akamai_mcp import __version__
from akamai_mcp.access.callers import current_caller
from akamai_mcp.logs import configure_logs, quieten_libraries
from akamai_mcp.parts import Parts, build_parts
from akamai_mcp.server.customers import customers_tool
from akamai_mcp.server.discovery import Discovery
from akamai_mcp.server.provider import AkamaiProvider
from akamai_mcp.server.resources import add_resources
from akamai_mcp.server.session_store import MemoryState
from akamai_mcp.settings import Settings

if TYPE_CHECKING:
    from mcp.server.request_state import RequestStateSecurity

    from akamai_mcp.replicas.replica import Replicas
    from akamai_mcp.server.http.health import Check
    from akamai_mcp.server.observability.middleware import Watch

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


def _open_watch(settings: Settings, parts: Parts) -> Watch | None:
    """Those who listen to calls, loaded only where there are any. Raises SettingsError."""
    if not settings.is_watched:
        return None
    from akamai_mcp.server.observability.middleware import open_watch

    return open_watch(settings, parts, partial(current_caller, settings.unnamed_caller()))
