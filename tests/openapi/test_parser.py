from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.openapi.loader import DocumentFile, load_document
from akamai_mcp.openapi.model import MediaType, Operation, Parameter, Response
from akamai_mcp.openapi.parser import (
    Outline,
    clean,
    derive_operation_id,
    outline_document,
    parse_operation,
    parse_parameter,
    read_server,
)

STRING = {"type": "string"}
ID = {"name": "petId", "in": "path", "required": True, "schema": STRING}
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer"}}


@pytest.fixture
def load(tmp_path: Path) -> Any:
    """Reads a document of these members through a file."""

    def load_members(**more: Any) -> Mapping[str, Any]:
        path = tmp_path / "zoo.json"
        path.write_text(json.dumps({"openapi": "3.0.3", "info": {}, "paths": {}} | more))
        return load_document(DocumentFile(path=path, root=tmp_path))

    return load_members


def outline(document: Mapping[str, Any]) -> Outline:
    [only] = outline_document(document)
    return only


def parse(document: Mapping[str, Any], template: str = "/pets/{petId}", method: str = "GET") -> Operation:
    return parse_operation(document, product="zoo", version="v1", operation_id="get-pet", template=template, method=method)


# --- operations --------------------------------------------------------------------------------------------------------


def test_every_method_of_every_path_is_an_operation_in_the_documents_order(load: Any) -> None:
    item = {"get": {}, "put": {}, "parameters": [], "summary": "not a method", "x-more": {}}
    document = load(paths={"/b": item, "/a": {"post": {}, "delete": {}, "patch": {}, "head": {}, "options": {}, "trace": {}}})
    assert [(found.method, found.template) for found in outline_document(document)] == [
        ("GET", "/b"),
        ("PUT", "/b"),
        ("HEAD", "/a"),
        ("POST", "/a"),
        ("PATCH", "/a"),
        ("DELETE", "/a"),
        ("OPTIONS", "/a"),
        ("TRACE", "/a"),
    ]


def test_an_outline_has_the_short_fields_only(load: Any) -> None:
    operation = {
        "operationId": "put-pet",
        "summary": "Change a pet",
        "tags": ["Pets", 7],
        "deprecated": True,
        "parameters": [LIMIT],
        "requestBody": {"content": {}},
        "x-guide": {"effect": "write"},
    }
    document = load(
        servers=[{"url": "https://{hostname}/zoo/v1"}], paths={"/pets/{petId}": {"parameters": [ID], "put": operation}}
    )
    assert outline(document) == Outline(
        operation_id="put-pet",
        method="PUT",
        template="/pets/{petId}",
        path="/zoo/v1/pets/{petId}",
        refusal="",
        summary="Change a pet",
        tags=("Pets",),
        deprecated=True,
        parameters=(("petId", "path"), ("limit", "query")),
        has_body=True,
        guide={"effect": "write"},
    )


def test_an_operation_has_everything_that_a_call_needs(load: Any) -> None:
    operation = {
        "description": "Look at a pet",
        "requestBody": {
            "required": True,
            "content": {
                "x.v2+json": {"schema": {"$ref": "#/components/schemas/Pet"}},
                "multipart/form-data": {"schema": {}, "encoding": {"photo": {"contentType": "image/png"}}},
            },
        },
        "responses": {
            "200": {"content": {"application/json": {}}, "headers": {"Location": {}}},
            "2xx": {"$ref": "#/components/responses/Any"},
            "default": {},
        },
    }
    document = load(
        paths={"/pets/{petId}": {"parameters": [ID], "get": operation}},
        components={"schemas": {"Pet": {"type": "object"}}, "responses": {"Any": {"content": {"text/csv": {"schema": STRING}}}}},
    )
    found = parse(document)
    assert (found.key, found.method, found.path, found.summary) == ("zoo/v1#get-pet", "GET", "/pets/{petId}", "Look at a pet")
    assert found.parameters == (
        Parameter(name="petId", location="path", required=True, style="simple", explode=False, schema=STRING),
    )
    assert found.request_body is not None
    assert found.request_body.required
    assert found.request_body.content == (
        MediaType(name="x.v2+json", schema={"type": "object"}),
        MediaType(name="multipart/form-data", schema={}, encoding={"photo": {"contentType": "image/png"}}),
    )
    assert found.responses == (
        Response(status="200", content=(MediaType(name="application/json", schema={}),), headers=("Location",)),
        Response(status="2XX", content=(MediaType(name="text/csv", schema=STRING),)),
        Response(status="DEFAULT", content=()),
    )
    assert [response.is_success for response in found.responses] == [True, True, False]


