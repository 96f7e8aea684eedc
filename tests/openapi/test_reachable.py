"""The part of a document that an operation needs says of it what the whole document says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.loader import DocumentFile, find_documents, load_document, load_raw, plain, resolve
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS, parse_operation
from akamai_mcp.openapi.reachable import part_for, references

DOCUMENTS = find_documents(embedded_folder())


def operations_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    """(template, method) of each operation."""
    return [(template, method) for template, item in document["paths"].items() for method in PATH_ITEM_METHODS if method in item]


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_each_operation_of_every_document_is_the_same_from_its_part(file: DocumentFile) -> None:
    raw, whole = load_raw(file), load_document(file)
    for template, method in operations_of(raw):
        told = {"product": "p", "version": "v1", "operation_id": "id", "template": template, "method": method}
        assert parse_operation(resolve(part_for(raw, template, method), file), **told) == parse_operation(whole, **told)


def test_the_part_is_small_and_the_document_stays_as_it_was() -> None:
    file = next(file for file in DOCUMENTS if file.name == "appsec/v1/openapi.json")
    raw = load_raw(file)
    before = json.dumps(raw)
    sizes = [len(json.dumps(part_for(raw, *operation))) for operation in operations_of(raw)]
    assert json.dumps(raw) == before
    assert sorted(sizes)[len(sizes) // 2] < len(before) / 10


PET = {"type": "object", "properties": {"owner": {"$ref": "#/components/schemas/Owner"}, "$ref": {"type": "string"}}}
OWNER = {"type": "object", "properties": {"pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}}}


def zoo(schema: Any, **further: Any) -> dict[str, Any]:
    """A document whose one operation sends a schema."""
    content = {"content": {"application/json": {"schema": schema}}}
    response = {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Owner"}}}}
    other = {"get": {"responses": {"200": response}}, "put": {"responses": {}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "zoo", "version": "1"},
        "paths": {"/pets": {"post": {"requestBody": content, "responses": {}}, "get": {"responses": {}}}, "/a~b": other},
        "components": {"schemas": {"Pet": PET, "Owner": OWNER, "Alone": {"type": "integer"}}},
        **further,
    }


REFERENCES = {
    "a circle": {"$ref": "#/components/schemas/Pet"},
    "a part of a schema": {"$ref": "#/components/schemas/Pet/properties/owner"},
    "a path with quoted characters": {"$ref": "#/paths/~1a~0b/get/responses/200/content/application~1json/schema"},
    "its own path": {"$ref": "#/paths/~1pets/get/responses"},
    "another top-level field": {"$ref": "#/x-schemas/Sea"},
    "all schemas": {"properties": {"all": {"$ref": "#/components/schemas"}}},
    "percent-encoding": {"$ref": "#/components/schemas/%41lone"},
    "another file": {"$ref": "other.json#/Fish"},
    "another file that leads back": {"$ref": "other.json#/Back"},
}


@pytest.mark.parametrize("schema", REFERENCES.values(), ids=REFERENCES)
def test_every_kind_of_reference_leads_to_the_same_from_the_part(schema: Any, tmp_path: Path) -> None:
    document = zoo(schema, **{"x-schemas": {"Sea": {"enum": [{"$ref": "#/components/schemas/Alone"}]}}})
    (tmp_path / "zoo.json").write_text(json.dumps(document))
    other = {"Fish": {"type": "number"}, "Back": {"$ref": "zoo.json#/components/schemas/Alone"}}
    (tmp_path / "other.json").write_text(json.dumps(other))
    file = DocumentFile(path=tmp_path / "zoo.json", root=tmp_path)
    raw = load_raw(file)

    def sent(resolved: Any) -> Any:
        return plain(resolved["paths"]["/pets"]["post"])

    assert sent(resolve(part_for(raw, "/pets", "post"), file)) == sent(load_document(file))


@pytest.mark.parametrize(
    "reference", ["#/components/schemas/Gone", "#/nothing/here", "#/components/examples/x", "#/paths/~1gone"]
)
def test_a_reference_that_leads_nowhere_says_so_from_the_part_too(reference: str, tmp_path: Path) -> None:
    (tmp_path / "zoo.json").write_text(json.dumps(zoo({"$ref": reference})))
    file = DocumentFile(path=tmp_path / "zoo.json", root=tmp_path)
    with pytest.raises(DocumentError, match="does not resolve"):
        plain(resolve(part_for(load_raw(file), "/pets", "post"), file)["paths"])


def test_a_document_deeper_than_python_recurses_is_walked(tmp_path: Path) -> None:
    deep: Any = {"$ref": "#/components/schemas/Alone"}
    for _ in range(50_000):
        deep = {"items": deep}
    assert list(references(deep)) == ["#/components/schemas/Alone"]
    assert part_for(zoo(deep), "/pets", "post")["components"] == {"schemas": {"Alone": {"type": "integer"}}}


@pytest.mark.parametrize("paths", [None, {}, {"/pets": None}, {"/pets": []}])
def test_a_path_that_is_none_leaves_the_document_whole(paths: Any) -> None:
    document = zoo({}) | {"paths": paths}
    assert part_for(document, "/pets", "post") is document
