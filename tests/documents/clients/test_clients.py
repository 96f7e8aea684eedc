from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from documents.document_samples import document, write
from mcp_stage import own_guide

from akamai_mcp.cli.commands import run
from akamai_mcp.documents.build import build_client_documents
from akamai_mcp.documents.clients.documents import client_documents, copy_client_documents, read_rows, to_lines
from akamai_mcp.documents.guide import Guide, ProductGuide, load_guide
from akamai_mcp.errors import DocumentError

SPECS: Final = Path(__file__).parents[3] / "specs"


def row(method: str, path: str, operation_id: str, **more: Any) -> dict[str, Any]:
    facts = {"product": "zoo", "version": "v2", "id": operation_id, "method": method, "path": path, "source": "client"}
    return {**facts, **more}


def built(*rows: dict[str, Any], guide: Guide | None = None) -> dict[str, Any]:
    [(_, _, one)] = client_documents(rows, guide or Guide())
    return one


def test_the_embedded_documents_are_built_from_the_facts_and_the_guide(tmp_path: Path) -> None:
    made = list(build_client_documents(SPECS / "clients.jsonl", tmp_path, own_guide()))
    again = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.json")}
    embedded = {path.relative_to(SPECS): path.read_bytes() for path in SPECS.glob("*/*/openapi.clients.json")}
    assert again.keys() == embedded.keys()
    assert [name for name in embedded if again[name] != embedded[name]] == [], "build the documents again: facts or guide changed"
    assert (len(made), sum(one.operations for one in made)) == (34, 454)


def test_the_order_of_the_facts_changes_nothing() -> None:
    rows = read_rows(SPECS / "clients.jsonl")
    assert list(client_documents(rows, Guide())) == list(client_documents(reversed(rows), Guide()))


def test_a_document_has_the_base_path_as_its_server_and_the_source_of_each_operation() -> None:
    made = built(
        row("GET", "/zoo/api/v2/animals/{animalId}", "get-animal", source="observed", parameters={"animalId": {"type": "string"}})
    )
    assert (made["openapi"], made["servers"]) == ("3.1.0", [{"url": "https://{hostname}/zoo/api/v2"}])
    assert made["paths"]["/animals/{animalId}"]["get"]["x-source"] == "observed"
    assert made["paths"]["/animals/{animalId}"]["parameters"][0] == {
        "name": "animalId",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
    }


def test_a_list_that_is_one_value_is_written_with_commas() -> None:
    query = {"ids": {"type": "array"}, "tags": {"type": "array"}}
    made = built(row("GET", "/zoo/v2/animals", "get-animals", query=query, joined=["ids"]))["paths"]["/animals"]["get"]
    assert made["parameters"] == [
        {"name": "ids", "in": "query", "explode": False, "schema": {"type": "array"}},
        {"name": "tags", "in": "query", "schema": {"type": "array"}},
    ]


def test_an_unknown_response_is_declared_as_any_success_with_json() -> None:
    made = built(row("DELETE", "/zoo/v2/animals", "delete-animals"))["paths"]["/animals"]["delete"]
    assert made["responses"] == {"2XX": {"description": "2XX", "content": {"application/json": {}}}}
    assert "requestBody" not in made


def test_a_known_answer_without_a_body_has_no_content() -> None:
    made = built(row("DELETE", "/zoo/v2/animals", "delete-animals", answers={"204": {}}))["paths"]["/animals"]["delete"]
    assert made["responses"] == {"204": {"description": "No Content"}}


def test_the_guide_of_the_product_is_merged_in() -> None:
    entry = {"summary": "Count the animals", "ask": ["how many animals", "animal census"]}
    guide = Guide(products={"zoo": ProductGuide(product="zoo", about={"name": "Zoo"}, entries={"v2": {"get-animals": entry}})})
    made = built(row("GET", "/zoo/v2/animals", "get-animals"), guide=guide)
    assert (made["info"]["title"], made["paths"]["/animals"]["get"]["summary"]) == ("Zoo", "Count the animals")


def test_two_guide_files_of_a_product_are_one_guide(tmp_path: Path) -> None:
    write(tmp_path, "zoo.yaml", "product: zoo\nname: Zoo\noperations: {v1: {get-a: {summary: A b}}}\nfields: {x: {about: X}}\n")
    write(tmp_path, "zoo.clients.yaml", "product: zoo\noperations: {v1: {get-b: {summary: B c}}, v2: {get-a: {summary: C d}}}\n")
    own = load_guide(tmp_path).product("zoo")
    assert (own.about, own.fields) == ({"name": "Zoo"}, {"x": {"about": "X"}})
    assert {version: sorted(entries) for version, entries in own.entries.items()} == {"v1": ["get-a", "get-b"], "v2": ["get-a"]}


def test_facts_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"clients\.jsonl"):
        read_rows(write(tmp_path, "clients.jsonl", "{"))


def test_the_documents_of_a_folder_are_copied_beside_others(tmp_path: Path) -> None:
    write(tmp_path, "from/zoo/v2/openapi.clients.json", document("get-a"))
    write(tmp_path, "from/zoo/v2/openapi.json", document("get-b"))
    write(tmp_path, "to/zoo/v2/openapi.json", document("get-c"))
    copy_client_documents(tmp_path / "from", tmp_path / "to")
    found = {path.name: json.loads(path.read_text()) for path in (tmp_path / "to/zoo/v2").iterdir()}
    assert found == {"openapi.clients.json": document("get-a"), "openapi.json": document("get-c")}


def test_build_writes_them_from_the_facts_in_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "clients.jsonl", to_lines([row("GET", "/zoo/v2/animals", "get-animals")]))
    assert run(["specs", "build", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "zoo/v2/openapi.clients.json").is_file()
    assert "1 documents, 1 operations" in capsys.readouterr().out


def test_build_without_a_source_or_facts_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["specs", "build", "--out", str(tmp_path)]) == 1
    assert "0 documents" in capsys.readouterr().out
