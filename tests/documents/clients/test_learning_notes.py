"""What `specs learn` has to know of single APIs is data, and wrong data is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.catalogue.precedence import endpoint_of
from akamai_mcp.documents.clients.endpoints import Endpoint
from akamai_mcp.documents.clients.learning import product_of
from akamai_mcp.documents.clients.notes import NOTES_NAME, LearningNotes, read_notes, to_notes
from akamai_mcp.documents.clients.operation_ids import derive_id
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.templates import shape

SPECS = Path(__file__).parents[3] / "specs"
NOTES = LearningNotes(
    products_by_module={"Keepers": "keeping"},
    products_by_segment={"feeding-plans": "feeding"},
    products_by_base_path={"/zoo": "animals"},
    beginnings={"/zoo/v1": {"/cages/{}": "", "/cages/{}/locks": "lock"}},
    plurals=frozenset({"serials"}),
)


@pytest.mark.parametrize(
    ("api", "path", "name", "product"),
    [
        ("Keepers", "/zoo/v1/feeding-plans", "/zoo", "keeping"),
        ("Animals", "/zoo/v1/cages/{id}/feeding-plans/{planId}", "/zoo", "feeding"),
        ("Animals", "/zoo/v1/cages/{id}", "/zoo", "animals"),
        ("Animals", "/other/v1/feeding-plans-of-others", "/other", "other"),
    ],
)
def test_a_product_is_found_by_module_segment_or_base_path(api: str, path: str, name: str, product: str) -> None:
    assert product_of(Endpoint(method="GET", path=path, api=api), name, NOTES) == product


@pytest.mark.parametrize(
    ("method", "template", "name"),
    [
        ("GET", "/cages/{cageId}/animals", "get-animals"),
        ("GET", "/cages/{cageId}", "get-cage"),
        ("POST", "/cages/{cageId}/locks", "post-lock"),
        ("POST", "/serials", "post-serials"),
        ("POST", "/animals", "post-animal"),
    ],
)
def test_an_operation_id_follows_the_notes_and_else_the_path(method: str, template: str, name: str) -> None:
    assert derive_id(method, "/zoo/v1", template, NOTES) == name


def test_without_a_file_there_are_no_notes(tmp_path: Path) -> None:
    assert read_notes(tmp_path / NOTES_NAME) == LearningNotes()


def test_every_note_of_the_project_is_of_one_of_its_endpoints() -> None:
    notes = read_notes(SPECS / NOTES_NAME)
    rows = [json.loads(line) for line in (SPECS / "clients.jsonl").read_text(encoding="utf-8").splitlines()]
    paths = {shape(row["path"]) for row in rows}
    assert {(method, shape(path)) for method, path in notes.only_observed} <= {
        (row["method"], shape(row["path"])) for row in rows
    }
    endpoints = {endpoint_of(row["method"], row["path"]) for row in rows}
    assert set(notes.facts) <= endpoints
    assert all(any(path.startswith(f"{base}/") for path in paths) for base in notes.values)
    for base, known in notes.beginnings.items():
        for beginning in known:
            assert any(path == base + beginning or path.startswith(f"{base}{beginning}/") for path in paths), base + beginning
    ends = {row["path"].rpartition("/")[2] for row in rows if row["method"] == "POST"}
    assert notes.plurals <= ends
    segments_of_all = {segment for row in rows for segment in row["path"].split("/")}
    assert set(notes.products_by_segment) <= segments_of_all


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "it is not a mapping"),
        ({"begining": {}}, "unknown keys ['begining']"),
        ({"plurals": "serials"}, "plurals is not a list of texts"),
        ({"plurals": [1]}, "plurals is not a list of texts"),
        ({"facts": []}, "facts is not a mapping"),
        ({"facts": {"GET": {}}}, "'GET' is not a method and a path"),
        (
            {"facts": {"GET /a": []}},
            "the facts of GET /a are not ['answer', 'body', 'joined', 'query'], with ['members', 'schema', 'type'] of a body",
        ),
        (
            {"facts": {"GET /a": {"boddy": {}}}},
            "the facts of GET /a are not ['answer', 'body', 'joined', 'query'], with ['members', 'schema', 'type'] of a body",
        ),
        (
            {"facts": {"GET /a": {"body": {"kind": "a/b"}}}},
            "the facts of GET /a are not ['answer', 'body', 'joined', 'query'], with ['members', 'schema', 'type'] of a body",
        ),
        ({"values": {"/a/v1": []}}, "the values of /a/v1 are not a mapping"),
        ({"values": {"/a/v1": {"kind": "CAT"}}}, "the values of kind is not a list of texts"),
        ({"products_by_module": {"A": 1}}, "products_by_module is not a mapping of texts"),
        ({"beginnings": []}, "beginnings is not a mapping"),
        ({"beginnings": {"/a": ["b"]}}, "beginnings of /a is not a mapping of texts"),
        ({"only_observed": ["/a"]}, "'/a' is not a method and a path"),
        ({"only_observed": ["get /a"]}, "'get /a' is not a method and a path"),
    ],
)
def test_notes_that_mean_nothing_are_refused_by_name(content: Any, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        to_notes(content)
    assert str(refused.value) == said


@pytest.mark.parametrize("text", ["a: [", "- a", "plurals: 5"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / NOTES_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=r"learning\.yaml cannot be read"):
        read_notes(tmp_path / NOTES_NAME)
