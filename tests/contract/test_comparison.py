"""Answers are compared with their documents: every planted difference is found, none is invented, and none shows a value."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from contract.planting import plants
from documents.document_samples import write
from openapi_schema_validator import OAS30ReadValidator, OAS31Validator

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.contract.comparison import declared_for, find_differences
from akamai_mcp.contract.difference import Answered, Difference
from akamai_mcp.contract.drift_file import DriftFile
from akamai_mcp.documents.build import official_documents
from akamai_mcp.documents.location import Location, open_catalogue
from akamai_mcp.openapi.loader import load_document, plain
from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS
from akamai_mcp.sandbox.examples.values import example

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
ROWS = SHARED / "conformance" / "client_requests.jsonl"
OFFICIAL = SHARED / "akamai-apis" / "apis"
JSON = "application/json"
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
        "owner": {"anyOf": [{"type": "object", "nullable": True, "properties": {"id": {"type": "integer"}}}, {"type": "string"}]},
        "choice": {"oneOf": [{"type": "object", "required": [name]} for name in "ab"]},
        "secret": {"type": "string", "writeOnly": True},
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
    ({"target": "x"}, "body.target", "is string, declared as integer or boolean"),
    ({"owner": {"id": "x"}}, "body.owner.id", "is string, declared as integer"),
    ({"owner": 7}, "body.owner", "is integer, declared as object or null or string"),
    ({"choice": {"c": 1}}, "body.choice", "fits none or too many of the declared alternatives (oneOf)"),
    ({"choice": {"a": 1, "b": 1}}, "body.choice", "fits none or too many of the declared alternatives (oneOf)"),
    ({"secret": SECRET}, "body.secret", "is in an answer, declared as write-only"),
    ({"added": SECRET}, "body", "has undeclared properties: added"),
]  # fmt: skip
# (status, content type, content, place, text)
WHOLE: list[tuple[int, str, bytes, str, str]] = [
    (202, "application/json", b"{}", "202", "is a status that is not declared"),
    (200, "text/html; charset=utf-8", b"<html>", "Content-Type", "is text/html, declared as application/json"),
    (200, "application/json", b"", "body", "is empty, declared with content"),
    (200, "application/json", b"{", "body", "is not JSON"),
    (200, "application/json", b"\x00\xff\xfe", "body", "is not JSON"),
    (200, "application/json", b'{"id": 7}\n{"id": 8}', "body", "is not JSON"),
    (200, "application/json", b"[" * 100_000, "body", "is nested too deeply to compare"),
    (200, "", b"{}", "Content-Type", "is none, declared as application/json"),
]


@pytest.fixture(scope="module")
def operation(tmp_path_factory: pytest.TempPathFactory) -> Operation:
    content = {"application/json": {"schema": SCHEMA}}
    responses = {"200": {"description": "", "content": content}, "204": {"description": ""}}
    described = {"operationId": "get-thing", "responses": responses}
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


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "latin-1"])
def test_an_answer_is_read_in_its_charset(operation: Operation, charset: str) -> None:
    text = json.dumps({**SOUND, "note": "größer"}, ensure_ascii=False)
    kind = f"application/json; charset={charset.removesuffix('-sig')}"
    assert find_differences(answered(operation, text.encode(charset), content_type=kind)) == ()


@pytest.mark.parametrize("content", [b"", b"{}", b"anything"])
def test_an_answer_without_declared_content_is_not_looked_into(operation: Operation, content: bytes) -> None:
    assert find_differences(answered(operation, content, 204)) == ()


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


def media_type_of(operation: Operation, status: int) -> str:
    """JSON, or the declared type of an answer that is none; the recordings do not have it."""
    declared = declared_for(operation, status)
    names = [media.name for media in declared.content] if declared else []
    return JSON if not names or any("json" in name or "*" in name for name in names) else names[0]


@pytest.mark.skipif(not ROWS.is_file(), reason="the recorded exchanges of Akamai's client are not beside the checkout")
def test_no_recorded_answer_differs(catalogue: Catalogue) -> None:
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    compared = 0
    for row in rows:
        operation, status = catalogue.operation(catalogue.get(row["operation"])), row["response_status"]
        if row["response_body"] is None:  # none, or one that is too large for the recording
            continue
        compared += 1
        content = json.dumps(row["response_body"]).encode()
        assert find_differences(answered(operation, content, status, media_type_of(operation, status))) == (), row["id"]
    assert compared > 280


@pytest.mark.skipif(not ROWS.is_file(), reason="the recorded exchanges of Akamai's client are not beside the checkout")
def test_what_is_planted_in_a_recorded_answer_is_found(catalogue: Catalogue) -> None:
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    counts: Counter[str] = Counter()
    for row in rows[::7]:
        operation, status, body = (
            catalogue.operation(catalogue.get(row["operation"])),
            row["response_status"],
            row["response_body"],
        )
        schema = schema_of(operation, status)
        for plant in islice(plants(schema, body), 0, None, 20) if schema and body is not None else ():
            is_found = bool(find_differences(answered(operation, json.dumps(plant.body).encode(), status)))
            # Where alternatives stand above the place, another one may allow what this one does not.
            assert is_found or not plant.spot.is_sure, (row["id"], plant)
            counts["found" if is_found else "beneath alternatives"] += 1
    assert counts["found"] > 50
    assert counts["beneath alternatives"] <= 0.05 * counts.total()


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="there is no checkout of the official documents")
def test_no_example_of_the_official_documents_differs(catalogue: Catalogue) -> None:
    compared = 0
    for key, status, body in official_examples():
        operation = catalogue.operation(catalogue.get(key))
        compared += 1
        assert find_differences(answered(operation, json.dumps(body).encode(), int(status))) == (), (key, status)
    assert compared > 150


def official_examples() -> Iterator[tuple[str, str, Any]]:
    """(operation, status, answer) of each example of a JSON answer in some of the documents."""
    for file in official_documents(OFFICIAL)[::5]:
        for item in load_document(file)["paths"].values():
            for operation in (part for name, part in item.items() if name in PATH_ITEM_METHODS):
                key = f"{file.path.parent.relative_to(OFFICIAL).as_posix()}#{operation['operationId']}"
                for status, response in operation["responses"].items():
                    media = response.get("content", {}).get(JSON, {})
                    shown = [media["example"]] if "example" in media else []
                    shown += [one["value"] for one in media.get("examples", {}).values() if "value" in one]
                    if status.startswith("2") and "schema" in media:
                        yield from ((key, status, plain(value)) for value in shown)


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
        file.add({one: 1, other: 2}, compared=3, passed_over=1)
    found = file.examine()
    assert (found.differences, found.compared, found.passed_over) == ({one: 100, other: 200}, 300, 100)
    assert stage_file.stat().st_size < 3000


def test_a_file_of_too_many_differences_keeps_the_most_frequent(stage_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("akamai_mcp.contract.drift_file.LARGEST", 4000)
    monkeypatch.setattr("akamai_mcp.contract.drift_file.KEPT", 2000)
    file = DriftFile(stage_file)
    for number in range(200):
        file.add({Difference(operation="it", place=f"body.a{number}", text="differs"): number})
        assert stage_file.stat().st_size <= 4000
    assert Difference(operation="it", place="body.a199", text="differs") in file.examine().differences
    assert len(file.examine().differences) < 100
