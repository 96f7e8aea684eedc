from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from documents.document_samples import document, operation, tree, write
from mcp_stage import own_guide

from akamai_mcp.documents.build import build_document, build_documents
from akamai_mcp.documents.facts import extract_facts
from akamai_mcp.documents.guide import Guide, ProductGuide
from akamai_mcp.documents.ids.forms import mark_id_forms, shown_forms
from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.loader import find_documents, load_document, load_raw, plain

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs"
OFFICIAL = ROOT.parent / "shared" / "akamai-apis" / "apis"
needs_checkout = pytest.mark.skipif(not OFFICIAL.is_dir(), reason=f"there is no checkout of the official documents at {OFFICIAL}")

PROSE = "Prose-of-the-source"


def schema_with_prose(**more: Any) -> dict[str, Any]:
    said = {"title": PROSE, "description": PROSE, "example": PROSE, "examples": [PROSE], "x-note": PROSE, "$comment": PROSE}
    return {**said, "externalDocs": {"description": PROSE, "url": f"https://{PROSE}.example"}, **more}


def document_with_prose() -> dict[str, Any]:
    text = {"description": PROSE, "summary": PROSE}
    inner = schema_with_prose(type="string", enum=["a", "b"], maxLength=9)
    schema = schema_with_prose(
        type="object",
        required=["one"],
        properties={"one": inner, "description": inner, "title": schema_with_prose(type="integer")},
        additionalProperties=inner,
        allOf=[schema_with_prose(properties={"two": {"type": "array", "items": inner}})],
        oneOf=[inner, schema_with_prose()],
        **{"not": schema_with_prose(), "patternProperties": {"^x": inner}},
    )
    header = {"description": PROSE, "example": PROSE, "schema": inner}
    media = {
        "schema": schema,
        "example": {"one": PROSE},
        "examples": {PROSE: {"summary": PROSE, "value": PROSE}},
        "encoding": {"one": {"contentType": "text/plain", "headers": {"X-One": header}, "x-note": PROSE}},
    }
    parameter = {"name": "zone", "in": "query", **text, "example": PROSE, "examples": {PROSE: {"value": PROSE}}, "schema": inner}
    node = {
        **operation("get-a"),
        **text,
        "externalDocs": {"url": PROSE, "description": PROSE},
        "tags": ["Zones"],
        "parameters": [parameter, {"name": "filter", "in": "query", **text, "content": {"application/json": media}}],
        "requestBody": {**text, "required": True, "content": {"application/json": media}},
        "responses": {
            "200": {**text, "headers": {"Location": header}, "content": {"application/json": media}, "links": {PROSE: text}},
            "400": {**text, "content": {"application/problem+json": media}},
            "default": {**text},
        },
        "callbacks": {PROSE: {}},
        "x-code-samples": [PROSE],
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": PROSE, "description": PROSE, "version": "1", "contact": {"name": PROSE}, "license": {"name": PROSE}},
        "externalDocs": {"url": PROSE},
        "tags": [{"name": "Zones", "description": PROSE}],
        "servers": [
            {"url": "https://{hostname}/things/v1", "description": PROSE, "variables": {"hostname": {"description": PROSE}}}
        ],
        "paths": {"/a/{zone}": {**text, "parameters": [{**parameter, "in": "path", "required": True}], "get": node}},
        "x-readme": {"note": PROSE},
    }


def build(source: Path, out: Path, guide: Guide | None = None, **more: Any) -> dict[str, Any]:
    """The one document that is built of a source."""
    (built,) = build_documents(source, out, guide or Guide(), **more)
    content: dict[str, Any] = json.loads((out / built.product / built.version / "openapi.json").read_text())
    return content


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from [node["$ref"]] if "$ref" in node else []
        node = list(node.values())
    if isinstance(node, list):
        for member in node:
            yield from references(member)


