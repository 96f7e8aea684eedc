"""The server's own tools: functions with declared arguments, which are read in the forms of lossy clients and checked."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastmcp.tools.base import Tool, ToolResult
from mcp_types import ToolAnnotations
from pydantic import PrivateAttr

from akamai_mcp.calls.controls import CONFIRM, Control
from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.schema import FREE_FORM, Json
from akamai_mcp.request.lengths import check_lengths
from akamai_mcp.request.reading import Declared, read_value
from akamai_mcp.result.answer import Answer
from akamai_mcp.server.elicitation import ask_first
from akamai_mcp.server.tool_results import reply

MAX_TEXT: Final = 8192  # characters of a text argument; longer ones do not fit into an SQLite pattern
# What automation hosts put among a tool's arguments for themselves.
HOST_FIELDS: Final = frozenset({"toolCallId", "tool_call_id", "sessionId", "session_id", "chatInput", "chat_input", "action"})
_JSON_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}

Work = Callable[[Mapping[str, Any]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a fixed tool; `kind` is a JSON type, or `any` for every value.

    `many` lets a text be several: as a list or its JSON text, which are read as the text with commas.
    """

    name: str
    kind: str
    about: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    longest: int = MAX_TEXT
    many: bool = False

    def schema(self) -> Json:
        """Return the argument as JSON Schema."""
        form: Json = {"type": self.kind} if self.kind != "any" else {}
        if self.kind == "object":
            form |= FREE_FORM
        if self.kind == "array":
            form["items"] = {"type": "string"}
        if self.values:
            form["enum"] = list(self.values)
        return form | ({"description": self.about} if self.about else {})

    def read(self, value: Any) -> Any:
        """The value as the declared type, or None for a placeholder of what was left out. Raises ArgumentError."""
        if self.kind == "any":
            return value
        if isinstance(value, str) and not value.strip():
            return None
        if self.many:
            return _read_many(value)
        return read_value(value, Declared(kinds=frozenset({self.kind}), values=self.values))

    def check(self, value: Any) -> None:
        """Check the type, values and length of an argument. Raises ArgumentError."""
        wanted = _JSON_TYPES.get(self.kind)
        wrong = wanted is not None and (not isinstance(value, wanted) or (self.kind == "integer" and isinstance(value, bool)))
        if wrong or (self.values and value not in self.values):
            choice = f"one of {', '.join(self.values)}" if self.values else f"of type {self.kind}"
            raise ArgumentError(f"{self.name!r} is not {choice}.", advice=f"Set {self.name} to a value that is {choice}.")
        if isinstance(value, str) and len(value) > self.longest and self.kind == "string":
            raise ArgumentError(f"{self.name!r} is longer than {self.longest} characters.", advice="Shorten it.")
        if isinstance(value, str) and clean_text(value) != value:
            raise ArgumentError(f"{self.name!r} is not valid Unicode.", advice="Remove the lone surrogates.")


NAME: Final = Argument(name="name", kind="string", about="Tool name or key from akamai_list_operations", required=True)


def control_argument(control: Control) -> Argument:
    """A control as an argument of a fixed tool."""
    return Argument(name=control.name, kind=control.kind, about=control.about, values=control.values)


def _read_many(value: Any) -> Any:
    """A list of texts, or the JSON text of one, as a text with commas; anything else unchanged."""
    names = read_value(value, Declared(kinds=frozenset({"array"})))
    return ",".join(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else value


def clean_text(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot encode."""
    return text.encode(errors="replace").decode()


class FixedTool(Tool):
    """A tool that is no operation: a function with declared arguments."""

    _arguments: tuple[Argument, ...] = PrivateAttr()
    _work: Work = PrivateAttr()

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        """Check the arguments and run the function."""
        may_ask = CONFIRM.name in self.parameters["properties"]
        return await reply(self.name, ask_first(arguments, self._checked) if may_ask else self._checked(arguments))

    async def _checked(self, arguments: Mapping[str, Any]) -> Answer:
        check_lengths(arguments)
        present = read_arguments(self._arguments, arguments)
        check_arguments(self._arguments, present)
        return await self._work(present)


def read_arguments(declared: tuple[Argument, ...], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that were given, as their declared types. Raises ArgumentError.

    Null and empty text stand for what was left out, and what hosts add for themselves is dropped where it is not declared.
    """
    by_name = {argument.name: argument for argument in declared}
    given = {name: value for name, value in arguments.items() if name in by_name or name not in HOST_FIELDS}
    read = {name: by_name[name].read(value) if name in by_name else value for name, value in given.items()}
    return {name: value for name, value in read.items() if value is not None}


def check_arguments(declared: tuple[Argument, ...], arguments: Mapping[str, Any]) -> None:
    """Reject unknown, missing and mistyped arguments. Raises ArgumentError."""
    by_name = {argument.name: argument for argument in declared}
    for name, value in arguments.items():
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=2, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"It takes: {', '.join(by_name) or 'none'}."
            raise ArgumentError(f"There is no argument {name[:80]!r}.", advice=hint)
        by_name[name].check(value)
    missing = [argument.name for argument in declared if argument.required and argument.name not in arguments]
    if missing:
        raise ArgumentError(f"The argument {missing[0]!r} is missing.", advice=f"Add {', '.join(missing)}.")


def fixed_tool(
    name: str,
    title: str,
    description: str,
    arguments: tuple[Argument, ...],
    work: Work,
    *,
    effect: EffectName = "read",
    open_world: bool = False,
) -> FixedTool:
    """Create a fixed tool."""
    schema: Json = {"type": "object", "properties": {argument.name: argument.schema() for argument in arguments}}
    if required := [argument.name for argument in arguments if argument.required]:
        schema["required"] = required
    tool = FixedTool(
        name=name,
        title=title,
        description=description,
        parameters=schema,
        annotations=ToolAnnotations(
            title=title,
            read_only_hint=effect == "read",
            destructive_hint=effect == "destroy",
            idempotent_hint=effect == "read",
            open_world_hint=open_world,
        ),
    )
    tool._arguments, tool._work = arguments, work  # noqa: SLF001
    return tool
