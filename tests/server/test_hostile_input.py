"""Arguments and answers are data: whatever stands in them, a call goes to its own place at its customer's host, once, or not at all."""

from __future__ import annotations

import json
import time
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage, start_child

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

READ = "papi/v1#get-property"
CREATE = "network-lists/v2#post-network-lists"
BODY = {"name": "a", "type": "IP", "list": []}
ELSEWHERE = [
    "https://evil.example/x",
    "//evil.example/x",
    "javascript:1",
    "http://127.0.0.1:9/",
    "x" * 3000,
    "/../..",
    "\\\\evil",
]
LARGE = "x" * 1_000_000
TEXTS = {
    "akamai_list_operations": ("product", "tag"),
    "akamai_describe_operation": ("name", "at"),
    "akamai_raw_request": ("toolName", "path"),
    "akamai_read": ("name",),
}


@pytest.mark.parametrize("location", ELSEWHERE, ids=lambda text: text[:20])
@pytest.mark.parametrize("status", [201, 302, 307])
async def test_an_answer_sends_nobody_elsewhere_and_a_write_goes_out_once(
    open_stage: OpenStage, status: int, location: str
) -> None:
    async with open_stage(retries=3) as stage:
        stage.fake.faults.add(Fault(status=status, headers={"location": location, "refresh": f"0; url={location}"}))
        reply = await stage.ask(CREATE, {"body": BODY})
        assert [request.method for request in stage.fake.requests] == ["POST"]
        assert "sent" not in reply.content


@pytest.mark.parametrize("link", ["https://evil.example/x?page=2", "//evil.example/x?page=2", "/papi/v1/other?page=2"])
async def test_a_next_link_gives_its_query_and_never_its_place(stage: Stage, link: str) -> None:
    body = {"metadata": {"page": 1, "pageSize": 1, "totalElements": 9}, "zones": [{"zone": "a"}], "nextLink": link}
    stage.fake.faults.add(Fault(times=2, body=json.dumps(body).encode(), headers={"link": f'<{link}>; rel="next"'}))
    await stage.ask("akamai_read", name="config-dns/v2#get-zones", paginate=True, maxPages=2)
    assert {request.target.partition("?")[0] for request in stage.fake.requests} == {"/config-dns/v2/zones"}


@pytest.mark.parametrize("depth", [129, 300, 900])
async def test_an_answer_that_is_nested_too_deeply_is_given_as_text(stage: Stage, depth: int) -> None:
    content = b"[" * depth + b"]" * depth
    stage.fake.faults.add(Fault(body=content))
    reply = await stage.ask("akamai_read", name="papi/v1#get-contracts", cache="off")
    assert (reply.failed, reply.content["body"]) == (False, content.decode())
    assert "levels" in reply.content["note"]


async def test_an_answer_as_deep_as_may_be_is_json(either: Stage) -> None:
    either.fake.faults.add(Fault(body=b"[" * 128 + b"]" * 128))
    reply = await either.ask("akamai_read", name="papi/v1#get-contracts", cache="off")
    assert not reply.failed
    assert isinstance(reply.content["body"], list)


@pytest.mark.parametrize(("tool", "argument"), [(tool, argument) for tool, arguments in TEXTS.items() for argument in arguments])
async def test_a_text_that_is_too_long_is_refused_at_once(stage: Stage, tool: str, argument: str) -> None:
    more = {"method": "GET"} if argument == "path" else {"name": READ} if argument == "at" else {}
    begun = time.process_time()
    reply = await stage.refused(tool, {**more, argument: "/" + "a/" * 500_000})
    assert time.process_time() - begun < 5
    assert f"'{argument}' is longer than" in reply.problem
    assert len(reply.text) < 2000


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (READ, {LARGE: 1}),
        ("akamai_read", {"name": READ, "arguments": {LARGE: 1}}),
        ("akamai_raw_request", {"method": "GET", "path": "/a", "headers": {LARGE: "1"}}),
        ("akamai_raw_request", {"toolName": READ, "pathParams": {LARGE: "1"}}),
        ("akamai_read", {"name": READ, "customer": LARGE}),
        ("akamai_read", {LARGE: 1}),
        (LARGE, {}),
    ],
)  # fmt: skip
async def test_a_refusal_does_not_repeat_what_is_long(stage: Stage, tool: str, arguments: dict[str, Any]) -> None:
    assert len((await stage.refused(tool, arguments)).text) < 2000


