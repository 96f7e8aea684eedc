"""The server as a client meets it: eras, listings, limits of clients, names, stdio."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mcp_types
import pytest
from fastmcp import Client, FastMCP
from mcp_stage import ERAS, OPERATIONS, MakeSettings, OpenStage, Stage, operations_in_files, start_child

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.server import app
from akamai_mcp.server.app import build_server
from akamai_mcp.server.session_store import SessionStore

FIXED = [
    "akamai_list_operations",
    "akamai_describe_operation",
    "akamai_read",
    "akamai_write",
    "akamai_destroy",
    "akamai_raw_request",
    "akamai_registry_stats",
    "akamai_list_customers",
    "akamai_find",
    "akamai_query",
    "akamai_run",
]
PROGRAMS = {"akamai_query", "akamai_run"}  # brought by the extra, which the tests have
FORBIDDEN = ("$ref", "$defs", "oneOf", "anyOf", "allOf", "not", "const", "if", "patternProperties")


def schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and every schema inside it."""
    yield schema
    for part in schema.get("properties", {}).values():
        yield from schemas(part)
    if isinstance(schema.get("items"), dict):
        yield from schemas(schema["items"])


def faults_of(schema: dict[str, Any]) -> Iterator[str]:
    """What some client would refuse in one schema."""
    yield from (f"has {word}" for word in FORBIDDEN if word in schema)
    if not isinstance(schema.get("type"), str) and schema.keys() != {"description"}:  # without a type, any value
        yield f"has the type {schema.get('type')!r}"
    if schema.get("type") == "array" and not isinstance(schema.get("items"), dict):
        yield "is an array without items"
    is_open = schema.get("additionalProperties") is True and "properties" not in schema
    if schema.get("type") == "object" and not (is_open or isinstance(schema.get("properties"), dict)):
        yield "is an object without properties that does not say it is open"
    # A converter that builds a class from an empty `properties` drops what is sent; a tool without arguments has nothing to lose.
    if schema.get("properties") == {} and schema.keys() != {"type", "properties"}:
        yield "is an object with empty properties"
    yield from (f"has the key {key!r}" for key in schema.get("properties", {}) if not re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", key))
    if "enum" in schema and not (schema["type"] == "string" and all(isinstance(value, str) for value in schema["enum"])):
        yield f"has the enum {schema['enum']!r}"
    if not set(schema.get("required", ())) <= schema.get("properties", {}).keys():
        yield "requires what it does not have"


def complaints(tool: mcp_types.Tool) -> list[str]:
    """What some client would refuse in a tool."""
    found = [fault for schema in schemas(tool.input_schema) for fault in faults_of(schema)]
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,51}", tool.name):
        found.append("has a long or odd name")
    if not tool.description or len(tool.description) > 2048:
        found.append("has no description, or a long one")
    if tool.input_schema.get("type") != "object" or "properties" not in tool.input_schema:
        found.append("does not take an object")
    hints = tool.annotations
    if not (tool.title and hints):
        return [*found, "has no title or no hints"]
    named = (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
    return found + ["leaves a hint out" for hint in named if not isinstance(hint, bool)]


@pytest.mark.smoke
async def test_initialize_names_the_server_and_gives_instructions_in_both_eras(either: Stage) -> None:
    info = either.client.server_info
    assert info is not None
    assert info.name == "akamai"
    assert re.fullmatch(r"\d+\.\d+\.\d+", info.version)
    assert "1571 API operations of 60 documents and 454 known only from Akamai's own clients" in (
        either.client.instructions or ""
    )


@pytest.mark.parametrize(("era", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_each_era_is_spoken_at_its_newest_version(open_stage: OpenStage, era: str, version: str) -> None:
    async with open_stage(era) as stage:
        assert stage.client.protocol_version == version


async def test_the_instructions_are_short_enough_for_every_client(either: Stage) -> None:
    assert 500 < len(either.client.instructions or "") <= 2048


@pytest.mark.smoke
async def test_the_default_surface_is_the_fixed_tools_in_the_order_of_their_use(either: Stage) -> None:
    assert [tool.name for tool in await either.client.list_tools()] == FIXED


async def test_the_default_surface_costs_at_most_2100_tokens_and_2800_with_programs(either: Stage) -> None:
    tools = await either.client.list_tools()
    tokens = {tool.name: len(tool.model_dump_json(by_alias=True, exclude_none=True).encode()) / 4 for tool in tools}
    assert sum(tokens.values()) <= 2800
    assert sum(count for name, count in tokens.items() if name not in PROGRAMS) <= 2100


async def test_the_fixed_tools_say_what_they_change(stage: Stage) -> None:
    hints = {tool.name: tool.annotations for tool in await stage.client.list_tools()}
    told = {name: (hint.read_only_hint, hint.destructive_hint) for name, hint in hints.items() if hint}
    assert told == {
        "akamai_list_operations": (True, False),
        "akamai_describe_operation": (True, False),
        "akamai_read": (True, False),
        "akamai_write": (False, False),
        "akamai_destroy": (False, True),
        "akamai_raw_request": (False, True),
        "akamai_registry_stats": (True, False),
        "akamai_list_customers": (True, False),
        "akamai_find": (True, False),
        "akamai_query": (True, False),
        "akamai_run": (False, True),
    }


@pytest.mark.parametrize("era", ERAS)
async def test_every_tool_can_be_listed_and_passes_the_limits_of_every_client(open_stage: OpenStage, era: str) -> None:
    async with open_stage(era, tools="all") as stage:
        tools = await stage.client.list_tools()
    assert len(tools) == OPERATIONS + len(FIXED)
    assert len({tool.name for tool in tools}) == len(tools)
    assert {tool.name: found for tool in tools if (found := complaints(tool))} == {}


async def test_chosen_products_are_listed_beside_the_fixed_tools(open_stage: OpenStage) -> None:
    async with open_stage(tools="papi,ccu") as stage:
        names = [tool.name for tool in await stage.client.list_tools()]
    assert names[: len(FIXED)] == FIXED
    assert len(names) == len(FIXED) + sum(one.key.startswith(("papi/v1#", "ccu/v3#")) for one in operations_in_files())
    assert all(name.startswith(("akamai_papi_", "akamai_ccu_")) for name in names[len(FIXED) :])


async def test_no_tool_declares_the_schema_of_its_answer(open_stage: OpenStage) -> None:
    """An answer is Akamai's, whatever the document says; the tests' clients therefore compare none (`mcp_stage`)."""
    async with open_stage(tools=("papi",)) as stage:
        tools = await stage.client.list_tools()
    assert {"akamai_read", "akamai_papi_get_property"} <= {tool.name for tool in tools}
    assert [tool.name for tool in tools if tool.output_schema is not None] == []


async def test_the_hints_of_an_operation_follow_from_what_it_does(open_stage: OpenStage) -> None:
    async with open_stage(tools="papi,ccu") as stage:
        tools = {tool.name: tool.annotations for tool in await stage.client.list_tools()}
    told = {
        name: (hint.read_only_hint, hint.destructive_hint, hint.idempotent_hint)
        for name in (
            "akamai_papi_get_properties",
            "akamai_papi_delete_property",
            "akamai_papi_post_properties",
            "akamai_ccu_post_delete_url",
        )
        if (hint := tools[name])
    }
    assert told == {
        "akamai_papi_get_properties": (True, False, True),
        "akamai_papi_delete_property": (False, True, True),
        "akamai_papi_post_properties": (False, False, False),
        "akamai_ccu_post_delete_url": (False, True, False),
    }


async def test_every_operation_is_called_by_its_own_name_though_it_is_not_listed(stage: Stage) -> None:
    rows = await every_row(stage)
    answers = {row["name"]: (await stage.ask(row["name"], {"no such argument": 1})).problem for row in rows}
    reached = {problem.removesuffix(" has no argument 'no such argument'."): name for name, problem in answers.items()}
    assert reached.keys() == {one.key for one in operations_in_files()}
    paths = {one.key: f"{one.method} {one.path}" for one in operations_in_files()}
    requests = {row["name"]: row["request"].split("...") for row in rows}
    assert all(
        paths[key].startswith(requests[name][0]) and paths[key].endswith(requests[name][-1]) for key, name in reached.items()
    )


async def test_every_operation_is_called_by_its_full_key(open_stage: OpenStage, catalogue: Catalogue) -> None:
    # One of each document through MCP, where names and keys take the same path; the lookup itself for all of them.
    keys = [one.key for one in operations_in_files()]
    assert [key for key in keys if (entry := catalogue.find(key)) is None or entry.key != key] == []
    first = {key.partition("#")[0]: key for key in reversed(keys)}
    async with open_stage("legacy") as stage:
        answers = {key: await stage.ask(key, {"no such argument": 1}) for key in first.values()}
    assert (len(keys), len(answers)) == (OPERATIONS, len({key.partition("#")[0] for key in keys}))
    assert {key: reply.text for key, reply in answers.items() if not reply.problem.startswith(f"{key} has no argument")} == {}


async def every_row(stage: Stage) -> list[dict[str, str]]:
    """Every operation as the server lists it."""
    rows: list[dict[str, str]] = []
    while len(rows) < OPERATIONS:
        page = await stage.ask("akamai_list_operations", limit=200, offset=len(rows))
        rows += page.content["operations"]
    return rows


async def test_a_listed_and_an_undocumented_operation_answer_alike(open_stage: OpenStage) -> None:
    async with open_stage(tools="ccu") as listed:
        first = await listed.ask("akamai_netlists_get_network_lists")
    async with open_stage(tools="network-lists") as unlisted:
        second = await unlisted.ask("akamai_netlists_get_network_lists")
    assert (first.failed, first.content["status"]) == (False, 200)
    assert first.content["body"] == second.content["body"]


class RecordingState(SessionStore):
    """A session store that remembers which keys were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def get(self, key: str, **more: Any) -> Any:
        self.asked.append(key)
        return await super().get(key, **more)


async def test_fastmcp_keeps_its_session_state_in_the_plain_store(settings: MakeSettings) -> None:
    server = build_server(settings())
    state = server.__dict__["_session_store"] = RecordingState()
    async with Client(server, mode="legacy") as client:
        await client.list_tools()
    assert server._state_store is state
    assert state.asked


@pytest.mark.parametrize("era", ERAS)
async def test_the_server_works_with_the_stock_session_store_too(
    open_stage: OpenStage, monkeypatch: pytest.MonkeyPatch, era: str
) -> None:
    monkeypatch.setattr(app, "AkamaiServer", FastMCP)
    async with open_stage(era) as stage:
        assert len(await stage.client.list_tools()) == len(FIXED)
        assert not (await stage.ask("akamai_registry_stats")).failed


async def test_the_plain_store_forgets_what_has_outlived_its_seconds() -> None:
    state = SessionStore()
    await state.put("kept", 1)
    await state.put("short", 2, ttl=-1)
    assert (await state.get("kept"), await state.get("short")) == (1, None)
    assert (await state.delete("kept"), await state.delete("kept")) == (True, False)


@pytest.mark.parametrize("level", ["warning", "debug"])
@pytest.mark.smoke
async def test_standard_output_holds_nothing_but_json_rpc(child_environment: dict[str, str], tmp_path: Path, level: str) -> None:
    environment = child_environment | {"AKAMAI_MCP_LOG_LEVEL": level}
    async with start_child(environment, tmp_path) as child:
        await child.hello()
        assert len((await child.ask("tools/list"))["result"]["tools"]) == len(FIXED)
        assert "result" in await child.call("akamai_read", name="network-lists/v2#get-network-lists")
        assert (await child.call("akamai_nonsense"))["result"]["isError"] is True
        assert (await child.call("akamai_read", name="papi/v1#get-contracts", customer="nobody"))["result"]["isError"] is True
        await child.ask("no/such/method")
        await child.write("this is not JSON")
        assert "result" in await child.ask("tools/list")
        status, _ = await child.end()
    assert status == 0
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in child.lines)
    assert len(child.lines) >= 7


async def test_the_server_ends_when_its_input_ends(child_environment: dict[str, str], tmp_path: Path) -> None:
    async with start_child(child_environment, tmp_path) as child:
        status, errors = await child.end()
    assert (status, child.lines) == (0, [])
    assert "Traceback" not in errors


async def test_a_setting_that_cannot_be_used_ends_the_server_with_its_name(
    child_environment: dict[str, str], tmp_path: Path
) -> None:
    async with start_child(child_environment | {"AKAMAI_MCP_TIMEOUT": "soon"}, tmp_path) as child:
        status, errors = await child.end()
    assert (status, child.lines) == (2, [])
    assert "AKAMAI_MCP_TIMEOUT" in errors
    assert "soon" not in errors
