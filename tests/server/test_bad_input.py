"""Everything that can be wrong: each is an error that says what to do, and the server answers the next call."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import CHILD_SECONDS, OPERATIONS, UNANSWERED, OpenStage, Reply, Stage, start_child

from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.server import SandboxServer

PLANTED = "PLANTEDSECRET"
READ = {"name": "papi/v1#get-contracts"}
CREATE = "network-lists/v2#post-network-lists"


async def assert_alive(stage: Stage) -> None:
    assert not (await stage.ask("akamai_registry_stats")).failed


def assert_sound(reply: Reply) -> None:
    """A failure that an agent can act on, and that shows nothing it should not."""
    assert reply.failed
    assert reply.content["problem"]["title"]
    assert reply.content["problem"]["detail"]
    assert reply.advice
    assert json.loads(reply.text) == reply.content
    assert PLANTED not in reply.text
    assert "Traceback" not in reply.text
    assert "unexpected error" not in reply.text


@pytest.mark.parametrize(
    ("tool", "near"),
    [
        ("akamai_papi_get_contract", "akamai_papi_get_contracts"),
        ("papi/v1#get-contract", "akamai_papi_get_contracts"),
        ("get-contracts", "akamai_papi_get_contracts"),
        ("akamai_no_such_thing_at_all_anywhere", "akamai_list_operations"),
        ("nonsense", "akamai_list_operations"),
        ("", "akamai_list_operations"),
        ("a b/ü\n", "akamai_list_operations"),
        ("x" * 100_000, "akamai_list_operations"),
    ],
)
async def test_an_unknown_tool_is_answered_with_the_nearest_ones(either: Stage, tool: str, near: str) -> None:
    reply = await either.refused(tool)
    assert_sound(reply)
    assert near in reply.advice
    assert len(reply.text) < 1000
    await assert_alive(either)


@pytest.mark.parametrize("caller", ["akamai_read", "akamai_write", "akamai_destroy", "akamai_describe_operation"])
async def test_an_unknown_operation_is_answered_with_the_nearest_ones(stage: Stage, caller: str) -> None:
    reply = await stage.refused(caller, name="akamai_papi_get_contract")
    assert_sound(reply)
    assert "akamai_papi_get_contracts" in reply.advice


SECTION = f"[default]\nhost = h.example\nclient_token = {PLANTED}1\nclient_secret = {PLANTED}2\naccess_token = {PLANTED}3\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no section [default]"),
        (SECTION.replace("[default]", "[other]"), "has no section [default]"),
        (SECTION.replace("[default]\n", ""), "stands above the first section"),
        (SECTION + f"{PLANTED} without a value\n", "is malformed at line 6"),
        (SECTION.replace(f"client_secret = {PLANTED}2\n", ""), "client_secret in section [default]"),
        (SECTION.replace(f"{PLANTED}3", ""), "access_token in section [default]"),
        (SECTION.replace("host = h.example\n", ""), "host in section [default]"),
        (SECTION.replace("h.example", f"{PLANTED}@h.example/x"), "host in section [default]"),
        (SECTION.replace(f"{PLANTED}1", f"{PLANTED} 1"), "client_token in section [default]"),
        (SECTION.replace(f"{PLANTED}2", f"{PLANTED}ü"), "client_secret in section [default]"),
        (SECTION.replace(f"{PLANTED}3", f"{PLANTED}\n  continued"), "is malformed at line 6"),
        (SECTION + f"max_body = {PLANTED}\n", "max_body in section [default]"),
    ],
)
async def test_a_bad_edgerc_is_named_by_file_section_and_key_never_by_a_value(
    open_stage: OpenStage, tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "bad.edgerc"
    path.write_text(content, encoding="utf-8")
    async with open_stage(edgerc=path) as stage:
        reply = await stage.refused("akamai_read", READ)
        assert_sound(reply)
        assert str(path) in reply.problem
        assert said in reply.problem
        await assert_alive(stage)


async def test_a_missing_edgerc_is_named_with_every_way_to_give_credentials(open_stage: OpenStage, tmp_path: Path) -> None:
    async with open_stage(edgerc=tmp_path / "nowhere") as stage:
        reply = await stage.refused("akamai_read", READ)
        assert_sound(reply)
        assert reply.problem == f"There is no credentials file {tmp_path / 'nowhere'}."
        assert "AKAMAI_MCP_EDGERC" in reply.advice
        assert "AKAMAI_CLIENT_TOKEN" in reply.advice
        assert (await stage.ask("akamai_list_customers")).content["customers"] == []


@pytest.mark.parametrize("kind", ["folder", "binary"])
async def test_an_edgerc_that_is_no_text_file_is_an_error(open_stage: OpenStage, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "odd"
    path.mkdir() if kind == "folder" else path.write_bytes(b"\xff\xfe\x00" + PLANTED.encode())
    async with open_stage(edgerc=path) as stage:
        reply = await stage.refused("akamai_read", READ)
        assert_sound(reply)
        assert f"{path} {'cannot be read' if kind == 'folder' else 'is malformed at line 1'}" in reply.problem
        assert PLANTED not in reply.text


async def test_a_customer_that_is_not_configured_is_answered_with_those_that_are(either: Stage) -> None:
    reply = await either.refused("akamai_read", READ, customer="nobody")
    assert_sound(reply)
    assert reply.problem == "There is no customer 'nobody'."
    assert "default, second, switched, wrong-secret" in reply.advice


async def test_a_default_section_that_does_not_exist_is_named(open_stage: OpenStage) -> None:
    async with open_stage(section="typo") as stage:
        reply = await stage.refused("akamai_read", READ)
        assert_sound(reply)
        assert "has no section [typo]" in reply.problem


async def test_a_wrong_secret_is_a_401_with_what_to_check(either: Stage) -> None:
    reply = await either.ask("akamai_read", READ, customer="wrong-secret")
    assert_sound(reply)
    assert reply.content["status"] == 401
    assert ".edgerc" in reply.advice
    assert "clock" in reply.advice


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def write_edgerc(path: Path, host: str) -> Path:
    path.write_text(SECTION.replace("h.example", host), encoding="utf-8")
    return path


async def test_without_a_network_the_host_is_named_and_nothing_counts_as_sent(
    open_stage: OpenStage, tmp_path: Path, closed_port: int
) -> None:
    path = write_edgerc(tmp_path / "closed", f"127.0.0.1:{closed_port}")
    async with open_stage(edgerc=path) as stage:
        reply = await stage.refused("akamai_read", READ)
        assert_sound(reply)
        assert f"127.0.0.1:{closed_port}" in reply.problem
        assert "No connection" in reply.problem
        await assert_alive(stage)


async def test_a_host_that_no_name_server_knows_is_an_error(open_stage: OpenStage, tmp_path: Path) -> None:
    async with open_stage(edgerc=write_edgerc(tmp_path / "unknown", "no-such-host.invalid")) as stage:
        reply = await stage.refused("akamai_read", READ)
        assert_sound(reply)
        assert "no-such-host.invalid" in reply.problem


async def test_a_certificate_that_is_not_trusted_says_where_to_name_the_authority(open_stage: OpenStage) -> None:
    async with open_stage(ca_bundle=None) as stage:
        reply = await stage.refused("akamai_read", READ)
        assert_sound(reply)
        assert "TLS certificate" in reply.problem
        assert "AKAMAI_MCP_CA_BUNDLE" in reply.advice


async def test_a_plain_http_server_is_not_spoken_to(open_stage: OpenStage, sandbox: SandboxServer, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(CHILD_SECONDS)
        port = listener.getsockname()[1]
        path = write_edgerc(tmp_path / "plain", f"http://127.0.0.1:{port}")
        async with open_stage(edgerc=path) as stage:
            asked = asyncio.ensure_future(stage.ask("akamai_read", READ))
            connection, _ = await asyncio.to_thread(listener.accept)
            with connection:
                first = await asyncio.to_thread(connection.recv, 1)
            assert_sound(await asked)
        assert first == b"\x16"  # a TLS handshake, and no request in the clear


@pytest.mark.parametrize("limits", [{"timeout": 0.05}, {"total_timeout": 0.05}])
async def test_an_answer_that_does_not_come_in_time_is_an_error(
    either: Stage, open_stage: OpenStage, limits: dict[str, float]
) -> None:
    async with open_stage(**limits) as stage:
        await stage.ask("akamai_read", {"name": "papi/v1#get-groups"})  # connected, so that only the answer is slow
        stage.fake.faults.add(UNANSWERED)
        reply = await stage.ask("akamai_write", name=CREATE, arguments={"body": {"name": "a", "type": "IP", "list": []}})
        assert_sound(reply)
        assert "did not answer" in reply.problem
        assert "sent" not in reply.content
        assert "before repeating a write" in reply.advice
        await assert_alive(stage)


@pytest.mark.parametrize("fault", [Fault(drop=True), Fault(drop=True, before=False), Fault(truncate=True)])
async def test_a_connection_that_breaks_is_an_error_that_leaves_the_effect_open(either: Stage, fault: Fault) -> None:
    either.fake.faults.add(fault)
    reply = await either.ask("akamai_write", name=CREATE, arguments={"body": {"name": "a", "type": "IP", "list": []}})
    assert_sound(reply)
    assert "sent" not in reply.content
    assert len(either.fake.requests) == 1
    assert not (await either.ask("akamai_read", READ)).failed


async def test_a_read_is_repeated_after_a_broken_connection_and_a_creation_is_not(open_stage: OpenStage) -> None:
    async with open_stage(retries=1) as stage:
        stage.fake.faults.add(Fault(drop=True), Fault(method="POST", drop=True))
        assert not (await stage.ask("akamai_read", READ)).failed
        assert (await stage.ask(CREATE, body={})).failed
        assert [request.method for request in stage.fake.requests] == ["GET", "GET", "POST"]


async def test_an_answer_that_says_json_and_is_not_is_shown_as_it_is(either: Stage) -> None:
    either.fake.faults.add(Fault(body=b"<html>no</html>", content_type="application/json"))
    reply = await either.ask("akamai_read", READ)
    assert reply.content["body"] == "<html>no</html>"
    assert reply.content["note"] == "the response has the Content-Type application/json but is not JSON"


async def test_an_error_page_instead_of_a_problem_is_still_an_error(either: Stage) -> None:
    either.fake.faults.add(Fault(status=502, body=b"<html>Bad gateway</html>", content_type="text/html"))
    reply = await either.ask("akamai_read", READ)
    assert (reply.failed, reply.content["problem"], reply.content["status"]) == (True, "<html>Bad gateway</html>", 502)


async def test_an_answer_over_the_limit_is_refused_with_what_to_ask_instead(open_stage: OpenStage) -> None:
    async with open_stage(max_response_bytes=10_000) as stage:
        stage.fake.faults.add(Fault(body_size=20_000))
        reply = await stage.ask("akamai_read", READ)
        assert_sound(reply)
        assert "larger than 10000 bytes" in reply.problem
        await assert_alive(stage)


async def test_ten_megabytes_of_arguments_are_refused_with_a_better_way(either: Stage) -> None:
    reply = await either.refused(CREATE, body={"name": "x" * 10_000_000})
    assert_sound(reply)
    assert "4194304" in reply.problem
    assert "AKAMAI_MCP_FILES_DIR" in reply.advice
    await assert_alive(either)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


async def test_deep_nesting_is_sent_as_far_as_the_protocol_carries_it(either: Stage) -> None:
    await either.ask(CREATE, body=nested(150))
    assert json.loads(either.seen.body) == nested(150)
    await assert_alive(either)


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**64])
async def test_integers_beyond_64_bits_are_refused_by_name(either: Stage, number: int) -> None:
    reply = await either.refused(CREATE, body={"n": number})
    assert_sound(reply)
    assert "64-bit" in reply.problem
    assert "64 bits" in reply.advice


async def test_the_largest_integers_of_64_bits_arrive_unchanged(stage: Stage) -> None:
    await stage.ask(CREATE, body={"n": 2**64 - 1, "m": -(2**63)})
    assert json.loads(stage.seen.body) == {"n": 2**64 - 1, "m": -(2**63)}


async def test_a_nul_arrives_as_the_json_that_it_is_and_percent_encoded_in_a_path(stage: Stage) -> None:
    await stage.ask(CREATE, body={"name": "a\0b"})
    assert stage.seen.body == b'{"name":"a\\u0000b"}'
    await stage.ask("papi/v1#get-property", propertyId="a\0b")
    assert stage.seen.target == "/papi/v1/properties/a%00b"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "ü"])
async def test_a_header_value_that_is_no_single_line_of_ascii_is_refused(stage: Stage, value: str) -> None:
    reply = await stage.refused("papi/v1#get-property", propertyId="p", ifMatch=value)
    assert_sound(reply)
    assert "'if-match'" in reply.problem


async def test_a_header_value_with_spaces_around_it_is_never_sent(stage: Stage) -> None:
    reply = await stage.ask("papi/v1#get-property", propertyId="p", ifMatch='  "e" ')
    assert_sound(reply)
    assert len(stage.fake.requests) == 0


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (CREATE, {"body": {"name": "\ud800"}}),
        ("papi/v1#get-property", {"propertyId": "\ud800"}),
        ("papi/v1#get-property", {"propertyId": "p", "customer": "\ud800"}),
        ("akamai_list_operations", {"query": "\ud800"}),
        ("akamai_list_operations", {"product": "\ud800"}),
        ("akamai_list_operations", {"tag": "\ud800"}),
        ("akamai_describe_operation", {"name": "\ud800"}),
        ("akamai_describe_operation", {"name": "papi/v1#get-property", "at": "\ud800"}),
        ("akamai_read", {"name": "\ud800"}),
        ("akamai_raw_request", {"toolName": "\ud800"}),
    ],
)
async def test_a_lone_surrogate_is_refused_wherever_it_stands(either: Stage, tool: str, arguments: dict[str, Any]) -> None:
    reply = await either.refused(tool, arguments)
    assert_sound(reply)
    assert "Unicode" in reply.problem + reply.advice
    await assert_alive(either)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("akamai_list_operations", {"query": 5}, "'query' is not of type string."),
    ("akamai_list_operations", {"product": ["papi"]}, "'product' is not of type string."),
    ("akamai_list_operations", {"method": "BREW"}, "'method' is not one of GET, HEAD, POST, PUT, PATCH, DELETE."),
    ("akamai_list_operations", {"readOnly": "yes"}, "'readOnly' is not of type boolean."),
    ("akamai_list_operations", {"limit": "ten"}, "'limit' is not of type integer."),
    ("akamai_list_operations", {"limit": True}, "'limit' is not of type integer."),
    ("akamai_list_operations", {"limit": 1.5}, "'limit' is not of type integer."),
    ("akamai_list_operations", {"limit": 0}, "limit is less than 1 or offset is negative."),
    ("akamai_list_operations", {"offset": -1}, "limit is less than 1 or offset is negative."),
    ("akamai_list_operations", {"quarry": "x"}, "There is no argument 'quarry'."),
    ("akamai_describe_operation", {}, "The argument 'name' is missing."),
    ("akamai_describe_operation", {"name": None}, "The argument 'name' is missing."),
    ("akamai_describe_operation", {"name": {"a": 1}}, "'name' is not of type string."),
    ("akamai_read", {}, "The argument 'name' is missing."),
    ("akamai_read", READ | {"arguments": "propertyId=1"}, "'arguments' is not of type object."),
    ("akamai_read", READ | {"arguments": [1]}, "'arguments' is not of type object."),
    ("akamai_read", READ | {"customer": 5}, "'customer' is not of type string."),
    ("akamai_read", READ | {"cache": "always"}, "'cache' is not one of use, refresh, only, off."),
    ("akamai_read", READ | {"maxBytes": 1}, "`maxBytes` is 1, out of range."),
    ("akamai_read", READ | {"select": "[["}, "select is not JMESPath"),
    ("akamai_read", READ | {"dryRun": True}, "There is no argument 'dryRun'."),
    ("akamai_write", {"name": CREATE, "arguments": {"body": {}}, "wait": "yes"}, "'wait' is not of type boolean."),
    ("akamai_destroy", {"name": "ccu/v3#post-delete-url", "confirm": True}, "'confirm' is not of type string."),
    ("akamai_raw_request", {}, "Neither an operation nor a method and path are given."),
    ("akamai_raw_request", {"toolName": READ["name"], "queryParams": "a=b"}, "'queryParams' is not of type object."),
    ("akamai_raw_request", {"toolName": READ["name"], "headers": ["a"]}, "'headers' is not of type object."),
    (
        "akamai_raw_request",
        {"toolName": READ["name"], "pathParams": {"x": 1}},
        "papi/v1#get-contracts has no path parameter 'x'.",
    ),
    ("akamai_registry_stats", {"verbose": True}, "There is no argument 'verbose'."),
    ("akamai_list_customers", {"name": "default"}, "There is no argument 'name'."),
    ("akamai_find", {"kind": "property"}, "The argument 'query' is missing."),
    ("akamai_find", {"query": "x", "limit": 0}, "limit is 0."),
    ("akamai_query", {"program": 7}, "'program' is not of type string."),
    ("akamai_run", {"inputs": {}}, "Neither a program, the name of a run nor a token is given."),
    (CREATE, {"body": {}, "customer": ["default"]}, "`customer` is not of type string."),
    (CREATE, {"body": {}, "cache": 5}, "`cache` is not of type string."),
    (CREATE, {"body": "no JSON"}, "The body is a string that is not JSON"),
]


@pytest.mark.parametrize(("tool", "arguments", "said"), WRONG)
async def test_an_argument_of_the_wrong_kind_is_refused_by_its_name(
    stage: Stage, tool: str, arguments: dict[str, Any], said: str
) -> None:
    reply = await stage.refused(tool, arguments)
    assert_sound(reply)
    assert reply.problem.startswith(said)
    await assert_alive(stage)


async def test_every_fixed_tool_has_a_wrong_argument_here(stage: Stage) -> None:
    assert {tool.name for tool in await stage.client.list_tools()} <= {tool for tool, _, _ in WRONG}


@pytest.mark.parametrize("question", ['" OR * NEAR( -^ %_\\', "\0", "' --", "x" * 200_000, "()", "[]{}", "NOT", "漢字 😀", "*:*"])
async def test_no_question_breaks_the_search(stage: Stage, question: str) -> None:
    reply = await stage.ask("akamai_list_operations", query=question)
    assert not reply.failed
    assert "total" in reply.content


async def test_an_offset_beyond_every_bound_gives_an_empty_page(stage: Stage) -> None:
    assert (await stage.ask("akamai_list_operations", offset=2**63 - 1)).content == {"operations": [], "total": OPERATIONS}


async def test_an_offset_of_more_than_64_bits_is_refused_with_the_bound(stage: Stage) -> None:
    reply = await stage.refused("akamai_list_operations", offset=10**30)
    assert "64 bits" in reply.advice


async def test_broken_lines_and_unreadable_arguments_do_not_end_the_server(
    child_environment: dict[str, str], tmp_path: Path
) -> None:
    call = (
        '{"jsonrpc": "2.0", "id": 9%d, "method": "tools/call", "params": {"name": "' + CREATE + '", "arguments": {"body": %s}}}'
    )
    values = ["[" * 100_000 + "]" * 100_000, "1" * 5_000, r'{"name": "\ud800"}', '{"name": "' + "x" * 10_000_000 + '"}']
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        for number, value in enumerate(values):
            await child.write(call % (number, value))
        for line in ("", "{", "[]", "null", '"text"', '{"jsonrpc": "1.0"}', "\0\0", "[" * 100_000):
            await child.write(line)
        answer = await child.call("akamai_list_customers")
        assert answer["result"]["structuredContent"]["default"] == "default"
        assert (await child.end())[0] == 0


async def test_arguments_that_are_no_object_are_a_protocol_error(child_environment: dict[str, str], tmp_path: Path) -> None:
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        for arguments in ([1], "text", 5):
            answer = await child.ask("tools/call", {"name": "akamai_read", "arguments": arguments})
            assert answer["error"]["code"] == -32602
        assert "result" in await child.call("akamai_list_customers")
