"""The whole description of an operation of one's own: every member that it may have, with its value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from documents.document_samples import document

from akamai_mcp.calls.describe import describe_operation
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import locate, open_catalogue
from akamai_mcp.errors import ArgumentError

THING = {"type": "object", "properties": {"name": {"type": "string"}}}
ID = {"name": "thingId", "in": "path", "required": True, "schema": {"type": "string"}}
JSON = {"application/json": {"schema": THING}}


def done(content: Any = None) -> dict[str, Any]:
    return {"200": {"description": "Done.", **({"content": content} if content else {})}}


PATHS = {
    "/things": {
        "post": {
            "operationId": "post-thing",
            "summary": "Create a thing",
            "requestBody": {"required": True, "content": {**JSON, "text/csv": {"schema": {"type": "string"}}}},
            "responses": done({**JSON, "text/csv": {"schema": {"type": "string"}}}),
        },
        "get": {"operationId": "get-things", "summary": "List things", "deprecated": True, "responses": done(JSON)},
    },
    "/things/{thingId}": {
        "get": {"operationId": "get-thing", "parameters": [ID], "responses": done(JSON)},
        "put": {
            "operationId": "put-thing",
            "parameters": [ID, {"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
            "requestBody": {"content": JSON},
            "responses": done(),
        },
        "delete": {"operationId": "delete-thing", "parameters": [ID], "responses": done()},
    },
    "/files": {
        "put": {
            "operationId": "put-file",
            "requestBody": {"content": {"application/gzip": {}}},
            "responses": done({"application/gzip": {}}),
        },
        "post": {"operationId": "post-file", "requestBody": {"content": {"text/plain": {}}}, "responses": done()},
    },
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("own")
    (folder / "specs").mkdir()
    (folder / "specs" / "zoo.json").write_text(json.dumps(document(paths=PATHS)), encoding="utf-8")
    return open_catalogue(locate(folder / "specs"), folder / "cache")


def described(own: Catalogue, name: str, at: str = "") -> dict[str, Any]:
    return describe_operation(own, own.get(f"zoo/v1#{name}"), at)


def test_a_creation_names_the_media_types_that_it_takes_and_gives(own: Catalogue) -> None:
    facts = described(own, "post-thing")
    others = {"otherContentTypes": ["text/csv"]}
    assert facts["callWith"] == "akamai_write"
    assert facts["effect"] == "write"
    assert facts["request"] == "POST /things/v1/things"
    assert (facts["name"], facts["key"], facts["summary"]) == ("akamai_zoo_v1_post_thing", "zoo/v1#post-thing", "Create a thing")
    assert facts["body"] == {
        "contentType": "application/json",
        "required": True,
        "schema": THING,
        **others,
        "toChoose": "set contentType to one of them",
    }
    returned = facts["returns"]["200"]
    assert {**returned, "shape": ""} == {
        "contentType": "application/json",
        "shape": "",
        **others,
        "toChoose": "set accept to one of them",
    }
    assert facts["example"] == {"name": "akamai_zoo_v1_post_thing", "arguments": {"body": {"name": "example"}}}
    assert facts["related"] == [
        "akamai_zoo_v1_get_things",
        "akamai_zoo_v1_delete_thing",
        "akamai_zoo_v1_get_thing",
        "akamai_zoo_v1_put_thing",
    ]


def test_each_effect_is_called_with_its_tool(own: Catalogue) -> None:
    told = {name: described(own, name) for name in ("get-thing", "put-thing", "delete-thing")}
    assert {name: (facts["callWith"], facts["effect"]) for name, facts in told.items()} == {
        "get-thing": ("akamai_read", "read"),
        "put-thing": ("akamai_write", "write"),
        "delete-thing": ("akamai_destroy", "destroy (needs confirmation)"),
    }


def test_a_replacement_says_what_to_read_and_which_tag_to_send(own: Catalogue) -> None:
    facts = described(own, "put-thing")
    assert facts["replaces"] == (
        "What is left out is lost: read it with akamai_zoo_v1_get_thing, change that, and send all of it back."
    )
    assert facts["ifMatch"].startswith("Set If-Match (or ifMatch) to the ETag that akamai_zoo_v1_get_thing returns")
    assert facts["returns"] == {"200": "no body"}
    assert facts["arguments"]["thingId"] == {"in": "path", "type": "string", "required": True}
    assert "required" not in facts["arguments"]["If-Match"]
    assert "ifMatch" not in described(own, "get-thing")


def test_a_body_that_is_no_json_says_in_which_form_it_is_given(own: Catalogue) -> None:
    assert described(own, "put-file")["body"] == {
        "contentType": "application/gzip",
        "required": False,
        "form": '{"base64": "..."} or {"file": "path below the files folder"}',
    }
    assert described(own, "post-file")["body"]["form"] == "a string"


def test_a_deprecated_operation_says_so(own: Catalogue) -> None:
    assert described(own, "get-things")["deprecated"] is True
    assert "deprecated" not in described(own, "get-thing")


def test_a_part_is_shown_in_full_and_one_that_is_not_there_says_where_to_begin(own: Catalogue) -> None:
    assert described(own, "post-thing", "body.name")["schema"] == {"type": "string"}
    assert described(own, "post-thing", "200.name")["schema"] == {"type": "string"}
    for nowhere in ("body.none", "404", "none"):
        with pytest.raises(ArgumentError) as refused:
            described(own, "get-thing", nowhere)
        assert "Start with body or a status such as 200" in refused.value.advice
