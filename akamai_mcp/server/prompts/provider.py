"""Lists prompts and skills for the programs that a caller may run, and completes the arguments of prompts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
from fastmcp.prompts import Prompt
from fastmcp.prompts.base import PromptArgument
from fastmcp.resources import Resource, TextResource
from fastmcp.server.providers import Provider

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.openapi.schema import Json
from akamai_mcp.programs.library.program import LibraryProgram
from akamai_mcp.programs.library.words import write_skill, write_task
from akamai_mcp.server.fixed.caller_library import CallerLibrary
from akamai_mcp.server.prompts.general import GENERAL, GeneralTask, write_general, write_general_skill

CUSTOMER: Final = "customer"
ABOUT_CUSTOMER: Final = "Whom to act for, where there are several"
MARKDOWN: Final = "text/markdown"
BOOLEANS: Final = ("true", "false")


class TaskPrompt(Prompt):
    """A prompt that writes a text of what a person gave."""

    write: Callable[[Mapping[str, str]], str]

    async def render(self, arguments: dict[str, Any] | None = None) -> str:
        """The text of the prompt."""
        return self.write({name: str(value) for name, value in (arguments or {}).items() if value not in {None, ""}})


class PromptProvider(Provider):
    """Prompts and skills; without a library the general ones alone."""

    def __init__(self, library: CallerLibrary | None, customers: CallerCustomers) -> None:
        super().__init__()
        self._library = library
        self._customers = customers

    def complete(self, prompt: str, argument: str, typed: str) -> list[str]:
        """The values of an argument that begin with what was typed, in any case, where its values are few and known."""
        return [value for value in self._known_values(prompt, argument) if value.lower().startswith(typed.lower())]

    def _known_values(self, prompt: str, argument: str) -> list[str]:
        if argument == CUSTOMER:
            return list(self._customers.names)
        program = next((one for one in self._programs() if one.name == prompt), None)
        schema = program.properties.get(argument, {}) if program else {}
        return list(BOOLEANS) if schema.get("type") == "boolean" else list(_values(schema))

    async def _list_prompts(self) -> Sequence[Prompt]:
        return [*map(_general_prompt, GENERAL), *map(_program_prompt, self._programs())]

    async def _list_resources(self) -> Sequence[Resource]:
        general = [_skill(task.name, task.summary, write_general_skill(task)) for task in GENERAL]
        return [*general, *(_skill(one.name, one.summary, write_skill(one)) for one in self._programs())]

    def _programs(self) -> list[LibraryProgram]:
        return self._library.programs() if self._library else []

    async def get_tasks(self) -> Sequence[Any]:
        """Return none: nothing here runs as a background task."""
        return []


def _general_prompt(task: GeneralTask) -> Prompt:
    def write(given: Mapping[str, str]) -> str:
        return write_general(task, given, given.get(CUSTOMER, ""))

    inputs = [PromptArgument(name=name, description=about, required=name in task.required) for name, about in task.inputs.items()]
    return TaskPrompt(name=task.name, description=task.summary, arguments=[*inputs, _customer()], write=write)


def _program_prompt(program: LibraryProgram) -> Prompt:
    def write(given: Mapping[str, str]) -> str:
        inputs = {name: read_text(schema, given[name]) for name, schema in program.properties.items() if name in given}
        return write_task(program, inputs, given.get(CUSTOMER, ""))

    inputs = [
        PromptArgument(name=name, description=schema["description"], required=name in program.required)
        for name, schema in program.properties.items()
    ]
    return TaskPrompt(name=program.name, description=program.summary, arguments=[*inputs, _customer()], write=write)


def _customer() -> PromptArgument:
    return PromptArgument(name=CUSTOMER, description=ABOUT_CUSTOMER, required=False)


def _skill(name: str, summary: str, text: str) -> Resource:
    return TextResource(uri=f"skill://{name}/SKILL.md", name=name, description=summary, mime_type=MARKDOWN, text=text)  # type: ignore[arg-type]


def _values(schema: Json) -> Iterator[str]:
    items = schema.get("items", {})
    yield from schema.get("enum") or items.get("enum") or ()


def read_text(schema: Json, text: str) -> Any:
    """The value that a person typed: JSON where the input is no text, a list also with commas; else what was typed."""
    if schema["type"] == "string":
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return [part.strip() for part in text.split(",") if part.strip()] if schema["type"] == "array" else text
