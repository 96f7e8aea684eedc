"""A program of the library, read from the text of its file. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from akamai_mcp.catalogue.effects import BY_SEVERITY, EffectName
from akamai_mcp.openapi.files.yaml_text import parse_yaml
from akamai_mcp.openapi.schema import Json

SIGN: Final = "@"  # what a reference begins with, in place of a source
QUERY_TOOL: Final = "akamai_query"
RUN_TOOL: Final = "akamai_run"
HEADER: Final = frozenset({"summary", "asks", "effect", "inputs"})
SCHEMA: Final = frozenset({"type", "required", "properties"})
LONGEST_SUMMARY: Final = 140  # characters: it is a row of a list
REFERENCE: Final = "$ref"  # of a schema: it would be looked for in the network
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_INPUT: Final = re.compile(r"[A-Za-z_][\w-]{0,63}\Z", re.ASCII)


class FaultyProgram(Exception):
    """The file of a program cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryProgram:
    """A program with what people ask when they mean it, and the JSON Schema of its inputs; `source` is its whole file."""

    name: str
    summary: str
    asks: tuple[str, ...]
    effect: EffectName
    inputs: Json = field(hash=False)
    source: str = field(repr=False)

    @property
    def reference(self) -> str:
        """How a call names it."""
        return f"{SIGN}{self.name}"

    @property
    def tool(self) -> str:
        """The tool that runs it."""
        return QUERY_TOOL if self.effect == "read" else RUN_TOOL

    @property
    def properties(self) -> Mapping[str, Json]:
        """The schema of each input."""
        return cast("Mapping[str, Json]", self.inputs["properties"])

    @property
    def required(self) -> tuple[str, ...]:
        """The inputs that must be given."""
        return tuple(self.inputs.get("required", ()))


def parse_program(name: str, text: str) -> LibraryProgram:
    """Read a program. Raises FaultyProgram."""
    _require(_NAME.match(name), "its name is not lower-case words with hyphens")
    header = _header(text)
    _require(header.keys() == HEADER, f"its header has not exactly {', '.join(sorted(HEADER))}")
    summary, asks, effect = header["summary"], header["asks"], header["effect"]
    _require(isinstance(summary, str) and 0 < len(summary) <= LONGEST_SUMMARY, f"summary is 1 to {LONGEST_SUMMARY} characters")
    _require(summary.isprintable(), "summary has a line break or a hidden character")
    _require(isinstance(asks, list) and asks and all(isinstance(ask, str) for ask in asks), "asks is a list of texts")
    _require(effect in BY_SEVERITY, f"effect is one of {', '.join(BY_SEVERITY)}")
    inputs = _inputs(header["inputs"])
    return LibraryProgram(name=name, summary=summary, asks=tuple(asks), effect=effect, inputs=inputs, source=text)


def _header(text: str) -> Mapping[str, Any]:
    try:
        written = ast.get_docstring(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise FaultyProgram(f"it is no Python: {error}") from error
    try:
        header = parse_yaml((written or "").encode())
    except ValueError as error:
        raise FaultyProgram(f"its header is no YAML: {error}") from error
    if not isinstance(header, Mapping):
        raise FaultyProgram("it has no header: a docstring in YAML")
    return header


def _inputs(schema: Any) -> Json:
    """The schema of the inputs, closed: an input that a program does not know is a mistake."""
    _require(isinstance(schema, Mapping) and schema.keys() <= SCHEMA, f"inputs is a schema of {', '.join(sorted(SCHEMA))}")
    properties = schema.get("properties", {})
    _require(schema.get("type") == "object" and isinstance(properties, Mapping), "inputs is the schema of an object")
    _require(not _has_reference(properties), f"inputs has {REFERENCE}, and there is nothing to refer to")
    for name, part in properties.items():
        # YAML reads 1 and true as other things than text, and one such name hides the prompts of all programs.
        _require(isinstance(name, str) and _INPUT.match(name), f"the input {name!r} is no name: letters, digits, _ and -, quoted")
        told = isinstance(part, Mapping) and isinstance(part.get("description"), str) and "type" in part
        _require(told, f"the input {name} has not a type and a description")
    required = schema.get("required", [])
    _require(isinstance(required, list) and all(name in properties for name in required), "required names no other inputs")
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


def _has_reference(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_has_reference, value))
    return isinstance(value, Mapping) and (REFERENCE in value or any(map(_has_reference, value.values())))


def _require(holds: object, text: str) -> None:
    if not holds:
        raise FaultyProgram(text)
