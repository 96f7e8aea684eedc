"""The inputs of a program: compared with their schema, with defaults for those that are not given. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.schema import Json
from akamai_mcp.programs.library.program import LibraryProgram

MOST_TOLD: Final = 5
TOO_LONG: Final = "they take too long to compare with their schema"


def fill_inputs(program: LibraryProgram, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a run: those given and the defaults. Raises ArgumentError, which says what does not fit."""
    if faults := _mismatches(program.inputs, given):
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
    return next(iter(_mismatches({**schema, "required": []}, defaults)), None)


def _mismatches(schema: Json, given: Mapping[str, Any]) -> list[str]:
    from akamai_mcp.request.validation.advice import schema_mismatches
    from akamai_mcp.request.validation.bounded import ComparisonTooLong, time_limit  # 100 ms: jsonschema and RE2

    try:
        with time_limit():
            found = islice(schema_mismatches(schema, dict(given), "3.1"), MOST_TOLD)
            return [fault.removeprefix(":").removeprefix(".").strip() for fault in found]
    except ComparisonTooLong:
        return [TOO_LONG]


def _advice(program: LibraryProgram) -> str:
    inputs = [f"{name}{'' if name in program.required else '?'}" for name in program.properties]
    return f"It takes {', '.join(inputs)}: akamai_describe_operation with name {program.reference} shows each."
