"""The audit trail through MCP: each attempt to change something leaves one line, whatever became of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import UNANSWERED, OpenStage, start_child

from akamai_mcp.audit.file import beside
from akamai_mcp.audit.line import digest
from akamai_mcp.errors import SettingsError
from akamai_mcp.request.arguments import Placed
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

PURGE = {"name": "ccu/v3#post-delete-url", "arguments": {"network": "staging", "body": {"objects": ["https://www.example.com/"]}}}
CREATE: dict[str, Any] = {
    "name": "network-lists/v2#post-network-lists",
    "arguments": {"body": {"name": "a", "type": "IP", "list": []}},
}
CHANGE: dict[str, Any] = {
    "name": "network-lists/v2#put-network-list",
    "arguments": {"networkListId": "1_L", "body": {"name": "a", "type": "IP", "syncPoint": 1, "list": []}},
}


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def lines(trail: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in trail.read_text().splitlines()]


@pytest.mark.smoke
async def test_a_write_that_akamai_takes_leaves_one_line_before_its_result(open_stage: OpenStage, trail: Path) -> None:
    async with open_stage(audit_file=trail) as stage:
        assert not (await stage.ask("akamai_write", CREATE)).failed
        [line] = lines(trail)
    assert (line["decision"], line["status"], line["customer"], line["who"]) == ("allowed", 201, "default", "local")
    assert (line["method"], line["target"]) == ("POST", "/network-list/v2/network-lists")
    assert (line["operation"], line["effect"]) == (CREATE["name"], "write")
    assert line["requestId"]
    sent = Placed(body=CREATE["arguments"]["body"])
    assert line["arguments"] == digest(sent.located(), beside(trail, ".key").read_bytes())


async def test_a_read_leaves_none_unless_it_shows_a_credential(open_stage: OpenStage, trail: Path) -> None:
    async with open_stage(audit_file=trail) as stage:
        await stage.ask("akamai_read", name="papi/v1#get-contracts")
        assert lines(trail) == []
        await stage.agreed("akamai_read", name="edgekv/v1#get-token", arguments={"tokenName": "t"})
        assert [line["decision"] for line in lines(trail)] == ["refused", "allowed"]


async def test_refused_confirmed_and_failed_attempts_leave_a_line_each(open_stage: OpenStage, trail: Path) -> None:
    async with open_stage(audit_file=trail) as stage:
        token = (await stage.refused("akamai_destroy", PURGE)).content["confirm"]
        await stage.ask("akamai_destroy", PURGE, confirm=token)
        stage.fake.faults.add(Fault(status=403))
        await stage.ask("akamai_write", CREATE)
        stage.fake.faults.add(Fault(status=500))
        await stage.ask("akamai_write", CREATE)
        found = lines(trail)
    assert [(line["decision"], line.get("status")) for line in found] == [
        ("refused", None),
        ("allowed", 201),
        ("failed", 403),
        ("unknown", 500),
    ]
    assert found[0]["reason"] == "The call needs a confirmation"
    assert token not in trail.read_text()


async def test_a_refusal_after_a_lost_attempt_leaves_a_line_that_claims_nothing(open_stage: OpenStage, trail: Path) -> None:
    async with open_stage(audit_file=trail, retries=1) as stage:
        stage.fake.faults.add(Fault(method="POST", status=429, retry_after="0"), Fault(method="POST", status=404))
        await stage.ask("akamai_write", CREATE)
        stage.fake.faults.add(Fault(method="PUT", drop=True, before=False), Fault(method="PUT", status=409))
        await stage.ask("akamai_write", CHANGE)
        found = lines(trail)
    assert [(line["decision"], line["status"]) for line in found] == [("failed", 404), ("unknown", 409)]


@pytest.mark.parametrize(("status", "decision"), [(None, "allowed"), (403, "failed"), (500, "unknown")])
async def test_a_response_that_is_too_large_leaves_the_line_of_its_status(
    open_stage: OpenStage, trail: Path, status: int | None, decision: str
) -> None:
    async with open_stage(audit_file=trail, max_response_bytes=10_000, retries=0) as stage:
        stage.fake.faults.add(Fault(status=status, body_size=20_000))
        assert "larger than" in (await stage.ask("akamai_write", CREATE)).problem
        [line] = lines(trail)
    assert (line["decision"], line["reason"]) == (decision, "UpstreamTooLargeError")


async def test_what_a_rule_refuses_leaves_a_line_that_names_the_rule(open_stage: OpenStage, trail: Path) -> None:
    async with open_stage(audit_file=trail, deny="network-lists") as stage:
        await stage.refused("akamai_write", CREATE)
        [line] = lines(trail)
    assert (line["decision"], "denied by 'network-lists'" in line["reason"]) == ("refused", True)


async def test_a_dry_run_is_no_attempt(open_stage: OpenStage, trail: Path) -> None:
    async with open_stage(audit_file=trail) as stage:
        await stage.ask("akamai_write", CREATE, dryRun=True)
        assert lines(trail) == []


async def test_what_cannot_be_written_down_is_refused_and_reads_go_on(open_stage: OpenStage, tmp_path: Path) -> None:
    folder = tmp_path / "trail"
    folder.mkdir()
    async with open_stage(audit_file=folder / "audit.jsonl") as stage:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        folder.write_text("no folder any more")
        reply = await stage.refused("akamai_write", CREATE)
        assert "audit file cannot be written" in reply.problem
        assert not (await stage.ask("akamai_read", name="papi/v1#get-contracts")).failed


async def test_a_trail_that_is_not_required_stops_nothing(open_stage: OpenStage, tmp_path: Path) -> None:
    async with open_stage(audit_file=tmp_path / "missing" / "audit.jsonl", audit_required=False) as stage:
        reply = await stage.ask("akamai_write", CREATE)
        assert (reply.failed, "audit line could not be written" in reply.content["auditWarning"]) == (False, True)


async def test_a_server_does_not_start_with_a_trail_that_it_cannot_write(open_stage: OpenStage, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="AKAMAI_MCP_AUDIT_FILE"):
        async with open_stage(audit_file=tmp_path / "missing" / "audit.jsonl"):
            pass


async def test_the_trail_is_readable_for_its_owner_alone(open_stage: OpenStage, trail: Path) -> None:
    async with open_stage(audit_file=trail) as stage:
        await stage.ask("akamai_write", CREATE)
    assert {file.stat().st_mode & 0o077 for file in trail.parent.glob("audit.jsonl*")} == {0}


async def test_a_change_that_a_kill_cut_short_has_its_line_at_the_next_start(
    child_environment: dict[str, str], fake: FakeAkamai, trail: Path, tmp_path: Path
) -> None:
    environment = child_environment | {"AKAMAI_MCP_AUDIT_FILE": str(trail)}
    async with start_child(environment, tmp_path) as child:
        await child.hello()
        await child.call("akamai_write", **CREATE)
        fake.faults.add(UNANSWERED)
        asked = {"name": "akamai_write", "arguments": CREATE}
        await child.write(json.dumps({"jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": asked}))
        while len(fake.requests) < 2:
            await asyncio.sleep(0)
        child.process.kill()
        await child.process.wait()
    assert [facts["decision"] for facts in lines(trail)] == ["allowed"]
    async with start_child(environment, tmp_path) as child:
        await child.hello()
        _, errors = await child.end()
    assert [facts["decision"] for facts in lines(trail)] == ["allowed", "unknown"]
    assert "wrote the audit lines of attempts that a crash interrupted" in errors


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (CREATE["name"], CREATE["arguments"]),
        ("akamai_raw_request", {"toolName": CREATE["name"], **CREATE["arguments"]}),
        ("akamai_raw_request", {"method": "POST", "path": "/network-list/v2/network-lists", **CREATE["arguments"]}),
    ],
)
async def test_a_change_through_any_entry_point_has_its_line(
    open_stage: OpenStage, trail: Path, tool: Any, arguments: Any
) -> None:
    async with open_stage(audit_file=trail) as stage:
        assert not (await stage.ask(tool, arguments)).failed
        [line] = lines(trail)
    assert (line["operation"], line["effect"], line["decision"], line["status"]) == (CREATE["name"], "write", "allowed", 201)


async def test_an_attempt_without_an_answer_is_unknown(open_stage: OpenStage, trail: Path) -> None:
    async with open_stage(audit_file=trail, timeout=0.2) as stage:
        stage.fake.faults.add(UNANSWERED)
        await stage.ask("akamai_write", CREATE)
        assert [line["decision"] for line in lines(trail)] == ["unknown"]
