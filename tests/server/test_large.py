"""Answers that are too large, compressed beyond reason or broken off: memory stays bounded and the answer says what happened."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp_stage import MIB, MOST_MEMORY, MOST_WHILE_STREAMING, STREAMED, OpenStage, Stage, peak_memory, start_child

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

BUNDLE = {"name": "edgeworkers/v1#get-version-content", "arguments": {"edgeWorkerId": 1, "version": "1"}}
LISTS = {"name": "network-lists/v2#get-network-lists"}


@pytest.fixture(autouse=True)
def small_again(fake: FakeAkamai) -> Iterator[None]:
    yield
    fake.reset()


async def test_a_download_of_100_mib_goes_to_its_file_as_it_comes(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    fake.faults.add(Fault(content_type="application/gzip", body_size=STREAMED))
    async with start_child({**child_environment, "AKAMAI_MCP_DOWNLOADS_DIR": str(tmp_path / "downloads")}, tmp_path) as child:
        await child.hello()
        answer = await child.ask("tools/call", {"name": "akamai_read", "arguments": BUNDLE})
        body = answer["result"]["structuredContent"]["body"]
        assert Path(body["savedTo"]).stat().st_size == body["bytes"] == STREAMED
        assert peak_memory(child.process.pid) < MOST_WHILE_STREAMING


def rows(size: int) -> bytes:
    """JSON of many small objects, at most so many bytes: the kind that takes the most memory to read."""
    row = b'{"uniqueId":"12345_LIST","name":"a list","type":"IP","elementCount":3,"tags":["a","b"]},'
    return b'{"networkLists":[' + (row * ((size - 20) // len(row)))[:-1] + b"]}"


async def test_the_largest_json_that_is_read_into_memory_is_cut_and_kept_within_it(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    answer = rows(16 * MIB)
    fake.faults.add(Fault(body=answer))
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        content = (await child.call("akamai_read", **LISTS))["result"]["structuredContent"]
        assert content["_cut"]["bytes"] == len(answer) > 16 * MIB - 200
        rest = await child.call("akamai_read", name=content["_cut"]["whole"], select="length(networkLists)")
        assert rest["result"]["structuredContent"]["body"] == answer.count(b"uniqueId")
        assert peak_memory(child.process.pid) < MOST_MEMORY


async def test_json_of_50_mib_is_saved_as_it_came_once_the_advice_is_followed(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    answer = rows(50 * MIB)
    fake.faults.add(Fault(body=answer, times=2))
    downloads = tmp_path / "downloads"
    async with start_child({**child_environment, "AKAMAI_MCP_DOWNLOADS_DIR": str(downloads)}, tmp_path) as child:
        await child.hello()
        body = (await child.call("akamai_read", **LISTS))["result"]["structuredContent"]["body"]
        assert Path(body["savedTo"]).read_bytes() == answer
        assert (body["bytes"], body["contentType"]) == (len(answer), "application/json")
        assert body["begins"] == answer[: len(body["begins"])].decode()
        assert len(body["begins"]) == 2000
        selected = (await child.call("akamai_read", **LISTS, select="networkLists[0]"))["result"]["structuredContent"]
        assert Path(selected["body"]["savedTo"]).stat().st_size == len(answer)
        assert "select was not applied" in selected["note"]
        assert peak_memory(child.process.pid) < MOST_MEMORY


async def test_json_of_50_mib_is_refused_with_what_to_do(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    fake.faults.add(Fault(body=b'{"networkLists": ["' + b"x" * (50 * MIB) + b'"]}'))
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        answer = await child.ask("tools/call", {"name": "akamai_read", "arguments": LISTS})
        content = answer["result"]["structuredContent"]
        assert "larger than" in content["problem"]["detail"]
        assert "AKAMAI_MCP_DOWNLOADS_DIR" in content["advice"]
        assert peak_memory(child.process.pid) < MOST_MEMORY
    assert len(fake.requests) == 1


async def test_json_that_is_too_large_for_memory_is_saved_where_that_is_allowed(open_stage: OpenStage, tmp_path: Path) -> None:
    async with open_stage(downloads_dir=tmp_path, max_response_bytes=MIB) as stage:
        stage.fake.faults.add(Fault(body=b'["' + b"x" * (2 * MIB) + b'"]'))
        body = (await stage.ask("akamai_read", LISTS)).content["body"]
        assert Path(body["savedTo"]).stat().st_size == 2 * MIB + 4


async def test_a_compressed_answer_is_what_was_compressed(stage: Stage) -> None:
    body = b'{"networkLists": ["' + b"x" * 300_000 + b'"]}'
    stage.fake.faults.add(Fault(body=gzip.compress(body), headers={"content-encoding": "gzip"}))
    reply = await stage.ask("akamai_read", LISTS, select="length(networkLists[0])")
    assert reply.content["body"] == 300_000
    assert stage.seen.header("accept-encoding") == "gzip, deflate"


async def test_a_download_that_breaks_off_leaves_no_file(open_stage: OpenStage, tmp_path: Path) -> None:
    async with open_stage(downloads_dir=tmp_path) as stage:
        stage.fake.faults.add(Fault(content_type="application/gzip", body_size=16 * MIB, truncate=True))
        assert (await stage.ask("akamai_read", BUNDLE)).failed
        assert list(tmp_path.iterdir()) == []


async def test_content_that_is_not_what_its_type_says_is_given_with_a_note(stage: Stage) -> None:
    stage.fake.faults.add(Fault(body=b"<html>not json</html>"))
    reply = await stage.ask("akamai_read", LISTS)
    assert (reply.content["body"], "is not JSON" in reply.content["note"]) == ("<html>not json</html>", True)


async def test_a_download_folder_that_cannot_be_written_does_not_pretend_that_nothing_was_sent(
    open_stage: OpenStage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    async with open_stage(downloads_dir=blocked / "below") as stage:
        stage.fake.faults.add(Fault(content_type="application/gzip", body_size=8 * MIB))
        reply = await stage.ask("akamai_read", BUNDLE)
        assert reply.failed
        assert "sent" not in reply.content
        assert "AKAMAI_MCP_DOWNLOADS_DIR" in reply.advice
        stage.fake.faults.add(Fault(content_type="application/gzip", body_size=MIB))
        assert "whole" in (await stage.ask("akamai_read", BUNDLE)).content["body"]
    assert "the download folder cannot be written" in capsys.readouterr().err
