"""What is said of a program of the library: its row in a search and its description. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from akamai_mcp.openapi.schema import Json
from akamai_mcp.programs.library.program import LibraryProgram

SOURCE: Final = "source"  # the part of a description that is shown where it is asked for
KIND: Final = "program"
BY_TYPE: Final[Mapping[str, Any]] = {"integer": 1, "boolean": True, "array": [], "object": {}, "number": 1}


def to_row(program: LibraryProgram) -> Json:
    """The program as a row of a search."""
    return {"name": program.reference, "kind": KIND, "effect": program.effect, "summary": program.summary}


def describe_program(program: LibraryProgram, at: str = "") -> Json:
    """The program for an agent that means to run it; `at` shows its source too."""
    told: Json = {"name": program.reference, "kind": KIND, "summary": program.summary, "effect": program.effect}
    told |= {"callWith": program.tool, "inputs": program.inputs, "example": example_of(program)}
    return {**told, SOURCE: program.source} if at == SOURCE else told


def example_of(program: LibraryProgram) -> Json:
    """A call of it with its required inputs."""
    given = {name: _example(program.properties[name]) for name in program.required}
    return {"program": program.reference, "inputs": given}


def _example(schema: Json) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    return schema["enum"][0] if "enum" in schema else BY_TYPE.get(str(schema["type"]), "...")