@pytest.mark.parametrize(
    ("tool", "arguments", "why"),
    [
        ("akamai_read", {"name": READ, "arguments": {f"a{n}": n for n in range(1001)}}, "the limit is 1000"),
        ("akamai_raw_request", {"toolName": READ, "pathParams": {"propertyId": "1"}, "queryParams": {f"a{n}": n for n in range(1001)}}, "the limit is 1000"),
        ("akamai_raw_request", {"toolName": READ, "pathParams": {"propertyId": "1"}, "headers": {f"a{n}": n for n in range(1001)}}, "the limit is 1000"),
        ("akamai_raw_request", {"toolName": READ, "pathParams": {"propertyId": "1"}, "queryParams": {"a": ["b"] * 40_000}}, "characters; the limit"),
        (CREATE, {"body": {"name": "x" * 4_200_000}}, "4194304"),
        (CREATE, {"body": {"list": ["x"] * 900_000}}, "150000 values"),
        ("akamai_raw_request", {"toolName": READ, "queryParams": {"a": ["b"] * 900_000}}, "150000 values"),
        ("akamai_read", {"name": READ, "arguments": {"a": ["b"] * 900_000}}, "150000 values"),
        ("akamai_write", {"name": CREATE, "arguments": {"body": reduce(lambda inner, _: [inner], range(182), 0)}}, "180 levels"),
    ],
)  # fmt: skip
async def test_arguments_have_limits_of_count_and_size(stage: Stage, tool: str, arguments: dict[str, Any], why: str) -> None:
    assert why in (await stage.refused(tool, arguments)).text


@pytest.mark.parametrize("depth", [300, 2000])
async def test_a_line_that_is_nested_too_deeply_is_not_read_and_harms_nothing(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path, depth: int
) -> None:
    deep = "[" * depth + "]" * depth
    call = f'{{"name": "akamai_write", "arguments": {{"name": "{CREATE}", "arguments": {{"body": {deep}}}}}}}'
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        await child.write(f'{{"jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": {call}}}')
        assert (await child.ask("tools/list"))["result"]["tools"]
        status, errors = await child.end()
    assert (status, len(fake.requests)) == (0, 0)
    assert "Traceback" not in errors + "".join(child.lines)


async def test_a_dry_run_of_a_large_body_is_cut_to_its_budget_and_says_so(stage: Stage) -> None:
    body = {f"k{number}": number for number in range(100_000)}
    reply = await stage.ask("akamai_raw_request", method="POST", path="/new/v1/x", body=body, dryRun=True)
    assert not reply.failed
    assert len(reply.text) < 60_000
    assert reply.content["_cut"]["cuts"][0]["of"] == 100_000
    assert len(stage.fake.requests) == 0


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "a/../../secret", "secret-link", "folder-link/secret", "\x00"])
async def test_a_body_comes_from_no_file_outside_of_its_folder(open_stage: OpenStage, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("SECRETFILE")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "secret-link").symlink_to(tmp_path / "secret")
    (folder / "folder-link").symlink_to(tmp_path)
    async with open_stage(files_dir=folder, confirm="never") as stage:
        zone = {"name": "config-dns/v2#post-zones-zone-zone-file", "arguments": {"zone": "example.com", "body": {"file": name}}}
        reply = await stage.refused("akamai_write", zone)
        assert "SECRETFILE" not in reply.text


@pytest.mark.parametrize("header", ["a\r\nHost: evil.example", "a\nb", "a\x00b", "é", " a", "x" * 9000])
async def test_a_header_that_is_not_one_line_is_refused(stage: Stage, header: str) -> None:
    await stage.refused(READ, {"propertyId": "prp_1", "ifMatch": header})
    await stage.refused("akamai_raw_request", toolName=READ, pathParams={"propertyId": "prp_1"}, headers={"If-Match": header})
