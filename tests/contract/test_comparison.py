"""Answers are compared with their documents: every planted difference is found, none is invented, and none shows a value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from documents.document_samples import write
from openapi_schema_validator import OAS30ReadValidator, OAS31Validator

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.contract.comparison import declared_for, find_differences
from akamai_mcp.contract.difference import Answered, Difference
from akamai_mcp.contract.drift_file import DriftFile
from akamai_mcp.documents.location import Location, open_catalogue
from akamai_mcp.openapi.model import Operation
from akamai_mcp.sandbox.examples.values import example

ROWS = Path(__file__).resolve().parents[2].parent / "shared" / "conformance" / "client_requests.jsonl"
SECRET = "hunter2-hunter2"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "state"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1, "maximum": 100},
        "state": {"type": "string", "enum": ["NEW", "OLD"]},
        "name": {"type": "string", "minLength": 2, "maxLength": 10, "pattern": "^[a-z]+$"},
        "note": {"type": "string", "nullable": True},
        "ratio": {"type": "number", "multipleOf": 0.5},
        "on": {"type": "boolean"},
        "hosts": {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "uniqueItems": True,
            "items": {"$ref": "#/components/schemas/Host"},
        },
        "labels": {"type": "object", "maxProperties": 2, "additionalProperties": {"type": "string"}},
        "target": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
    },
}
HOST = {"type": "object", "required": ["host"], "properties": {"host": {"type": "string"}, "port": {"type": "integer"}}}
SOUND: dict[str, Any] = {
    "id": 7,
    "state": "NEW",
    "name": "abc",
    "note": None,
    "ratio": 1.5,
    "on": True,
    "hosts": [{"host": "a", "port": 1}],
    "labels": {"a": "b"},
    "target": 4,
}
# (what the answer has in place of a sound value, the place and the text of the one difference)
PLANTED: list[tuple[dict[str, Any], str, str]] = [
    ({"id": "7"}, "body.id", "is string, declared as integer"),
    ({"id": 7.5}, "body.id", "is number, declared as integer"),
    ({"id": 0}, "body.id", "is beyond the declared minimum 1"),
    ({"id": 101}, "body.id", "is beyond the declared maximum 100"),
    ({"id": ...}, "body.id", "is missing, declared as required"),
    ({"state": SECRET}, "body.state", "has a value that is not among the declared ones"),
    ({"name": "a"}, "body.name", "is beyond the declared minLength 2"),
    ({"name": "abcdefghijklm"}, "body.name", "is beyond the declared maxLength 10"),
    ({"name": "ABC"}, "body.name", "is beyond the declared pattern ^[a-z]+$"),
    ({"note": 4}, "body.note", "is integer, declared as string or null"),
    ({"on": None}, "body.on", "is null, declared as boolean"),
    ({"ratio": 0.3}, "body.ratio", "is beyond the declared multipleOf 0.5"),
    ({"hosts": []}, "body.hosts", "is beyond the declared minItems 1"),
    ({"hosts": [{"host": "a"}, {"host": "b"}, {"host": "c"}]}, "body.hosts", "is beyond the declared maxItems 2"),
    ({"hosts": [{"host": "a"}, {"host": "a"}]}, "body.hosts", "is beyond the declared uniqueItems True"),
    ({"hosts": {"host": "a"}}, "body.hosts", "is object, declared as array"),
    ({"hosts": [{"host": "a"}, {"host": 5}]}, "body.hosts[].host", "is integer, declared as string"),
    ({"hosts": [{"port": 5}]}, "body.hosts[].host", "is missing, declared as required"),
    ({"labels": {SECRET: 1}}, "body.labels.*", "is integer, declared as string"),
    ({"labels": {"a": "", "b": "", "c": ""}}, "body.labels", "is beyond the declared maxProperties 2"),
    ({"target": "x"}, "body.target", "fits none or too many of the declared alternatives (oneOf)"),
    ({"added": SECRET}, "body", "has undeclared properties: added"),
]  # fmt: skip
# (status, content type, content, place, text)
WHOLE: list[tuple[int, str, bytes, str, str]] = [
    (202, "application/json", b"{}", "202", "is a status that is not declared"),
    (200, "text/html; charset=utf-8", b"<html>", "Content-Type", "is text/html, declared as application/json"),
    (200, "application/json", b"", "body", "is empty, declared with content"),
    (200, "application/json", b"{", "body", "is not JSON"),
]


@pytest.fixture(scope="module")
def operation(tmp_path_factory: pytest.TempPathFactory) -> Operation:
    content = {"application/json": {"schema": SCHEMA}}
    described = {"operationId": "get-thing", "responses": {"200": {"description": "", "content": content}}}
    folder = tmp_path_factory.mktemp("specs")
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/thing": {"get": described}},
        "components": {"schemas": {"Host": HOST}},
    }
    write(folder, "things.json", document)
    catalogue = open_catalogue(Location(root=folder, origin="test"), None)
    return catalogue.operation(catalogue.get("things/v1#get-thing"))


def answered(operation: Operation, content: bytes, status: int = 200, content_type: str = "application/json") -> Answered:
    return Answered(operation=operation, key="it", status=status, content_type=content_type, content=content)


def planted(changes: Mapping[str, Any]) -> bytes:
    return json.dumps({name: value for name, value in {**SOUND, **changes}.items() if value is not ...}).encode()


def test_a_sound_answer_has_no_difference(operation: Operation) -> None:
    assert find_differences(answered(operation, planted({}))) == ()
    assert find_differences(answered(operation, planted({}), content_type="application/vnd.akamai+json;charset=utf-8")) == ()


@pytest.mark.parametrize(("changes", "place", "text"), PLANTED, ids=[f"{place} {text}" for _, place, text in PLANTED])
def test_each_planted_difference_is_found_alone_and_shows_no_value(
    operation: Operation, changes: dict[str, Any], place: str, text: str
) -> None:
    found = find_differences(answered(operation, planted(changes)))
    assert found == (Difference(operation="it", place=place, text=text),)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(("status", "content_type", "content", "place", "text"), WHOLE)
def test_a_status_a_type_and_a_body_that_are_not_as_declared_are_found(
    operation: Operation, status: int, content_type: str, content: bytes, place: str, text: str
) -> None:
    found = find_differences(answered(operation, content, status, content_type))
    assert found == (Difference(operation="it", place=place, text=text),)


def schema_of(operation: Operation, status: int) -> Any:
    declared = declared_for(operation, status)
    return next((media.schema for media in declared.content if "json" in media.name), None) if declared else None


def is_valid(operation: Operation, schema: Any, body: Any) -> bool:
    """The verdict of the plain validator, without anything of ours."""
    kind = OAS31Validator if operation.dialect == "3.1" else OAS30ReadValidator
    return bool(kind(schema).is_valid(body))


@pytest.mark.skipif(not ROWS.is_file(), reason="the recorded exchanges of Akamai's client are not beside the checkout")
def test_no_difference_is_invented_in_a_recorded_answer(catalogue: Catalogue) -> None:
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    compared = 0
    for row in rows:
        entry = catalogue.get(row["operation"])
        operation = catalogue.operation(entry)
        schema, body = schema_of(operation, row["response_status"]), row["response_body"]
        if not schema or body is None or row["response_status"] >= 400:
            continue
        compared += 1
        found = find_differences(answered(operation, json.dumps(body).encode(), row["response_status"]))
        assert bool(found) is not is_valid(operation, schema, body), (row["id"], found)
    assert compared > 200


def test_an_answer_made_from_its_schema_has_no_difference(catalogue: Catalogue) -> None:
    compared = 0
    for entry in islice(catalogue.entries(), 0, None, 7):
        operation = catalogue.operation(entry)
        schema = schema_of(operation, 200)
        if not schema or entry.source:
            continue
        body = example(schema)
        if body in (None, "") or not is_valid(operation, schema, body):  # a schema that nothing satisfies
            continue
        compared += 1
        assert find_differences(answered(operation, json.dumps(body).encode())) == (), entry.key
    assert compared > 100


@pytest.fixture
def stage_file(tmp_path: Path) -> Path:
    return tmp_path / "drift.jsonl"


def test_a_file_that_grew_too_long_is_added_up(stage_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("akamai_mcp.contract.drift_file.LARGEST", 2000)
    one, other = (Difference(operation="it", place=place, text="differs") for place in ("body.a", "body.b"))
    file = DriftFile(stage_file)
    for _ in range(100):
        file.add({one: 1, other: 2})
    assert file.read() == {one: 100, other: 200}
    assert stage_file.stat().st_size < 3000
