"""The tools of operations, one for each, and the one that answers for a name that no tool has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastmcp.tools.base import Tool, ToolResult
from mcp_types import ToolAnnotations
from pydantic import PrivateAttr

from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.openapi.model import IDEMPOTENT_METHODS
from akamai_mcp.openapi.schema import Json
from akamai_mcp.result.answer import Answer
from akamai_mcp.server.elicitation import ask_first
from akamai_mcp.server.tool_results import reply, report_progress

MAX_DESCRIPTION: Final = 2000  # characters
UNKNOWN: Final = "akamai_unknown_operation"
EFFECT_WORDS: Final[Mapping[EffectName, str]] = {
    "read": "Reads.",
    "write": "Changes things.",
    "destroy": "Removes, disables or publishes: needs confirmation.",
}


class OperationTool(Tool):
    """One Akamai operation as a tool of its own name."""

    _entry: Entry = PrivateAttr()
    _invoker: Invoker = PrivateAttr()

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        """Call the operation."""
        if not self._may_ask:
            return await reply(self.name, self._call(arguments))
        return await reply(self.name, ask_first(arguments, self._call))

    async def _call(self, arguments: Mapping[str, Any]) -> Answer:
        return await self._invoker.call(self._entry, arguments, report_progress)

    @property
    def _may_ask(self) -> bool:
        return self._entry.effect.worst != "read" or self._entry.reveals


def operation_tool(entry: Entry, schema: Json, invoker: Invoker, text_source: str = "") -> OperationTool:
    """Create the tool of an operation; `schema` is its input schema, `text_source` says whose texts it shows."""
    tool = OperationTool(
        name=entry.name,
        title=entry.summary[:120],
        description=describe(entry, text_source),
        parameters=schema,
        annotations=hints(entry),
        tags={entry.product, entry.effect.worst},
    )
    tool._entry, tool._invoker = entry, invoker  # noqa: SLF001 - pydantic's private attributes are set after construction
    return tool


def describe(entry: Entry, text_source: str = "") -> str:
    """Describe a tool: what it does, its effect, and its request."""
    effect = (
        "Removes, disables or publishes with some arguments." if entry.effect.conditions else EFFECT_WORDS[entry.effect.worst]
    )
    deprecated = " Deprecated." if entry.deprecated else ""
    refusal = f" Cannot be sent: {entry.refusal}." if entry.refusal else ""
    secret = " Returns credentials: needs confirmation." if entry.reveals else ""
    source = f" (Text from {text_source}.)" if text_source else ""
    return f"{entry.summary}.{source} {effect}{secret}{deprecated}{refusal} {entry.method} {entry.path}"[:MAX_DESCRIPTION]


def hints(entry: Entry) -> ToolAnnotations:
    """The annotations by which hosts decide whether to ask for approval (MCP, tool annotations)."""
    worst = entry.effect.worst
    return ToolAnnotations(
        title=entry.summary[:120],
        read_only_hint=worst == "read" and not entry.reveals,
        destructive_hint=worst == "destroy",
        idempotent_hint=entry.method in IDEMPOTENT_METHODS,
        open_world_hint=True,
    )


class UnknownTool(Tool):
    """Answers calls of a tool that does not exist, with what its name may mean."""

    _error: Callable[[], AkamaiMcpError] = PrivateAttr()

    async def run(self, arguments: dict[str, Any]) -> ToolResult:  # noqa: ARG002 - the arguments do not matter
        """Return the error of an unknown operation."""
        return await reply(self.name, self._refuse())

    async def _refuse(self) -> Answer:
        raise self._error()


def unknown_tool(error: Callable[[], AkamaiMcpError]) -> UnknownTool:
    """Create the tool that answers for an unknown name; `error` is made when it is called."""
    # Its own name is fixed: the SDK logs names that break its rules, and a name from a client may contain a secret.
    tool = UnknownTool(name=UNKNOWN, description="", parameters={"type": "object", "properties": {}})
    tool._error = error  # noqa: SLF001
    return tool
