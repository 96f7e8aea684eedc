"""The MCP server: builds a FastMCP server from the settings and the parts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastmcp import FastMCP
from fastmcp.exceptions import NotFoundError, ValidationError
from fastmcp.resources import ResourceResult
from fastmcp.tools.base import Tool

from akamai_mcp import __version__
from akamai_mcp.access.callers import current_caller
from akamai_mcp.access.consent.decision import ConfirmBy
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.logs import configure_logs, quieten_libraries
from akamai_mcp.parts import Parts, build_parts
from akamai_mcp.pipeline.transport.transport import tls_context
from akamai_mcp.server.fixed.caller_inventory import CallerInventory
from akamai_mcp.server.fixed.caller_library import CallerLibrary
from akamai_mcp.server.fixed.customers import customers_tool
from akamai_mcp.server.fixed.instructions import write_instructions
from akamai_mcp.server.fixed.inventory import find_tool
from akamai_mcp.server.fixed.programs import program_tools
from akamai_mcp.server.fixed.surface import build_fixed_tools
from akamai_mcp.server.owned.resources import Owned
from akamai_mcp.server.prompts.provider import PromptProvider
from akamai_mcp.server.protocol import KeepToProtocol, refuse
from akamai_mcp.server.provider import AkamaiProvider
from akamai_mcp.server.renewing.renewal import RenewalPolicy, Watched, renewing
from akamai_mcp.server.resources import add_resources, written_uri
from akamai_mcp.server.runs.due import FindCaller, due_runs, unnamed_only
from akamai_mcp.server.runs.listening import TaskStreams
from akamai_mcp.server.runs.resources import add_run_resources
from akamai_mcp.server.runs.tasks import RunTasks
from akamai_mcp.server.session_store import SessionStore
from akamai_mcp.settings import Settings

if TYPE_CHECKING:
    from mcp.server.request_state import RequestStateSecurity

    from akamai_mcp.replicas.replica import Replicas
    from akamai_mcp.server.http.health import Check
    from akamai_mcp.server.observability.middleware import Observability
    from akamai_mcp.server.renewing.announcements import Announcements

SERVER_NAME: Final = "akamai"


class AkamaiServer(FastMCP[Any]):
    """FastMCP with a small in-memory session store; the default one imports 436 modules at the first tools/list."""

    parts: Parts
    confirm_by: ConfirmBy
    checks: list[Check]
    tools_provider: AkamaiProvider
    observability: Observability | None = None
    renewal = RenewalPolicy()
    find_caller: FindCaller
    mounted: tuple[str, ...] = ()

    def in_flight(self) -> int:
        """The number of exchanges with Akamai in progress."""
        return self.parts.pipeline.handler.in_flight

    async def get_tool(self, name: str, version: Any = None) -> Any:
        """Return the tool with this name."""
        if self.mounted and name.startswith(self.mounted):
            found = await super().get_tool(name, version) if self._may_use_mounted() else None
            return found or self.tools_provider.unknown(name)
        # FastMCP would ask each provider in its own task, which costs 5% of a call.
        return await self.tools_provider.get_tool(name, version)

    async def list_tools(self, *, run_middleware: bool = True) -> Sequence[Tool]:
        """The tools that the caller may call."""
        tools = await super().list_tools(run_middleware=run_middleware)
        if not self.mounted or self._may_use_mounted():
            return tools
        return [tool for tool in tools if not tool.name.startswith(self.mounted)]

    def _may_use_mounted(self) -> bool:
        """Whether the caller may change anything at all: no rule knows what a tool that is not ours does."""
        return not self.parts.visibility.view().effects <= {"read"}

    async def read_resource(self, uri: str, *, run_middleware: bool = True, **more: Any) -> ResourceResult:
        """Return a resource. Raises MCPError with one code, whether a template, product, operation or answer does not exist."""
        if not run_middleware:
            return await super().read_resource(written_uri(uri), run_middleware=False, **more)
        try:
            return await super().read_resource(uri, **more)
        except NotFoundError as error:
            raise refuse("There is no such resource: see resources/list and resources/templates/list.", uri=uri) from error
        except ValidationError as error:
            raise refuse(str(error), uri=uri) from error

    def under_way(self) -> int:
        """The number of tool calls in progress; one may make several exchanges."""
        return self.parts.quotas.under_way

    @property
    def _state_store(self) -> Any:
        return self.__dict__.setdefault("_session_store", SessionStore())


def _state_security(replicas: Replicas | None) -> RequestStateSecurity | None:
    """The key that seals the state of a question to the user, so that any replica accepts the answer."""
    if replicas is None:
        return None
    from mcp.server.request_state import RequestStateSecurity  # wanted only by replicas

    return RequestStateSecurity(keys=[replicas.key("request state")])


def build_server(settings: Settings, lent: Catalogue | None = None, clock: Callable[[], float] = time.time) -> AkamaiServer:
    """Build the MCP server from the settings; several may share a catalogue that is lent. Raises SettingsError."""
    configure_logs(settings.log_level, settings.log_format)
    quieten_libraries()
    events = _find_events(settings)
    parts = build_parts(settings, lent, clock)
    library = CallerLibrary(parts.programs.library, parts.visibility) if parts.programs else None
    inventory = CallerInventory(parts.inventory) if parts.inventory else None
    own = build_fixed_tools(
        parts.catalogue,
        parts.invoker,
        parts.customers,
        parts.pipeline,
        parts.visibility,
        library=library,
        inventory=inventory,
    )
    programs = program_tools(parts.programs) if parts.programs else ()
    finding = (find_tool(parts.inventory),) if parts.inventory else ()
    fixed = (*own, customers_tool(parts.customer_list), *finding, *programs)
    observability = _create_observability(settings, parts)
    watched = [Watched(what=one, first=one.first) for one in parts.renewable]
    announcements: Announcements | None = None
    streams: TaskStreams | None = None

    @asynccontextmanager
    async def lifespan(running: FastMCP[Any]) -> AsyncIterator[None]:
        watching: AbstractAsyncContextManager[None] = observability.running(settings) if observability else nullcontext()
        try:
            if parts.replicas is not None:
                parts.replicas.start()
            assert isinstance(running, AkamaiServer)
            tell = announcements.tell if announcements else None
            renewed = renewing(watched, tell, running.renewal) if tell else nullcontext()
            async with watching, renewed, events(), due_runs(settings, parts, running.find_caller):
                yield
        finally:
            for told in (announcements, streams):
                if told is not None:
                    told.close()
            await parts.aclose()

    provider = AkamaiProvider(parts.catalogue, parts.invoker, parts.visibility, parts.customers, fixed, settings.tools)
    prompts = PromptProvider(library, parts.customers)
    server = AkamaiServer(
        SERVER_NAME,
        instructions=write_instructions(parts.catalogue, has_programs=parts.programs is not None),
        version=__version__,
        providers=[provider, prompts],
        middleware=[observability.middleware()] if observability else [],
        lifespan=lifespan,
        dereference_schemas=False,  # these schemas contain no $ref
        request_state_security=_state_security(parts.replicas),
    )
    server.confirm_by, server.find_caller = settings.confirm_by, unnamed_only(settings.unnamed_caller())
    server.parts, server.checks, server.tools_provider, server.observability = parts, [], provider, observability
    tasks = RunTasks(parts.programs, partial(current_caller, settings.unnamed_caller())) if parts.programs else None
    if parts.programs and tasks:
        add_run_resources(server, parts.programs)
        server.add_extension(tasks)
    add_resources(server, parts.invoker, parts.visibility, prompts.complete, Owned(parts.inventory) if parts.inventory else None)
    core = server._mcp_server  # noqa: SLF001 - FastMCP's own middleware sees no cursor
    announcements = _create_announcements(core) if parts.renewable else None
    streams = TaskStreams(core, tasks) if tasks else None
    core.middleware.append(KeepToProtocol(parts.catalogue.editions, announcements))
    if settings.plugins or settings.mount:
        from akamai_mcp.server.mounting import mount_all  # wanted only where something is named

        server.mounted = provider.foreign = mount_all(server, settings.plugins, settings.mount)
    return server


def _find_events(settings: Settings) -> Callable[[], AbstractAsyncContextManager[None]]:
    """What sends events while the server runs. Raises SettingsError."""
    policy = settings.event_policy()
    if policy is None:
        return nullcontext
    from akamai_mcp.audit.events.delivery import sending  # 3 ms, and few servers send events

    return partial(sending, policy, settings.audit_policy(), tls_context(settings.ca_bundle))


def _create_announcements(core: Any) -> Announcements:
    from akamai_mcp.server.renewing.announcements import Announcements  # 2 ms: wanted only where lists change

    return Announcements(core)


def _create_observability(settings: Settings, parts: Parts) -> Observability | None:
    """Create the call log, metrics and traces, loaded only if one is configured. Raises SettingsError."""
    if not settings.is_watched:
        return None
    from akamai_mcp.server.observability.middleware import create_observability  # wanted only where calls are observed

    return create_observability(settings, parts, partial(current_caller, settings.unnamed_caller()))
