"""The tool provider: the fixed tools, and the tool of any operation, created when it is first needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from fastmcp.server.providers import Provider
from fastmcp.tools.base import Tool

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.visibility import MAX_SHOWN, Visibility
from akamai_mcp.calls.controls import CONFIRM, CUSTOMER, DRY_RUN, PAGES, PAGINATE, SECONDS, SELECT, WAIT, Control
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.field_notes import FieldNotes
from akamai_mcp.catalogue.naming import spellings
from akamai_mcp.catalogue.search.meanings import own_tool
from akamai_mcp.errors import AkamaiMcpError, ArgumentError
from akamai_mcp.logs import get_logger
from akamai_mcp.openapi.schema import Json
from akamai_mcp.result.page_rules import find_page_rule
from akamai_mcp.server.fixed.names import CALL_TOOLS
from akamai_mcp.server.fixed.programs import RUN
from akamai_mcp.server.fixed.tool import FixedTool, clean_text
from akamai_mcp.server.input_schema import build_input_schema
from akamai_mcp.server.tools import operation_tool, unknown_tool

CACHED_TOOLS: Final = 256  # a tool takes about a millisecond to create
DISCOVER: Final = "discover"
ALL: Final = "all"
UNKNOWN_SCHEMA: Final[Json] = {"type": "object", "properties": {}}  # a call reports the reason


class AkamaiProvider(Provider):
    """Lists the tools that the settings choose, and finds every tool by name but those that begin with one of `foreign`."""

    def __init__(
        self,
        catalogue: Catalogue,
        invoker: Invoker,
        visibility: Visibility,
        customers: CallerCustomers,
        fixed: tuple[FixedTool, ...],
        shown: tuple[str, ...],
    ) -> None:
        super().__init__()
        self._visibility = visibility
        self._catalogue = catalogue
        self._invoker = invoker
        self._customers = customers
        self._fixed = {tool.name: tool for tool in fixed}
        self._alone = {tool.name: without_customer(tool) for tool in fixed}
        self._shown = shown
        self.foreign: tuple[str, ...] = ()
        self._made = catalogue.per_edition(lambda: lru_cache(maxsize=CACHED_TOOLS)(self._make_known))

    async def _list_tools(self) -> Sequence[Tool]:
        view, choice = self._visibility.view(), self._customers.must_choose
        idle = {name for effect, name in CALL_TOOLS.items() if effect not in view.effects}
        if view.effects <= {"read"}:
            idle.add(RUN)
        fixed = (tool for name, tool in (self._fixed if choice else self._alone).items() if name not in idle)
        known = self._visibility.catalogue()
        return [*fixed, *(self._make(known, entry, choice=choice) for entry in self._chosen(known))]

    async def _get_tool(self, name: str, version: Any = None) -> Tool | None:  # noqa: ARG002 - FastMCP's signature
        if self.foreign and name.startswith(self.foreign):  # else a name that is spelled like ours would be taken for it
            return None
        name = clean_text(name)  # to call it; every call accepts `customer`, whether its schema shows it or not
        if own := next((spelled for spelled in (name, *spellings(name)) if spelled in self._fixed), None):
            return self._fixed[own]
        if entry := self._catalogue.find(name):
            return self._made()(entry.key)
        return self.unknown(name)

    def unknown(self, name: str) -> Tool:
        """The tool that answers for a name that no tool has."""
        return unknown_tool(lambda: self._unknown(name))

    def _unknown(self, name: str) -> AkamaiMcpError:
        """The error of a name that no tool has: the server's own tools come before operations."""
        if own := own_tool(name, self._fixed):
            return ArgumentError(f"No tool is named {name[:MAX_SHOWN]!r}.", advice=f"Call {own}.")
        return self._visibility.unknown(name)

    async def get_tasks(self) -> Sequence[Any]:
        """Return none: no tool runs as a background task, and the default would create every tool at startup."""
        return []

    def _chosen(self, known: Catalogue) -> list[Entry]:
        if ALL in self._shown:
            return known.entries()
        chosen = [name for name in self._shown if name != DISCOVER]
        return [entry for name in chosen for entry in known.of_product(name)]

    def _make_known(self, key: str) -> Tool:
        return self._make(self._catalogue, self._catalogue.get(key))

    def _make(self, known: Catalogue, entry: Entry, *, choice: bool = True) -> Tool:
        try:
            schema = self._schema(known, entry, choice=choice)
        except Exception as error:  # noqa: BLE001 - one bad document must not hide all other tools
            get_logger().warning("no input schema", operation=entry.key, error=type(error).__name__)
            schema = dict(UNKNOWN_SCHEMA)
        source = self._catalogue.text_source(entry.document).get("textFrom", "")
        return operation_tool(entry, schema, self._invoker, source)

    def _schema(self, known: Catalogue, entry: Entry, *, choice: bool) -> Json:
        operation = known.operation(entry)
        notes = FieldNotes(known, known.product_of(entry))
        return build_input_schema(operation, notes, controls_of(entry, choice=choice), find_page_rule(operation, entry.pages))


def controls_of(entry: Entry, *, choice: bool = True) -> tuple[Control, ...]:
    """The controls that an operation's tool shows (a call accepts the others too); `choice` shows `customer`."""
    confirm = (CONFIRM,) if entry.effect.worst == "destroy" or entry.reveals else ()
    dry_run = (DRY_RUN,) if entry.effect.worst != "read" else ()
    pages = (PAGINATE, PAGES) if entry.paginatable else ()
    wait = (WAIT, SECONDS) if entry.outcome or entry.progress else ()
    read = (SELECT,) if entry.effect.worst == "read" else ()
    customer = (CUSTOMER,) if choice else ()
    return (*confirm, *dry_run, *read, *pages, *wait, *customer)


def without_customer(tool: FixedTool) -> FixedTool:
    """The tool as listed when there is only one customer; a call still accepts `customer`."""
    shown = {name: schema for name, schema in tool.parameters["properties"].items() if name != CUSTOMER.name}
    return tool.model_copy(update={"parameters": {**tool.parameters, "properties": shown}})
