"""What the server says of itself and how it refuses a request, where FastMCP says more than is true or less than helps."""

from __future__ import annotations

from typing import Any, Final

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp_types import INVALID_PARAMS
from pydantic import ValidationError

# No list changes during a session, and no log message is sent.
CAPABILITIES: Final = ("completions", "prompts", "resources", "tools")
NEGOTIATIONS: Final = frozenset({"initialize", "server/discover"})
LISTS: Final = frozenset({"tools/list", "resources/list", "resources/templates/list", "prompts/list"})
MAX_PART: Final = 80  # characters of a parameter's name


async def keep_to_protocol(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Answer a request of any kind: the SDK's middleware. Raises MCPError with one line that says what is wrong."""
    if ctx.method in LISTS and (ctx.params or {}).get("cursor"):
        raise refuse("There is no page with this cursor: each list is one page.")
    try:
        result = await call_next(ctx)
    except ValidationError as error:
        raise refuse(_first_fault(error)) from None
    if ctx.method in NEGOTIATIONS and isinstance(result, dict):
        return {**result, "capabilities": {name: {} for name in CAPABILITIES}}
    return result


def refuse(message: str, **data: str) -> MCPError:
    """The error of a request that cannot be answered as it stands; clients do not repeat it, as they do an internal error."""
    return MCPError(code=INVALID_PARAMS, message=message, data=data or None)


def _first_fault(error: ValidationError) -> str:
    """The first parameter that is missing or has a value of another kind, without the value."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(["params", *(str(part)[:MAX_PART] for part in fault["loc"] if part != "params")][:2])
    return f"{where} is missing." if fault["type"] == "missing" else f"{where} has a value that cannot be used."
