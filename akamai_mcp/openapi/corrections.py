"""What a document says wrongly of parameters, or does not say, put right as it is read.

`{version: {type: string}, id: {required: false}}` corrects two, and `{offset: {in: query, type: integer}}` adds one that the
document does not have though the API takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from akamai_mcp.openapi.model import Parameter

Corrections = Mapping[str, Mapping[str, Any]]

NOTHING: Final[Corrections] = {}
TYPES: Final = ("string", "integer", "number", "boolean")
FACTS: Final = frozenset({"type", "required", "in"})


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
        if "in" in facts and (facts["in"] != "query" or "type" not in facts):
            yield f"corrects: {name} is added to the query only, and with a type"


def added_names(corrections: Corrections) -> tuple[str, ...]:
    """The query parameters that a note of corrections adds."""
    return tuple(name for name, facts in corrections.items() if "in" in facts)


def correct(parameter: Parameter, corrections: Corrections) -> Parameter:
    """The parameter with the `type` and `required` of its correction, if it has one."""
    facts = corrections.get(parameter.name)
    if facts is None:
        return parameter
    schema = {**parameter.schema, "type": facts["type"]} if "type" in facts else parameter.schema
    return replace(parameter, schema=schema, required=facts.get("required", parameter.required))


def correct_all(parameters: Iterable[Parameter], corrections: Corrections) -> tuple[Parameter, ...]:
    """The parameters as the notes correct them, and behind them those that the document does not have."""
    own = tuple(correct(parameter, corrections) for parameter in parameters)
    known = {parameter.name for parameter in own}
    return own + tuple(_added(name, corrections[name]) for name in added_names(corrections) if name not in known)


def _added(name: str, facts: Mapping[str, Any]) -> Parameter:
    is_required, schema = facts.get("required", False), {"type": facts["type"]}
    return Parameter(name=name, location="query", required=is_required, style="form", explode=True, schema=schema)
