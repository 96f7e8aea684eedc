"""What the rules deny to a caller is not named anywhere: not described, listed, completed, counted or suggested."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
from fastmcp.exceptions import McpError
from mcp_stage import OPERATIONS, OpenStage, Stage
from mcp_types import ResourceTemplateReference
from service_stage import OpenService, TokenBook

DENIED = "papi/v1#get-contracts"
OPERATION = ResourceTemplateReference(type="ref/resource", uri="akamai://operations/{name}")
PRODUCT = ResourceTemplateReference(type="ref/resource", uri="akamai://products/{product}")
# Names that come near denied ones, or whose answers name other operations.
MISSPELLED = (
    "akamai_papi_get_contractz",
    "get-contracts",
    "papi_get_contracts",
    "papi/v1#get-contractz",
    "akamai_papi_list_properties",
)
TELLING = ("script-management/v1#get-property-config", "network-lists/v2#post-network-lists", "hapi/v1#get-edge-hostnames")
NAMED = re.compile(r'akamai_papi_\w+|papi/v\d#[\w-]+|"papi(?:/v\d)?"|, papi,')


async def test_a_denied_operation_is_not_described(open_stage: OpenStage) -> None:
    async with open_stage(deny="papi") as stage:
        for name in (DENIED, "akamai_papi_get_contracts"):
            refused = await stage.refused("akamai_describe_operation", name=name)
            assert "do not allow" in refused.problem
            assert "contractId" not in refused.text
        with pytest.raises(McpError):
            await stage.client.read_resource("akamai://operations/akamai_papi_get_contracts")
        unknown = await stage.refused("akamai_describe_operation", name="akamai_papi_get_contract")
        assert "Search with" in unknown.advice
        assert "papi_" not in unknown.advice


async def test_a_denied_operation_is_neither_completed_nor_counted(open_stage: OpenStage) -> None:
    async with open_stage(deny="papi") as stage:
        found = await stage.client.complete(OPERATION, {"name": "name", "value": "akamai_papi"})
        assert found.values == []
        figures = (await stage.ask("akamai_registry_stats")).content
        assert not [name for name in figures["byProduct"] if name.startswith("papi/")]
        assert 0 < figures["operations"] == sum(figures["byMethod"].values()) < OPERATIONS


async def test_documents_are_counted_whose_operations_are_allowed(open_stage: OpenStage) -> None:
    async with open_stage(allow="config-dns") as stage:
        figures = (await stage.ask("akamai_registry_stats")).content
        products = json.loads(await read(stage, "akamai://products"))
    assert (figures["documents"], figures["clientDocuments"]) == (1, 1)
    assert [(one["product"], one["operations"]) for one in products] == [("config-dns", figures["operations"])]


async def test_a_product_counts_the_operations_that_are_allowed(open_stage: OpenStage) -> None:
    async with open_stage(deny=DENIED) as stage:
        denied = json.loads(await read(stage, "akamai://products/papi"))
    async with open_stage() as stage:
        plain = json.loads(await read(stage, "akamai://products/papi"))
    assert denied["operations"] == [line for line in plain["operations"] if not line.startswith("akamai_papi_get_contracts ")]


async def test_a_product_with_some_operations_allowed_is_known(open_stage: OpenStage) -> None:
    async with open_stage(deny=DENIED) as stage:
        listed = await stage.ask("akamai_list_operations")
        assert [name for name in listed.content["products"] if name.startswith("papi/")]
        assert "papi" in (await stage.client.complete(PRODUCT, {"name": "product", "value": "pap"})).values


async def test_no_answer_names_what_the_servers_rules_deny(open_stage: OpenStage) -> None:
    async with open_stage(deny="papi", tools="script-management,papi,discover") as stage:
        assert [said async for said in naming(stage)] == []


async def test_no_answer_names_what_a_callers_role_denies(open_service: OpenService, book: TokenBook, tmp_path: Path) -> None:
    roles = tmp_path / "roles.toml"
    roles.write_text('[no-papi]\ndeny = ["papi"]\neffects = ["read", "write", "destroy"]\n', encoding="utf-8")
    book.give(ann="no-papi", ops="admin")
    shown = "script-management,papi,discover"
    async with open_service("http", auth_tokens_file=book.path, auth_roles_file=roles, tools=shown) as service:
        async with service.enter("http", book.token("ops")) as stage:
            assert [said async for said in naming(stage)]
        async with service.enter("http", book.token("ann")) as stage:
            assert [said async for said in naming(stage)] == []


async def naming(stage: Stage) -> AsyncIterator[tuple[str, set[str]]]:
    """Where an answer names something of papi that the question did not."""
    for asked, answered in doors(stage).items():
        text = await answered()
        for own in (*MISSPELLED, "akamai_papi_get_contracts", DENIED):
            text = text.replace(own, "")
        if found := set(NAMED.findall(text)):
            yield asked, found


def doors(stage: Stage) -> dict[str, Callable[..., object]]:
    """Every way to an answer that may name operations or products, with arguments that come near the denied ones."""
    asked = partial(tell, stage)
    found = {
        "tools/list": partial(list_tools, stage),
        "browse all": partial(asked, "akamai_list_operations"),
        "browse papi": partial(asked, "akamai_list_operations", product="papi"),
        "browse by alias": partial(asked, "akamai_list_operations", product="property manager"),
        "browse unknown": partial(asked, "akamai_list_operations", product="nothing"),
        "search": partial(asked, "akamai_list_operations", query="activate a property on staging"),
        "search a path": partial(asked, "akamai_list_operations", query="/papi/v1/contracts"),
        "figures": partial(asked, "akamai_registry_stats"),
        "resource products": partial(read, stage, "akamai://products"),
        "resource product": partial(read, stage, "akamai://products/papi"),
        "resource unknown product": partial(read, stage, "akamai://products/nothing"),
        "complete products": partial(complete, stage, PRODUCT, "product", "p"),
        "complete operations": partial(complete, stage, OPERATION, "name", "get_contracts"),
    }
    for name in MISSPELLED:
        found |= {
            f"search {name}": partial(asked, "akamai_list_operations", query=f"{name}zz"),
            f"describe {name}": partial(asked, "akamai_describe_operation", name=name),
            f"resource {name}": partial(read, stage, f"akamai://operations/{name.replace('/', '%2F').replace('#', '%23')}"),
            f"raw {name}": partial(asked, "akamai_raw_request", toolName=name),
            f"own {name}": partial(asked, name),
            **{f"{effect} {name}": partial(asked, f"akamai_{effect}", name=name) for effect in ("read", "write", "destroy")},
        }
    return found | {f"describe {name}": partial(asked, "akamai_describe_operation", name=name) for name in TELLING}


async def tell(stage: Stage, tool: str, **arguments: object) -> str:
    return (await stage.ask(tool, arguments)).text


async def list_tools(stage: Stage) -> str:
    return json.dumps([tool.model_dump(mode="json") for tool in await stage.client.list_tools()])


async def read(stage: Stage, uri: str) -> str:
    try:
        return "".join(getattr(part, "text", "") for part in await stage.client.read_resource(uri))
    except McpError as error:
        return str(error)


async def complete(stage: Stage, reference: ResourceTemplateReference, name: str, value: str) -> str:
    return "\n".join((await stage.client.complete(reference, {"name": name, "value": value})).values)