def test_no_text_of_the_source_is_left_in_the_facts(tmp_path: Path) -> None:
    write(tmp_path, "in/zones/v1/openapi.json", document_with_prose())
    built = build(tmp_path / "in", tmp_path / "out")
    assert PROSE not in json.dumps(built)
    facts = plain(load_document(find_documents(tmp_path / "out")[0]))
    got = facts["paths"]["/a/{zone}"]["get"]
    body = got["requestBody"]["content"]["application/json"]
    assert body["schema"]["properties"]["description"] == {"type": "string", "enum": ["a", "b"], "maxLength": 9}
    assert body["encoding"]["one"]["headers"]["X-One"]["schema"]["maxLength"] == 9
    assert {status: r["description"] for status, r in got["responses"].items()} == {
        "200": "OK",
        "400": "Bad Request",
        "default": "default",
    }


def test_keep_text_keeps_the_text_of_the_source(tmp_path: Path) -> None:
    write(tmp_path, "in/zones/v1/openapi.json", document_with_prose())
    got = build(tmp_path / "in", tmp_path / "out", keep_text=True)["paths"]["/a/{zone}"]["get"]
    assert (got["summary"], got["description"]) == (PROSE, PROSE)


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path, "in/zones/v1/openapi.json", document_with_prose())
    build(tmp_path / "in", tmp_path / "one")
    build(tmp_path / "in", tmp_path / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_repeated_schemas_and_parameters_are_written_once_and_resolve_to_the_same_facts(tmp_path: Path) -> None:
    big = {"type": "object", "properties": {f"field-{n}": {"type": "string", "maxLength": n} for n in range(9)}}
    outer = {"type": "object", "properties": {"inner": big, "others": {"type": "array", "items": big}}}
    values = {"type": "string", "enum": [f"value-{n}" for n in range(20)]}
    parameter = {"name": "zone", "in": "query", "required": True, "style": "form", "explode": True, "schema": values}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": outer}}}}
    paths = {f"/{n}": {"get": operation(f"get-{n}", parameters=[parameter], responses=answer)} for n in range(3)}
    write(tmp_path, "in/zones/v1/openapi.json", document(paths=paths))
    built = build(tmp_path / "in", tmp_path / "out")
    text = json.dumps(built)
    assert [text.count(part) for part in ("field-8", "value-19", '"explode"', '"inner"')] == [1, 1, 1, 1]
    defined = {f"#/components/{kind}/{name}" for kind, found in built["components"].items() for name in found}
    assert set(references(built)) == defined
    shared = plain(load_document(find_documents(tmp_path / "out")[0]))
    assert shared["paths"] == extract_facts(document(paths=paths), title="")["paths"]


def test_a_recursive_schema_is_cut_where_it_repeats(tmp_path: Path) -> None:
    tree_schema = {"type": "object", "properties": {"parent": {"$ref": "#/components/schemas/Tree"}}}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}}}
    paths = {"/a": {"get": operation("get-a", responses=answer)}}
    write(tmp_path, "in/zones/v1/openapi.json", document(paths=paths, components={"schemas": {"Tree": tree_schema}}))
    got = build(tmp_path / "in", tmp_path / "out")["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]
    assert got["schema"] == {"type": "object", "properties": {"parent": {}}}


def test_a_path_and_an_operation_keep_servers_of_their_own(tmp_path: Path) -> None:
    own = [{"url": "https://{hostname}/other", "description": PROSE}]
    write(tmp_path, "in/zones/v1/openapi.json", document(paths={"/a": {"servers": own, "get": operation("get-a", servers=own)}}))
    item = build(tmp_path / "in", tmp_path / "out")["paths"]["/a"]
    assert item["servers"] == item["get"]["servers"] == [{"url": "https://{hostname}/other"}]


def test_the_guide_is_in_the_documents(tmp_path: Path) -> None:
    entry = {"summary": "List things", "ask": ["which things", "show things"], "effect": "write"}
    product = ProductGuide(product="zones", about={"name": "Zones"}, entries={"v1": {"get-a": entry}})
    write(tmp_path, "in/zones/v1/openapi.json", document("get-a"))
    built = build(tmp_path / "in", tmp_path / "out", Guide(products={"zones": product}))
    assert (built["info"]["title"], built["x-guide"]) == ("Zones", {"name": "Zones"})
    got = built["paths"]["/get-a"]["get"]
    assert (got["summary"], got["x-guide"]) == ("List things", {"ask": ["which things", "show things"], "effect": "write"})


def test_only_the_main_document_of_a_folder_is_built_and_a_folder_without_one_as_it_is(tmp_path: Path) -> None:
    for name in ("papi/v1/openapi.json", "papi/v1/01-contracts.json", "papi/v1/examples/import.json", "others/zones.json"):
        write(tmp_path, f"in/{name}", document())
    built = [(one.product, one.version) for one in build_documents(tmp_path / "in", tmp_path / "out", Guide())]
    assert built == [("zones", "v1"), ("papi", "v1")]


def test_two_documents_that_would_be_one_file_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "one/papi/v1/openapi.json", document("get-a"))
    write(tmp_path, "two/papi/v1/openapi.json", document("get-b"))
    with pytest.raises(DocumentError, match="are both papi/v1"):
        list(build_documents(tmp_path, tmp_path / "out", Guide()))