def test_a_response_that_is_not_an_object_has_only_its_status(load: Any) -> None:
    document = load(paths={"/pets/{petId}": {"get": {"responses": {"204": None, "404": "text"}}}})
    assert parse(document).responses == (Response(status="204", content=()), Response(status="404", content=()))


@pytest.mark.parametrize(("version", "dialect"), [("3.0.0", "3.0"), ("3.0.3", "3.0"), ("3.1.0", "3.1")])
def test_the_dialect_is_the_documents(load: Any, version: str, dialect: str) -> None:
    assert parse(load(openapi=version, paths={"/pets/{petId}": {"get": {}}})).dialect == dialect


@pytest.mark.parametrize(
    ("method", "is_safe", "is_idempotent"),
    [
        ("get", True, True),
        ("head", True, True),
        ("put", False, True),
        ("delete", False, True),
        ("post", False, False),
        ("patch", False, False),
    ],
)
def test_an_operation_is_safe_and_idempotent_by_its_method(load: Any, method: str, is_safe: bool, is_idempotent: bool) -> None:
    found = parse(load(paths={"/pets/{petId}": {method: {}}}), method=method.upper())
    assert (found.is_safe, found.is_idempotent) == (is_safe, is_idempotent)


@pytest.mark.parametrize(
    ("method", "template", "derived"),
    [
        ("GET", "/pets/{petId}/photos", "get-pets-petid-photos"),
        ("DELETE", "/", "delete"),
        ("POST", "/v1/pets:search", "post-v1-pets-search"),
    ],
)
def test_an_operation_without_an_identifier_gets_one_from_method_and_path(
    load: Any, method: str, template: str, derived: str
) -> None:
    assert derive_operation_id(method, template) == derived
    for nothing in ({}, {"operationId": ""}, {"operationId": " "}, {"operationId": 7}):
        assert outline(load(paths={template: {method.lower(): nothing}})).operation_id == derived


def test_a_path_item_and_an_operation_may_be_references(load: Any) -> None:
    item = {"get": {"$ref": "#/components/x/get"}, "parameters": {"$ref": "#/components/x/list"}}
    document = load(
        paths={"/pets/{petId}": {"$ref": "#/components/pathItems/pet"}},
        components={"pathItems": {"pet": item}, "x": {"get": {"operationId": "get-pet"}, "list": [ID]}},
    )
    assert outline(document).operation_id == "get-pet"
    assert [p.name for p in parse(document).parameters] == ["petId"]


@pytest.mark.parametrize("item", [None, [], "text", 7])
def test_a_path_item_that_is_not_an_object_has_no_operations(load: Any, item: Any) -> None:
    assert list(outline_document(load(paths={"/pets": item}))) == []
    assert list(outline_document(load(paths={"/pets": {"get": item}}))) == []


# --- parameters --------------------------------------------------------------------------------------------------------


