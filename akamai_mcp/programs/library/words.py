"""What is said of a program of the library: its row in a search, its description, its prompt and its skill. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

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


def write_task(program: LibraryProgram, given: Mapping[str, Any], customer: str = "") -> str:
    """What a person asks an agent with a prompt: to run the program with what they gave."""
    inputs = orjson.dumps(dict(given)).decode()
    missing = [name for name in program.required if name not in given]
    find = f" Find out {', '.join(missing)} first, by reads or by asking me." if missing else ""
    who = f" for the customer {customer}" if customer else ""
    return (
        f"{program.summary}\n\nCall {program.tool} with program {program.reference} and inputs {inputs}{who}.{find} "
        f"{_care(program)} Then tell me the result in a few lines.\n\nIts inputs:\n{_inputs(program)}"
    )


def write_skill(program: LibraryProgram) -> str:
    """The program as a skill file: when it serves, and how it is called."""
    example = orjson.dumps(example_of(program)).decode()
    asks = "\n".join(f"- {ask}" for ask in program.asks)
    return (
        f"---\nname: {program.name}\ndescription: {orjson.dumps(program.summary).decode()}\n---\n\n"
        f"# {program.name}\n\n{program.summary}\n\nIt serves where people ask:\n\n{asks}\n\n"
        f"Call `{program.tool}` with `{example}`. {_care(program)}\n\nInputs:\n\n{_inputs(program)}\n"
    )


def _care(program: LibraryProgram) -> str:
    if program.effect == "read":
        return "It only reads."
    return "With dryRun: true it shows its plan. It changes things, so leave the question about the plan to me."


def _inputs(program: LibraryProgram) -> str:
    return "\n".join(_input(name, part, required=name in program.required) for name, part in program.properties.items())


def _input(name: str, schema: Json, *, required: bool) -> str:
    needed = (
        "required" if required else f"default {orjson.dumps(schema['default']).decode()}" if "default" in schema else "optional"
    )
    kind = schema["type"] if isinstance(schema["type"], str) else " or ".join(schema["type"])
    return f"- {name} ({kind}, {needed}): {schema['description']}"