@pytest.mark.parametrize(
    "more",
    [
        {"servers": ["https://x"]},
        {"paths": {"/a": {"get": operation("a", responses={"": {}})}}},
        {"paths": {"/a": {"get": operation("a", parameters=[{"in": "query"}])}}},
        {"paths": {"/a": ["get"]}},
    ],
    ids=["a server", "a status", "a parameter", "a path"],
)
def test_a_document_that_is_not_well_formed_is_named(tmp_path: Path, more: Mapping[str, Any]) -> None:
    write(tmp_path, "papi/v1/openapi.json", document(**more))
    with pytest.raises(DocumentError, match=r"papi/v1/openapi\.json is not a well-formed") as error:
        build_document(find_documents(tmp_path)[0], Guide())
    assert error.value.advice


def test_the_embedded_documents_are_small() -> None:
    assert sum(file.path.stat().st_size for file in find_documents(SPECS)) <= 4 * 1024 * 1024


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("rebuilt")
    list(build_documents(OFFICIAL, out, own_guide()))
    return out


def test_the_embedded_documents_can_be_built_again_from_themselves(tmp_path: Path) -> None:
    """After a change of the guide nobody needs the checkout that the documents came from."""
    list(build_documents(SPECS, tmp_path, own_guide()))
    embedded = {path.relative_to(SPECS): path.read_bytes() for path in SPECS.rglob("openapi.json")}
    assert {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.json")} == embedded


@needs_checkout
def test_the_official_documents_rebuild_to_exactly_the_embedded_ones(rebuilt: Path) -> None:
    embedded = {file.name: file.path.read_bytes() for file in find_documents(SPECS) if file.path.name == "openapi.json"}
    again = {file.name: file.path.read_bytes() for file in find_documents(rebuilt)}
    assert sorted(again) == sorted(embedded)
    assert [name for name in embedded if again[name] != embedded[name]] == [], (
        "build the documents again: source or guide changed"
    )


@needs_checkout
def test_the_official_documents_resolve_to_the_same_facts_once_they_are_shared(rebuilt: Path) -> None:
    for file in find_documents(OFFICIAL)[::6]:
        facts = extract_facts(load_document(file), title="")
        product, version, _ = build_document(file, Guide())
        mark_id_forms(facts, {**own_guide().id_forms(product), **shown_forms(load_raw(file))})
        shared = plain(load_document(next(f for f in find_documents(rebuilt / product / version))))
        assert without_guide(shared["paths"]) == facts["paths"], file.name


def without_guide(paths: Any) -> Any:
    for item in paths.values():
        for method in item.keys() - {"parameters", "servers"}:
            item[method] = {key: value for key, value in item[method].items() if key not in {"summary", "x-guide"}}
    return paths
