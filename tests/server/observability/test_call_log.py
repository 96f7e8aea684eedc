"""One line in the log for each call: whom it was for, what became of it, where its time went, and nothing secret."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import FIRST, OpenStage, start_child

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

READ = {"name": "network-lists/v2#get-network-lists"}
DELETE = {"name": "network-lists/v2#delete-network-list", "arguments": {"networkListId": "planted-argument"}}


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines of calls, and none of anything else."""
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["event"] for line in found} <= {"call"}
    return found


@pytest.mark.parametrize("era", ["auto", "legacy"])
async def test_a_call_is_one_line_with_its_layers(open_stage: OpenStage, capsys: pytest.CaptureFixture[str], era: str) -> None:
    async with open_stage(era, log_level="info", log_format="json") as stage:
        await stage.ask("akamai_read", READ, customer="second")
    (line,) = lines(capsys)
    assert (line["tool"], line["operation"], line["customer"]) == ("akamai_read", READ["name"], "second")
    assert (line["outcome"], line["status"], line["level"]) == ("ok", 200, "info")
    assert set(line["layers"]) == {"cache", "coalesce", "retry", "breaker", "limits", "upstream"}
    assert 0 < line["layers"]["upstream"] <= line["seconds"]
    assert sum(line["layers"].values()) <= line["seconds"] + 0.001
    assert line["events"]["upstream"] == 1
    assert line["resultBytes"] > 0
    assert len(line["request"]) == 16


async def test_lines_of_two_calls_have_different_requests_and_a_hit_says_so(
    open_stage: OpenStage, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_stage(log_level="info", log_format="json") as stage:
        for _ in range(2):
            await stage.ask("akamai_read", READ)
    first, second = lines(capsys)
    assert first["request"] != second["request"]
    assert second["events"] == {"calls": 1, "cacheHits": 1}
    assert list(second["layers"]) == ["cache"]


async def test_what_is_refused_says_why_and_that_nothing_was_sent(
    open_stage: OpenStage, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_stage(log_level="info", log_format="json") as stage:
        await stage.ask("akamai_destroy", DELETE)
        await stage.ask("akamai_read", READ, customer="planted-customer")
        await stage.ask("akamai_planted_tool")
        await stage.ask("akamai_read", {"name": READ["name"], "arguments": {"planted": 1}})
    told = lines(capsys)
    assert [line["outcome"] for line in told] == ["asked", "credentials", "invalid", "invalid"]
    assert not any("status" in line or "layers" in line for line in told)
    assert told[2]["tool"] == "akamai_unknown_operation"
    assert "planted" not in json.dumps(told)


async def test_retries_and_failures_are_told_with_the_status_of_the_last_answer(
    open_stage: OpenStage, fake: FakeAkamai, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_stage(log_level="info", log_format="json", retries=1) as stage:
        fake.faults.add(Fault(status=503, retry_after="0", times=2))
        await stage.ask("akamai_read", READ)
        fake.faults.add(Fault(drop=True, times=2))
        await stage.ask("akamai_read", READ)
    failed, dropped = lines(capsys)
    assert (failed["outcome"], failed["status"], failed["events"]["retries"]) == ("failed", 503, 1)
    assert dropped["outcome"] == "unreachable"
    assert "status" not in dropped


async def test_the_line_of_a_raw_request_tells_neither_path_nor_query(
    open_stage: OpenStage, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_stage(log_level="info", log_format="json") as stage:
        await stage.ask("akamai_raw_request", method="GET", path="/nowhere/planted", queryParams={"q": "planted"})
    (line,) = lines(capsys)
    assert line["operation"] == "undocumented GET"
    assert "planted" not in json.dumps(line)


async def test_a_call_that_is_given_up_has_its_line_too(open_stage: OpenStage, capsys: pytest.CaptureFixture[str]) -> None:
    async with open_stage(log_level="info", log_format="json") as stage:
        stage.fake.faults.add(Fault(delay=5.0))
        call = asyncio.ensure_future(stage.ask("akamai_read", READ))
        await stage.arrived(1)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await stage.ask("akamai_registry_stats")
    assert [(line["tool"], line["outcome"]) for line in lines(capsys)] == [
        ("akamai_read", "cancelled"),
        ("akamai_registry_stats", "ok"),
    ]


async def test_by_default_calls_leave_no_line(child_environment: dict[str, str], tmp_path: Path) -> None:
    async with start_child(child_environment, tmp_path) as child:
        await child.hello()
        await child.call("akamai_read", **READ)
        assert await child.end() == (0, "")


async def test_readable_lines_go_to_standard_error_and_hold_no_credential(
    child_environment: dict[str, str], tmp_path: Path
) -> None:
    async with start_child({**child_environment, "AKAMAI_MCP_LOG_LEVEL": "info"}, tmp_path) as child:
        await child.hello()
        await child.call("akamai_read", **READ)
        await child.call("akamai_destroy", **DELETE)
        status, err = await child.end()
    assert status == 0
    assert len([line for line in err.splitlines() if "outcome=" in line]) == 2
    for secret in (FIRST.client_token, FIRST.client_secret, FIRST.access_token, "planted-argument"):
        assert secret not in err
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in child.lines)
