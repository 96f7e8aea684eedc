"""The guide's notes on fields as one line each, and their formats as values of a schema."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from catalogue_stage import open_small
from documents.document_samples import document, write

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.field_notes import FieldNotes, takes

FIELDS = {
    "full": {"about": "The contract.", "form": "ctr_1-1AB", "from": "papi/v1#get-contracts"},
    "named": {"about": "What it is"},
    "formed": {"form": "7"},
    "lost": {"about": "A", "from": "papi/v1#no-such-operation"},
    "negative": {"form": "-7"},
    "word": {"form": "word"},
    "number": {"form": 7},
    "zero": {"form": "0"},
    "fraction": {"form": "1.5"},
    "empty": {"form": ""},
    "bare": {},
    "underlined": {"about": "Its name_", "form": "_7"},
}
TEXT, INTEGER = {"type": "string"}, {"type": "integer"}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("specs")
    write(folder, "papi/v1/openapi.json", document("get-contracts", **{"x-guide": {"tool_key": "papi"}}))
    return open_small(folder)


@pytest.fixture
def notes(catalogue: Catalogue) -> FieldNotes:
    return FieldNotes(catalogue, replace(catalogue.products()[0], guide={"fields": FIELDS}))


@pytest.mark.parametrize(
    ("name", "schema", "line"),
    [
        ("full", None, "The contract; e.g. ctr_1-1AB; from akamai_papi_get_contracts."),
        ("full", TEXT, "The contract; e.g. ctr_1-1AB; from akamai_papi_get_contracts."),
        ("full", INTEGER, "The contract; from akamai_papi_get_contracts."),
        ("named", None, "What it is."),
        ("formed", None, "e.g. 7."),
        ("lost", None, "A."),
        ("none", None, ""),
        ("bare", None, ""),
        ("underlined", INTEGER, "Its name_."),
    ],
)
def test_a_note_is_one_line_with_a_format_that_the_schema_takes(notes: FieldNotes, name: str, schema: Any, line: str) -> None:
    assert notes(name, schema) == line


@pytest.mark.parametrize(
    ("name", "schema", "form"),
    [
        ("full", TEXT, "ctr_1-1AB"),
        ("full", {}, "ctr_1-1AB"),
        ("full", {"type": ["string", "null"]}, "ctr_1-1AB"),
        ("full", INTEGER, None),
        ("formed", {"type": ["integer", "null"]}, 7),
        ("formed", {"type": ["integer", "string"]}, "7"),
        ("full", {"type": "boolean"}, None),
        ("formed", INTEGER, 7),
        ("negative", INTEGER, -7),
        ("word", {"enum": ["word", "other"]}, "word"),
        ("word", {"enum": ["other"]}, None),
        ("number", INTEGER, None),
        ("number", TEXT, None),
        ("zero", INTEGER, 0),
        ("fraction", INTEGER, None),
        ("fraction", {"type": "number"}, None),
        ("empty", TEXT, None),
        ("underlined", INTEGER, None),
        ("word", {"enum": []}, "word"),
        ("word", {"type": ["null", "string"]}, "word"),
        ("word", {"type": []}, "word"),
        ("named", TEXT, None),
        ("none", TEXT, None),
    ],
)
def test_a_format_is_a_value_of_the_schema_or_none(notes: FieldNotes, name: str, schema: Any, form: Any) -> None:
    assert notes.form(name, schema) == form


@pytest.mark.parametrize("guide", [{}, {"fields": ["full"]}])
def test_a_product_without_notes_has_none(catalogue: Catalogue, guide: dict[str, Any]) -> None:
    notes = FieldNotes(catalogue, replace(catalogue.products()[0], guide=guide))
    assert (notes("full"), notes.source("full"), notes.form("full", TEXT)) == ("", "", None)


def test_the_operation_that_lists_the_values_of_a_field_is_named_by_its_tool(notes: FieldNotes) -> None:
    assert [notes.source(name) for name in ("full", "lost", "named", "none")] == ["akamai_papi_get_contracts", "", "", ""]


@pytest.mark.parametrize(
    ("schema", "form", "taken"),
    [(TEXT, "a", True), (INTEGER, "7", True), (INTEGER, "-7", True), ({"type": "number"}, "7.5", True), (INTEGER, "a", False),
     ({"type": ["integer", "null"]}, "a", False), ({"type": ["integer", "string"]}, "a", True), ({"type": ["null", "string"]}, "a", True),
     ({"type": "number"}, "7.5.1", False), ({"type": "boolean"}, "a", True), ({}, "a", True), ({"enum": "a"}, "b", True),
     ({"type": "number"}, "-", False), ({"enum": ["7"], "type": "integer"}, "7", True), ({"enum": ["a"], "type": "integer"}, "a", False),
     ({"type": ["number", "null"]}, "a", False), ({"enum": [1, 2]}, "1", True), ({"enum": [1, 2]}, "3", False), ({"enum": []}, "3", True)],
)  # fmt: skip
def test_a_format_that_cannot_be_a_value_is_left_out(schema: Any, form: str, taken: bool) -> None:
    assert takes(schema, form) is taken
