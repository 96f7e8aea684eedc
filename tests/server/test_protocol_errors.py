"""What the protocol's own requests get when they cannot be answered: one code and one line for each kind, and nothing on stderr."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from fastmcp import Client
from mcp_stage import ERAS, HELLO, OPERATIONS, Child, MakeSettings, Stage, operations_in_files, start_child
from mcp_types import Completion, ResourceTemplateReference
from service_stage import OpenService

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.server.app import build_server
from akamai_mcp.server.resources import OPERATION, PRODUCT, written_uri

PARAMS, METHOD = -32602, -32601
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "0"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
LISTS = ("tools/list", "resources/list", "resources/templates/list")
ABSENT = {
    "akamai://nonsense": "There is no such resource",
    "": "There is no such resource",
    "https://example.com/": "There is no such resource",
    "akamai://products/": "There is no such resource",
    "akamai://operations/..": "There is no such resource",
    "akamai://products/nope": "There is no product 'nope'",
    "akamai://products/papi/v9": "There is no product 'papi/v9'",
    "akamai://operations/nope": "No operation is named 'nope'",
    "akamai://operations/papi/v1#nope": "No operation is named 'papi/v1#nope'",
    "akamai://operations/a%0Ab": "No operation is named",
    "akamai://results/nope": "Nothing is stored under 'nope'",
}
UNREADABLE = {
    "akamai://results/x?limit=abc": "'limit' is not of type integer",
    "akamai://results/x?limit=1.5": "'limit' is not of type integer",
    "akamai://results/x?offset=-1": "offset or limit is negative",
    "akamai://results/x?limt=5": "A stored result has no part 'limt'",
}
FAULTY = [
    ("resources/read", {}, "params.uri is missing."),
    ("resources/read", {"uri": 7}, "params.uri has a value that cannot be used."),
    ("tools/call", {}, "params.name is missing."),
    ("tools/call", {"name": ["akamai_read"]}, "params.name has a value that cannot be used."),
    ("completion/complete", {"argument": {"name": "name", "value": ""}}, "params.ref is missing."),
    *((method, {"cursor": cursor}, "There is no page with this cursor") for method in LISTS for cursor in ("1", "e30=", 7)),
]


@asynccontextmanager
async def speaking(era: str, environment: dict[str, str], folder: Path) -> AsyncIterator[tuple[Child, dict[str, Any]]]:
    """A child process, and what each request to it has in its params; it must have written nothing to stderr in the end."""
    async with start_child(environment, folder) as child:
        if era == "legacy":
            await child.hello()
        yield child, {} if era == "legacy" else {"_meta": META}
        assert await child.end() == (0, "")


@pytest.mark.parametrize("era", ERAS)
async def test_what_cannot_be_answered_has_one_code_and_one_line(
    era: str, child_environment: dict[str, str], tmp_path: Path
) -> None:
    async with speaking(era, child_environment, tmp_path) as (child, common):
        for method, params, said in FAULTY:
            error = (await child.ask(method, params | common))["error"]
            assert error["code"] == PARAMS, (method, params, error)
            assert error["message"].startswith(said), (method, params, error)
            assert "\n" not in error["message"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_resource_that_cannot_be_read_has_one_code_and_says_which(
    era: str, child_environment: dict[str, str], tmp_path: Path
) -> None:
    async with speaking(era, child_environment, tmp_path) as (child, common):
        for uri, said in (ABSENT | UNREADABLE).items():
            error = (await child.ask("resources/read", {"uri": uri} | common))["error"]
            assert (error["code"], error["data"]) == (PARAMS, {"uri": uri})
            assert error["message"].startswith(said), (uri, error)
            assert "\n" not in error["message"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_method_that_does_not_exist_is_not_found(era: str, child_environment: dict[str, str], tmp_path: Path) -> None:
    async with speaking(era, child_environment, tmp_path) as (child, common):
        for method in ("no/such", "resources/subscribe", "tools/lists", "prompts/lists"):
            assert (await child.ask(method, {"uri": "akamai://products", "name": "x"} | common))["error"]["code"] == METHOD


@pytest.mark.parametrize("cursor", ["", None])
async def test_an_empty_cursor_is_none(child_environment: dict[str, str], tmp_path: Path, cursor: str | None) -> None:
    async with speaking("legacy", child_environment, tmp_path) as (child, _):
        assert (await child.ask("tools/list", {"cursor": cursor}))["result"]["tools"]


async def test_capabilities_are_those_that_the_server_has(child_environment: dict[str, str], tmp_path: Path) -> None:
    async with speaking("legacy", child_environment, tmp_path) as (child, _):
        legacy = (await child.ask("initialize", HELLO))["result"]
    async with speaking("auto", child_environment, tmp_path) as (child, common):
        modern = (await child.ask("server/discover", common))["result"]
    both = {"tools": {}, "resources": {}, "prompts": {}, "completions": {}}
    assert legacy["capabilities"] == both
    assert modern["capabilities"] == both | {"extensions": {"io.modelcontextprotocol/tasks": {}}}


@pytest.mark.parametrize("era", ERAS)
async def test_prompts_are_announced_and_answered(settings: MakeSettings, era: str) -> None:
    async with Client(build_server(settings()), mode=era) as client:
        assert client.server_capabilities.prompts is not None
        assert await client.list_prompts()


async def test_capabilities_are_the_same_over_http(open_service: OpenService) -> None:
    async with open_service() as service:
        message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
        accept = {"accept": "application/json, text/event-stream"}
        text = (await service.request("POST", "/mcp", json=message, headers=accept)).text
    capabilities = json.loads(text[text.index("{") :])["result"]["capabilities"]
    assert capabilities == {"tools": {}, "resources": {}, "prompts": {}, "completions": {}}


async def test_an_operation_of_each_document_is_read_by_its_key_as_it_is_written(stage: Stage, catalogue: Catalogue) -> None:
    first = {entry.document: entry.key for entry in catalogue.entries()}
    for key in first.values():
        for written in (key, key.replace("/", "%2F").replace("#", "%23")):
            (content,) = await stage.client.read_resource(f"akamai://operations/{written}")
            assert json.loads(content.text)["key"] == key
            assert str(content.uri) == f"akamai://operations/{written}"
    assert len(first) > 60


def test_every_key_in_a_uri_is_one_segment_and_encoding_it_twice_changes_nothing(catalogue: Catalogue) -> None:
    for entry in catalogue.entries():
        uri = written_uri(f"akamai://operations/{entry.key}")
        assert written_uri(uri) == uri
        segment = uri.removeprefix("akamai://operations/")
        assert not set("/#?") & set(segment)
        assert unquote(segment) == entry.key


async def test_a_product_is_read_by_its_version_as_it_is_written(stage: Stage) -> None:
    plain = await stage.client.read_resource("akamai://products/papi")
    versioned = await stage.client.read_resource("akamai://products/papi/v1")
    assert json.loads(plain[0].text) == json.loads(versioned[0].text)


async def completed(stage: Stage, template: str, name: str, typed: str) -> Completion:
    reference = ResourceTemplateReference(type="ref/resource", uri=template)
    return await stage.client.complete(reference, {"name": name, "value": typed})


async def test_a_completion_says_how_many_there_are_and_whether_more_than_it_shows(either: Stage) -> None:
    every = await completed(either, OPERATION, "name", "akamai")
    assert (len(every.values), every.total, every.has_more) == (100, OPERATIONS, True)
    some = await completed(either, OPERATION, "name", "AKAMAI_CCU_")
    purges = sum(one.key.startswith("ccu/") for one in operations_in_files())
    assert (len(some.values), some.total, some.has_more) == (purges, purges, False)
    products = await completed(either, PRODUCT, "product", "config-")
    assert (products.total, products.has_more) == (len(products.values), False)


async def test_nothing_is_completed_for_an_argument_that_the_template_does_not_have(stage: Stage) -> None:
    for template, name in ((OPERATION, "product"), (PRODUCT, "name"), (OPERATION, "zzz"), ("akamai://results/{id}", "id")):
        assert (await completed(stage, template, name, "papi")).values == []


async def test_over_http_too_what_cannot_be_answered_has_one_code_and_one_line(open_service: OpenService) -> None:
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25"}
    asked = [*FAULTY, *(("resources/read", {"uri": uri}, said) for uri, said in (ABSENT | UNREADABLE).items())]
    async with open_service() as service:
        for method, params, said in asked:
            message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            answer = await service.request("POST", "/mcp", json=message, headers=headers)
            error = json.loads(answer.text[answer.text.index("{") :])["error"]
            assert error["code"] == PARAMS, (method, params, error)
            assert error["message"].startswith(said), (method, params, error)
