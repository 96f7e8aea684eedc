"""Operations that only Akamai's clients show, through MCP: described as such, sent as the clients send them, replaced by documents."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from exchanges import RECORDED, Exchange, own_exchanges, recorded_exchanges
from mcp_stage import OpenStage, Stage

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.faults import Fault

LISTS = "client-lists/v1#get-client-lists"
SETS = {
    "own": own_exchanges(),
    "recorded": pytest.param(
        recorded_exchanges(),
        marks=pytest.mark.skipif(not recorded_exchanges(), reason=f"the recorded exchanges are not here ({RECORDED})"),
    ),
}
EXCHANGES = pytest.mark.parametrize("exchanges", SETS.values(), ids=SETS.keys())


def answer_of(exchange: Exchange) -> Fault:
    body = b"" if exchange.response_body is None else json.dumps(exchange.response_body).encode()
    return Fault(status=exchange.response_status, body=body, content_type=exchange.accept)


def sent_wrongly(stage: Stage, exchange: Exchange) -> str:
    """What of the request that arrived is not as it was on the wire, or nothing."""
    seen, wire = stage.seen, urlsplit(exchange.target)
    arrived = urlsplit(seen.target)
    same = (
        (seen.method, seen.operation, arrived.path) == (exchange.method, exchange.operation.key, wire.path)
        and sorted(parse_qsl(arrived.query)) == sorted(parse_qsl(wire.query))
        and (json.loads(seen.body) if seen.body else None) == exchange.body
        and (exchange.body is None or seen.header("content-type") == exchange.content_type)
        and seen.header("accept") == exchange.accept
    )
    return "" if same else f"{exchange.id}: {seen.operation} {seen.method} {seen.target} {seen.body!r}"


def came_back_wrongly(exchange: Exchange, content: dict[str, Any]) -> str:
    same = (content["status"], content.get("body")) == (exchange.response_status, exchange.response_body)
    return "" if same else f"{exchange.id}: {content}"


@EXCHANGES
async def test_a_raw_request_to_its_path_is_the_clients_request(open_stage: OpenStage, exchanges: tuple[Exchange, ...]) -> None:
    wrong: list[str] = []
    async with open_stage(cache=False) as stage:
        for exchange in exchanges:
            stage.fake.faults.add(answer_of(exchange))
            more = {} if exchange.body is None else {"body": exchange.body, "headers": {"Content-Type": exchange.content_type}}
            reply = await stage.agreed(
                "akamai_raw_request",
                method=exchange.method,
                path=exchange.bare_path,
                queryParams=exchange.query,
                **more,
            )
            wrong += [sent_wrongly(stage, exchange), came_back_wrongly(exchange, reply.content)]
    assert [one for one in wrong if one] == []


@EXCHANGES
async def test_the_operations_own_tool_makes_the_clients_request(open_stage: OpenStage, exchanges: tuple[Exchange, ...]) -> None:
    wrong: list[str] = []
    async with open_stage(cache=False) as stage:
        for exchange in exchanges:
            stage.fake.faults.add(answer_of(exchange))
            arguments = {**exchange.path, **exchange.query}
            if exchange.body is not None:
                arguments |= {"body": exchange.body, "contentType": exchange.content_type}
            reply = await stage.agreed(exchange.operation.key, arguments)
            wrong += [sent_wrongly(stage, exchange), came_back_wrongly(exchange, reply.content)]
    assert [one for one in wrong if one] == []


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (LISTS, "Not in a public document: derived from recorded exchanges of Akamai's own client."),
        (
            "hapi/v1#get-edge-hostnames",
            "Not in a public document: derived from what Akamai's own client sends; its response is unknown.",
        ),
    ],
)
async def test_a_description_says_that_no_document_describes_it(either: Stage, key: str, said: str) -> None:
    assert (await either.ask("akamai_describe_operation", name=key)).content["source"] == said


async def test_a_documented_operation_says_nothing_of_its_source(stage: Stage) -> None:
    assert "source" not in (await stage.ask("akamai_describe_operation", name="papi/v1#get-contracts")).content


async def test_an_endpoint_under_a_known_products_path_is_found_under_that_product(stage: Stage) -> None:
    found = await stage.ask("akamai_list_operations", product="papi", query="akamai_papi_post_domain_challenge")
    assert found.content["operations"][0]["name"] == "akamai_papi_post_domain_challenge"


@pytest.mark.parametrize(("alias", "product"), [("METS", "mtls-edge-truststore"), ("Edge Hostnames", "hapi"), ("hapi", "hapi")])
async def test_a_product_is_also_found_by_what_people_call_it(stage: Stage, alias: str, product: str) -> None:
    called = (await stage.ask("akamai_list_operations", product=alias)).content
    assert called == (await stage.ask("akamai_list_operations", product=product)).content
    assert called["total"] > 0


def described(template: str, method: str, **more: Any) -> dict[str, Any]:
    """A document of the client lists, as Akamai or a user may write one."""
    operation = {"operationId": "listAll", "responses": {"200": {"description": "Done."}}, **more}
    if "{anyName}" in template:
        operation["parameters"] = [{"name": "anyName", "in": "path", "required": True, "schema": {"type": "string"}}]
    return {
        "openapi": "3.0.3",
        "info": {"title": "Lists", "version": "1"},
        "servers": [{"url": "https://{hostname}/client-list/v1"}],
        "paths": {template: {method: operation}},
    }


def put(folder: Path, name: str, document: dict[str, Any]) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(document))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A specs folder with our documents of the client lists."""
    place = "client-lists/v1/openapi.clients.json"
    (tmp_path / place).parent.mkdir(parents=True)
    shutil.copy(embedded_folder() / place, tmp_path / place)
    return tmp_path


async def test_a_document_of_the_same_place_replaces_ours_and_the_tool_keeps_its_name(
    open_stage: OpenStage, folder: Path
) -> None:
    put(folder, "lists/v7/openapi.json", described("/lists/{anyName}", "delete", summary="Remove a list for good"))
    async with open_stage(specs_dir=folder) as stage:
        told = (await stage.ask("akamai_describe_operation", name="akamai_clientlists_delete_client_list")).content
        assert (told["key"], told["summary"]) == ("lists/v7#listAll", "Remove a list for good")
        assert list(told["arguments"]) == ["anyName"]
        assert "source" not in told
        same = (await stage.ask("akamai_describe_operation", name="client-lists/v1#delete-client-list")).content
        assert same == told
        stats = (await stage.ask("akamai_registry_stats")).content
        assert (stats["documented"], stats["fromClients"], stats["operations"]) == (1, 19, 20)
        await stage.refused("akamai_clientlists_delete_client_list", anyName="7_A")
        reply = await stage.agreed("akamai_clientlists_delete_client_list", anyName="7_A")
    assert not reply.failed
    assert (stage.seen.method, stage.seen.target) == ("DELETE", "/client-list/v1/lists/7_A")


async def test_a_users_document_alone_has_the_names_and_effects_of_what_it_replaces(
    open_stage: OpenStage, tmp_path: Path
) -> None:
    put(tmp_path, "lists/v7/openapi.json", described("/lists", "get"))
    async with open_stage(specs_dir=tmp_path) as stage:
        told = (await stage.ask("akamai_describe_operation", name="akamai_clientlists_get_client_lists")).content
        stats = (await stage.ask("akamai_registry_stats")).content
    assert (told["key"], told["effect"]) == ("lists/v7#listAll", "read")
    assert (stats["documented"], stats["fromClients"]) == (1, 0)
