"""Which examples `specs check` refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.calls.example_check import check_examples
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.index import Source, open_index
from akamai_mcp.documents.guide import Guide
from akamai_mcp.openapi.loader import find_documents

KEY = "zoo/v1#put-animal"
BODY = {"type": "object", "required": ["legs"], "properties": {"legs": {"type": "integer"}}, "additionalProperties": False}


def faults(folder: Path, schema: dict[str, Any], example: Any = None, media: str = "application/json", **guide: Any) -> list[str]:
    operation: dict[str, Any] = {
        "operationId": "put-animal",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
            {"name": "If-Match", "in": "header", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
        ],
        "requestBody": {"required": True, "content": {media: {"schema": schema}}},
        "responses": {"204": {"description": "Done"}},
    }
    if example is not None:
        operation["x-guide"] = {"example": example}
    document = {"openapi": "3.0.3", "info": {"title": "Zoo", "version": "1"}, "paths": {"/animals/{id}": {"put": operation}}}
    (folder / "zoo.json").write_text(json.dumps(document), encoding="utf-8")
    catalogue = Catalogue(open_index(Source(root=folder, files=find_documents(folder), guides=dict), cache=None), folder, "test")
    found = list(check_examples(catalogue, Guide(**guide)))
    catalogue.close()
    return found


def test_an_example_that_the_schema_takes_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, BODY, {"id": 1, "body": {"legs": 4}}) == []


@pytest.mark.parametrize(
    ("example", "fault"),
    [
        ({"id": 1, "body": {"legs": "four"}}, "body.legs"),
        ({"id": 1, "body": {}}, "'legs' is a required property"),
        ({"id": 1, "body": {"legs": 4, "wings": 2}}, "wings"),
        ({"body": {"legs": 4}}, "needs id"),
        ({"id": 1, "wings": 2, "body": {"legs": 4}}, "wings"),
        ({"id": 1, "body": {"file": "animal.json"}}, "'legs'"),
        ({"id": 1, "body": '{"legs": "four"}'}, "body.legs"),
        ({"id": 1, "ifMatch": "no number", "body": {"legs": 4}}, "If-Match"),
    ],
)
def test_an_example_that_does_not_fit_is_reported(tmp_path: Path, example: Any, fault: str) -> None:
    (said,) = faults(tmp_path, BODY, example)[:1]
    assert said.startswith(f"example of {KEY}: ")
    assert fault in said


def test_an_example_of_text_is_compared_too(tmp_path: Path) -> None:
    (said,) = faults(tmp_path, {"type": "string", "maxLength": 3}, {"id": 1, "body": "too long"})
    assert said == f"example of {KEY}: body: 'too long' is too long"


def test_an_example_with_a_file_is_reported_since_nobody_else_has_it(tmp_path: Path) -> None:
    said = faults(tmp_path, {}, {"id": 1, "body": {"file": "animal.gz"}}, media="application/gzip")
    assert said == [f"example of {KEY}: The example sends the file animal.gz: write its content as base64."]


def test_an_operation_of_common_use_needs_an_example_by_hand_where_no_schema_explains_its_body(tmp_path: Path) -> None:
    assert "by hand" in faults(tmp_path, {}, examples={KEY: None})[0]
    assert faults(tmp_path, {}, {"id": 1, "body": {"legs": 4}}, examples={KEY: {}}) == []


def test_an_example_whose_schema_refuses_every_body_is_built_alone(tmp_path: Path) -> None:
    example = {"id": 1, "body": {"legs": "four"}}
    assert faults(tmp_path, BODY, example, examples={KEY: example}, contradictory=(KEY,)) == []
