"""The inputs of a program: compared with their schema, with defaults for those that are not given. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.schema import Json
from akamai_mcp.programs.library.program import LibraryProgram
from akamai_mcp.request.validation.check import value_mismatches


def fill_inputs(program: LibraryProgram, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a run: those given and the defaults. Raises ArgumentError, which says what does not fit."""
    if fault := _known_fault(program):
        told = f"The inputs of {program.reference} are no schema: {fault}."
        raise ArgumentError(told, advice="Its author has to correct the file.")
    if faults := value_mismatches(program.inputs, dict(given)):
        told = "; ".join(faults)
        raise ArgumentError(f"The inputs of {program.reference} do not fit: {told}.", advice=_advice(program))
    defaults = {name: part["default"] for name, part in program.properties.items() if "default" in part}
    return defaults | dict(given)


def schema_fault(schema: Json) -> str | None:
    """What is wrong with a schema of inputs: what JSON Schema does not have, or a default that does not fit."""
    from jsonschema import Draft202012Validator  # 100 ms: wanted only where programs are checked
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return str(error.message)
    defaults = {name: part["default"] for name, part in schema["properties"].items() if "default" in part}
    return next(iter(value_mismatches({**schema, "required": []}, defaults)), None)


@lru_cache(maxsize=256)
def _known_fault(program: LibraryProgram) -> str | None:
    return schema_fault(program.inputs)


def _advice(program: LibraryProgram) -> str:
    inputs = [f"{name}{'' if name in program.required else '?'}" for name in program.properties]
    return f"It takes {', '.join(inputs) or 'none'}: akamai_describe_operation with name {program.reference} shows each."
