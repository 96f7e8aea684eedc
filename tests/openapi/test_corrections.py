"""What the guide says of parameters that a document describes wrongly."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.openapi.corrections import correct, correction_faults, parse_corrections
from akamai_mcp.openapi.parser import parse_parameter

VERSION = parse_parameter({"name": "version", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 1}})


def test_a_correction_replaces_the_type_and_whether_a_parameter_is_required() -> None:
    corrected = correct(VERSION, {"version": {"type": "string", "required": False}})
    assert (corrected.schema["type"], corrected.required) == ("string", False)


def test_a_parameter_without_a_correction_stays_as_it_is() -> None:
    assert correct(VERSION, {"other": {"type": "string"}}) is VERSION


@pytest.mark.parametrize(
    ("note", "fault"),
    [
        ([], "no mapping"),
        ({"version": "string"}, "no mapping"),
        ({"version": {"format": "x"}}, "unknown facts"),
        ({"version": {"type": "text"}}, "unknown type"),
        ({"version": {"required": "no"}}, "true or false"),
    ],
)
def test_a_note_that_means_nothing_is_reported_and_corrects_nothing(note: Any, fault: str) -> None:
    assert fault in " ".join(correction_faults(note))
    assert parse_corrections(note) == {}
