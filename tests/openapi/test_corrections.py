"""What the guide says of parameters that a document describes wrongly."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.openapi.corrections import added_names, correct, correct_all, correction_faults, parse_corrections
from akamai_mcp.openapi.parser import parse_parameter

VERSION = parse_parameter({"name": "version", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 1}})


def test_a_correction_replaces_the_type_and_whether_a_parameter_is_required() -> None:
    corrected = correct(VERSION, {"version": {"type": "string", "required": False}})
    assert (corrected.schema["type"], corrected.required) == ("string", False)


def test_a_parameter_without_a_correction_stays_as_it_is() -> None:
    assert correct(VERSION, {"other": {"type": "string"}}) is VERSION


def test_a_query_parameter_is_added_that_the_document_does_not_have() -> None:
    notes = {"offset": {"in": "query", "type": "integer"}, "version": {"type": "string"}}
    version, offset = correct_all([VERSION], notes)
    assert (version.name, version.schema["type"], version.required) == ("version", "string", True)
    assert offset == parse_parameter({"name": "offset", "in": "query", "schema": {"type": "integer"}})
    assert added_names(notes) == ("offset",)


def test_a_parameter_that_the_document_has_meanwhile_is_not_added_twice() -> None:
    assert len(correct_all([VERSION], {"version": {"in": "query", "type": "integer"}})) == 1


@pytest.mark.parametrize(
    ("note", "fault"),
    [
        ([], "no mapping"),
        ({"version": "string"}, "no mapping"),
        ({"version": {"format": "x"}}, "unknown facts"),
        ({"version": {"type": "text"}}, "unknown type"),
        ({"version": {"required": "no"}}, "true or false"),
        ({"version": {"in": "header", "type": "string"}}, "to the query only"),
        ({"version": {"in": "query"}}, "with a type"),
    ],
)
def test_a_note_that_means_nothing_is_reported_and_corrects_nothing(note: Any, fault: str) -> None:
    assert fault in " ".join(correction_faults(note))
    assert parse_corrections(note) == {}
