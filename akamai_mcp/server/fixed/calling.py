"""Calling operations: one tool for each effect, and the raw request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from akamai_mcp.access.visibility import Visibility
from akamai_mcp.calls.controls import (
    BYTES,
    CACHE,
    CONFIRM,
    CONTROLS,
    CUSTOMER,
    DRY_RUN,
    PAGES,
    PAGINATE,
    SECONDS,
    SELECT,
    WAIT,
    Control,
    read_controls,
)
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.calls.prepare import RawArguments
from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.undocumented import RAW_METHODS
from akamai_mcp.errors import AccessError, ArgumentError
from akamai_mcp.request.arguments import ABSENT
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.store import HANDLE_PREFIX
from akamai_mcp.server.fixed.names import CALL_TOOLS, RAW, find_entry
from akamai_mcp.server.fixed.tool import NAME, Argument, FixedTool, control_argument, fixed_tool
from akamai_mcp.server.tool_results import report_progress

ARGUMENTS: Final = Argument(name="arguments", kind="object", about="As describe shows: parameters flat, body under body")
READ_CONTROLS: Final = (SELECT, PAGINATE, PAGES, BYTES, CACHE, WAIT, SECONDS, CUSTOMER, CONFIRM)
WRITE_CONTROLS: Final = (DRY_RUN, SELECT, BYTES, WAIT, SECONDS, CUSTOMER, CONFIRM)
RAW_CONTROLS: Final = (PAGINATE, PAGES, SELECT, BYTES, CACHE, DRY_RUN, WAIT, SECONDS, CUSTOMER, CONFIRM)


class Calling:
    """The functions behind the tools that call operations."""

    def __init__(self, invoker: Invoker, visibility: Visibility) -> None:
        self._invoker = invoker
        self._visibility = visibility

    def caller(self, effect: EffectName) -> Any:
        """Return the function that calls operations of one effect; it refuses others and names the right tool."""

        async def call(arguments: Mapping[str, Any]) -> Answer:
            if effect == "read" and str(arguments["name"]).startswith(HANDLE_PREFIX):
                return await self._invoker.stored.read(str(arguments["name"]), read_controls(arguments))
            entry = find_entry(self._visibility, str(arguments["name"]))
            operation_arguments = dict(arguments.get("arguments") or {})
            if effect not in {entry.effect.mildest, entry.effect.worst}:
                check_effect(entry, effect, entry.effect.worst)
            controls = {name: arguments[name] for name in CONTROLS if name in arguments}
            return await self._invoker.call(
                entry, operation_arguments | controls, report_progress, lambda action: check_effect(entry, effect, action.effect)
            )

        return call

    async def raw_request(self, arguments: Mapping[str, Any]) -> Answer:
        """Call an operation or path with separate path, query, headers and body. Raises AkamaiMcpError."""
        raw = RawArguments(
            path=arguments.get("pathParams") or {},
            query=arguments.get("queryParams") or {},
            headers=arguments.get("headers") or {},
            body=arguments.get("body", ABSENT),
        )
        controls = read_controls(arguments)
        if "toolName" in arguments and ("method" in arguments or "path" in arguments):
            raise ArgumentError("Both an operation and a method or path are given.", advice="Set toolName, or method and path.")
        if "toolName" in arguments:
            entry = find_entry(self._visibility, str(arguments["toolName"]))
            return await self._invoker.call_raw(entry, raw, controls, report_progress)
        if "method" not in arguments or "path" not in arguments:
            raise ArgumentError(
                "Neither an operation nor a method and path are given.", advice="Set toolName, or method and path."
            )
        return await self._invoker.call_path(str(arguments["method"]), str(arguments["path"]), raw, controls, report_progress)

    def tools(self) -> tuple[FixedTool, ...]:
        """The tools, in the order in which an agent needs them."""
        return (
            self._caller("read", "Read from Akamai", "Call an operation whose effect is read. Changes nothing.", READ_CONTROLS),
            self._caller("write", "Change things at Akamai", "Call an operation whose effect is write.", WRITE_CONTROLS),
            self._caller(
                "destroy",
                "Remove or go live at Akamai",
                "Call an operation whose effect is destroy: deletes, purges, deactivations, revocations, production activations. "
                "Needs confirmation: asks the user, or is refused with a token for confirm.",
                WRITE_CONTROLS,
            ),
            self._raw(),
        )

    def _caller(self, effect: EffectName, title: str, text: str, controls: tuple[Control, ...]) -> FixedTool:
        arguments = (NAME, ARGUMENTS, *(control_argument(control) for control in controls))
        return fixed_tool(CALL_TOOLS[effect], title, text, arguments, self.caller(effect), effect=effect, open_world=True)

    def _raw(self) -> FixedTool:
        return fixed_tool(
            RAW,
            "Raw Akamai request",
            "Full control: separate path, query, headers and body. Prefer the tools above.",
            (
                Argument(name="toolName", kind="string", about="Tool name or key; or method and path:"),
                Argument(name="method", kind="string", values=RAW_METHODS),
                Argument(name="path", kind="string", about="/papi/v1/..., documented or not"),
                Argument(name="pathParams", kind="object"),
                Argument(name="queryParams", kind="object"),
                Argument(name="headers", kind="object"),
                Argument(name="body", kind="any", about="Any JSON, text, or {base64} or {file}"),
                *(control_argument(control) for control in RAW_CONTROLS),
            ),
            self.raw_request,
            effect="destroy",
            open_world=True,
        )


def check_effect(entry: Entry, caller: EffectName, actual: EffectName) -> None:
    """Check that a call has the tool's effect. Raises AccessError, which names the right tool."""
    if actual != caller:
        raise AccessError(
            f"With these arguments {entry.name} is a {actual} operation, and {CALL_TOOLS[caller]} only takes {caller}.",
            advice=f"Call it with {CALL_TOOLS[actual]}. Its effect: {entry.effect.text}.",
        )
