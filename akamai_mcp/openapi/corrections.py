"""What a document says wrongly of parameters, put right as it is read: `{version: {type: string}, id: {required: false}}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from akamai_mcp.openapi.model import Parameter

Corrections = Mapping[str, Mapping[str, Any]]

NOTHING: Final[Corrections] = {}
TYPES: Final = ("string", "integer", "number", "boolean")
FACTS: Final = frozenset({"type", "required"})


def parse_corrections(note: Any) -> Corrections:
    """The corrections of a note, by parameter; none where one of them means nothing."""
    return NOTHING if note is None or any(correction_faults(note)) else {str(name): dict(facts) for name, facts in note.items()}


def correction_faults(note: Any) -> Iterator[str]:
    """What is wrong with the form of a note of corrections."""
    if not isinstance(note, Mapping) or not all(isinstance(facts, Mapping) for facts in note.values()):
        yield "corrects: is no mapping of parameters to facts"
        return
    for name, facts in note.items():
        if unknown := sorted(map(str, facts.keys() - FACTS)):
            yield f"corrects: {name} has unknown facts {unknown}"
        if "type" in facts and facts["type"] not in TYPES:
            yield f"corrects: {name} has the unknown type {facts['type']}"
        if not isinstance(facts.get("required", False), bool):
            yield f"corrects: required of {name} is true or false"


def correct(parameter: Parameter, corrections: Corrections) -> Parameter:
    """The parameter with the `type` and `required` of its correction, if it has one."""
    facts = corrections.get(parameter.name)
    if facts is None:
        return parameter
    schema = {**parameter.schema, "type": facts["type"]} if "type" in facts else parameter.schema
    return replace(parameter, schema=schema, required=facts.get("required", parameter.required))