def test_a_paths_parameters_are_inherited_and_overridden_by_name_and_location(load: Any) -> None:
    item = {
        "parameters": [ID, LIMIT, {"name": "limit", "in": "header", "schema": STRING}],
        "get": {
            "parameters": [
                {"name": "limit", "in": "query", "required": True, "schema": {"type": "string"}},
                {"name": "sort", "in": "query"},
            ]
        },
    }
    found = parse(load(paths={"/pets/{petId}": item})).parameters
    assert [(p.name, p.location, p.required, p.schema.get("type")) for p in found] == [
        ("petId", "path", True, "string"),
        ("limit", "query", True, "string"),
        ("limit", "header", False, "string"),
        ("sort", "query", False, None),
    ]


def test_a_parameter_may_be_a_reference(load: Any) -> None:
    document = load(
        paths={"/pets/{petId}": {"parameters": [{"$ref": "#/components/parameters/id"}], "get": {}}},
        components={"parameters": {"id": ID}},
    )
    assert [p.name for p in parse(document).parameters] == ["petId"]
    assert outline(document).parameters == (("petId", "path"),)


@pytest.mark.parametrize(
    "node", [None, 7, {"name": "a"}, {"in": "query"}, {"name": "a", "in": "body"}, {"name": "", "in": "query"}]
)
def test_a_malformed_parameter_is_left_out(load: Any, node: Any) -> None:
    assert parse(load(paths={"/pets/{petId}": {"get": {"parameters": [node, ID]}}})).parameters == (parse_parameter(ID),)


@pytest.mark.parametrize(
    ("node", "style", "explode"),
    [
        ({"in": "path"}, "simple", False),
        ({"in": "query"}, "form", True),
        ({"in": "header"}, "simple", False),
        ({"in": "cookie"}, "form", True),
        ({"in": "query", "style": "spaceDelimited"}, "spaceDelimited", False),
        ({"in": "query", "style": "deepObject"}, "deepObject", False),
        ({"in": "query", "style": "form", "explode": False}, "form", False),
        ({"in": "path", "style": "matrix", "explode": True}, "matrix", True),
        ({"in": "query", "explode": "yes"}, "form", True),
    ],
)
def test_style_and_explode_have_openapis_defaults(node: dict[str, Any], style: str, explode: bool) -> None:
    found = parse_parameter({"name": "a", **node})
    assert (found.style, found.explode) == (style, explode)


def test_a_path_parameter_is_required_whatever_the_document_says() -> None:
    assert parse_parameter({"name": "a", "in": "path", "required": False}).required
    assert not parse_parameter({"name": "a", "in": "query"}).required
    assert not parse_parameter({"name": "a", "in": "query", "required": "true"}).required


def test_a_parameter_with_content_has_its_media_type_and_schema() -> None:
    found = parse_parameter({"name": "a", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}})
    assert (found.media_type, found.schema) == ("application/json", {"type": "object"})


@pytest.mark.parametrize(("schema", "read"), [(True, {}), (False, {"not": {}}), (None, {}), ([], {}), ("text", {})])
def test_a_boolean_schema_is_read_as_json_schema_defines_it(schema: Any, read: Any) -> None:
    assert parse_parameter({"name": "a", "in": "query", "schema": schema}).schema == read


# --- servers -----------------------------------------------------------------------------------------------------------


def servers(*urls: str) -> dict[str, Any]:
    return {"servers": [{"url": url} for url in urls]}


