"""What the server says of itself and how it refuses a request, where FastMCP says more than is true or less than helps."""

from __future__ import annotations

from typing import Any, Final, Protocol

from fastmcp.utilities.tasks import TASKS_EXTENSION_ID
from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp_types import INVALID_PARAMS
from pydantic import ValidationError

from akamai_mcp.catalogue.editions.edition import Editions

# No log message is sent, and lists change only where documents or programs may.
CAPABILITIES: Final = ("completions", "prompts", "resources", "tools")
LISTED: Final = CAPABILITIES[1:]
EXTENSIONS: Final = (TASKS_EXTENSION_ID,)  # FastMCP also declares one for pages of HTML, which no tool here has
NEGOTIATIONS: Final = frozenset({"initialize", "server/discover"})
LISTEN: Final = "subscriptions/listen"
LISTS: Final = frozenset({"tools/list", "resources/list", "resources/templates/list", "prompts/list"})
MAX_PART: Final = 80  # characters of a parameter's name


class Notes(Protocol):
    """Who is told of requests, to know whom to tell that a list has changed."""

    def note(self, ctx: ServerRequestContext[Any, Any]) -> None:
        """Note a request."""


class KeepToProtocol:
    """Answers requests of any kind: the SDK's middleware. `announcements` is None where no list changes."""

    def __init__(self, editions: Editions, announcements: Notes | None = None) -> None:
        self._editions = editions
        self._announcements = announcements
        changes = {"listChanged": True} if announcements else {}
        self._capabilities = {name: changes if name in LISTED else {} for name in CAPABILITIES}

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Answer a request. Raises MCPError with one line that says what is wrong."""
        if self._announcements is None:
            return await self._answer(ctx, call_next)
        self._announcements.note(ctx)
        if ctx.method == LISTEN:  # it lasts as long as the client, and holding would keep old documents open
            return await call_next(ctx)
        with self._editions.held():
            return await self._answer(ctx, call_next)

    async def _answer(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method in LISTS and (ctx.params or {}).get("cursor"):
            raise refuse("There is no page with this cursor: each list is one page.")
        try:
            result = await call_next(ctx)
        except ValidationError as error:
            raise refuse(_first_fault(error)) from None
        if ctx.method in NEGOTIATIONS and isinstance(result, dict):
            return {**result, "capabilities": self._capabilities | _extensions(result)}
        return result


def _extensions(result: dict[str, Any]) -> dict[str, Any]:
    """The extensions that are served, which only the newer protocol negotiates."""
    declared = (result.get("capabilities") or {}).get("extensions") or {}
    served = {name: declared[name] for name in EXTENSIONS if name in declared}
    return {"extensions": served} if served else {}


def refuse(message: str, **data: str) -> MCPError:
    """The error of a request that cannot be answered as it stands; clients do not repeat it, as they do an internal error."""
    return MCPError(code=INVALID_PARAMS, message=message, data=data or None)


def _first_fault(error: ValidationError) -> str:
    """The first parameter that is missing or has a value of another kind, without the value."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(["params", *(str(part)[:MAX_PART] for part in fault["loc"] if part != "params")][:2])
    return f"{where} is missing." if fault["type"] == "missing" else f"{where} has a value that cannot be used."