@pytest.mark.parametrize(
    ("urls", "base_path"),
    [
        ((), ""),
        (("/",), ""),
        (("/zoo/v1",), "/zoo/v1"),
        (("/zoo/v1/",), "/zoo/v1"),
        (("https://{hostname}/zoo/v1",), "/zoo/v1"),
        (("https://{host}",), ""),
        (("http://{hostname}/zoo/v1",), "/zoo/v1"),
        (("https://akab-abc.luna.akamaiapis.net/zoo/v1",), "/zoo/v1"),
        (("https://akab-abc.luna-dev.akamaiapis.net/zoo",), "/zoo"),
        (("https://{hostname}/zoo/v1", "http://elsewhere.example/zoo"), "/zoo/v1"),
    ],
)
def test_a_server_on_the_customers_host_gives_its_path(urls: tuple[str, ...], base_path: str) -> None:
    assert read_server(servers(*urls)) == (base_path, "")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com/zoo", "example.com"),
        ("http://example.com/zoo", "example.com"),
        ("//example.com/zoo", "example.com"),
        ("https://{apiKey}-nsu.akamaihd.net/zoo", "{apiKey}-nsu.akamaihd.net"),
        ("https://akab-abc.luna.akamaiapis.net.example.com/zoo", "akab-abc.luna.akamaiapis.net.example.com"),
        ("https://user@akab-abc.luna.akamaiapis.net/zoo", "user@akab-abc.luna.akamaiapis.net"),
        ("https://{hostname}.example.com/zoo", "{hostname}.example.com"),
        ("https://{hostname}:8443/zoo", "{hostname}:8443"),
    ],
)
def test_a_server_on_another_host_is_refused(url: str, host: str) -> None:
    base_path, refusal = read_server(servers(url))
    assert base_path == "/zoo"
    assert refusal == f"its document names another host ({host}), and only the customer's is used"


@pytest.mark.parametrize(("url", "scheme"), [("ftp://{hostname}/zoo", "ftp"), ("ws://{hostname}/zoo", "ws")])
def test_a_server_that_is_not_https_is_refused(url: str, scheme: str) -> None:
    assert read_server(servers(url)) == ("/zoo", f"its document asks for {scheme}, and only https is used")


def test_the_most_specific_servers_win() -> None:
    document, item, operation = servers("https://{hostname}/a"), servers("https://{hostname}/b"), servers("https://{hostname}/c")
    assert read_server(document, item, operation) == ("/c", "")
    assert read_server(document, item, {}) == ("/b", "")
    assert read_server(document, {"servers": []}, {}) == ("/a", "")
    assert read_server(document, servers("https://example.com/b"), {})[1] != ""


# The path is written behind `https://<the customer's host>`: without a slash it would name another host.
@pytest.mark.parametrize(
    ("url", "template", "path"),
    [
        ("zoo/v1", "/pets", "/zoo/v1/pets"),
        (".example.com", "/pets", "/.example.com/pets"),
        ("@example.com", "/pets", "/@example.com/pets"),
        ("", "pets", "/pets"),
        ("/", ".example.com/pets", "/.example.com/pets"),
        ("https://{hostname}/zoo", "@example.com", "/zoo/@example.com"),
        ("/zoo", "", "/zoo"),
    ],
)
def test_a_path_always_begins_with_a_slash(load: Any, url: str, template: str, path: str) -> None:
    document = load(servers=[{"url": url}], paths={template: {"get": {}}})
    assert outline(document).path == path
    assert parse(document, template).path == path


# --- text --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("  two\n lines\t and\r\nmore ", "two lines and more"),
        ("a\x1b[31mred\x1b[0m", "a [31mred [0m"),
        ("a\x00b\x7fc\x85d\x9be", "a b c d e"),
        ("a\u2028b\u2029c", "a b c"),
        ("größe 漢字 😀", "größe 漢字 😀"),
        ("", ""),
        (None, ""),
        (7, ""),
        (["a"], ""),
    ],
)
def test_a_documents_text_is_shown_as_one_line_without_control_characters(text: Any, shown: str) -> None:
    assert clean(text) == shown


def test_a_documents_text_is_cut_at_its_limit() -> None:
    assert clean("x" * 600) == "x" * 600
    assert clean("x" * 601) == "x" * 599 + "…"
    assert clean("abcdef", 4) == "abc…"


def test_no_text_of_an_outline_has_control_characters(load: Any) -> None:
    evil = "a\x1b]0;title\x07b\nc"
    document = load(paths={"/pets": {"get": {"operationId": evil, "summary": evil, "tags": [evil]}}})
    found = outline(document)
    assert (found.operation_id, found.summary, found.tags) == ("a ]0;title b c", "a ]0;title b c", ("a ]0;title b c",))
