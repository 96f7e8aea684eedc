"""A path that a server may read as another operation is judged as that one too, through MCP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage

RAW = "akamai_raw_request"
KEYS = "/config-dns/v2/keys"
RESPELLED = [
    "/config-dns/v2/%6beys",
    "/config-dns/v2/keys;x",
    "/%63onfig-dns/v2/keys",
    "/config-dns/v2/KEYS",
    "/config-dns/v2/keys.",
    "/config-dns/v2/keys%20",
    "/config-dns/v2/%256beys",
    "/config-dns/v2/keys.json",
]
AS_VALUES: list[dict[str, Any]] = [
    {"toolName": "config-dns/v2#get-zone", "pathParams": {"zone": "example.com/key"}},
    {"toolName": "config-dns/v2#get-zone", "pathParams": {"zone": "example.com%2Fkey"}},
    {"toolName": "config-dns/v2#get-zone", "pathParams": {"zone": "example.com\\KEY"}},
]
CALLS = [*({"method": "GET", "path": path} for path in RESPELLED), *AS_VALUES]


@pytest.mark.parametrize("call", CALLS)
async def test_a_call_that_may_show_credentials_is_asked_about(stage: Stage, call: dict[str, Any]) -> None:
    refused = await stage.refused(RAW, call)
    assert "confirm" in refused.content
    assert "credentials" in refused.text


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "rule", ["config-dns/v2#get-keys,config-dns/v2#get-zones-zone-key", f"{KEYS},/config-dns/v2/zones/*/key"]
)
async def test_an_operation_that_is_denied_is_denied_in_every_spelling(
    open_stage: OpenStage, call: dict[str, Any], rule: str
) -> None:
    async with open_stage(deny=rule, confirm="never") as stage:
        assert "is not allowed by this server" in (await stage.refused(RAW, call)).problem


async def test_what_may_show_credentials_is_audited_and_never_cached(open_stage: OpenStage, tmp_path: Path) -> None:
    trail = tmp_path / "audit.jsonl"
    async with open_stage(audit_file=trail, confirm="never") as stage:
        for call in CALLS:
            before = len(stage.fake.requests)
            await stage.ask(RAW, call)
            await stage.ask(RAW, call)
            assert len(stage.fake.requests) == before + 2, call
    assert len([json.loads(line) for line in trail.read_text().splitlines()]) >= 2 * len(CALLS)


async def test_the_question_names_what_the_path_may_be(stage: Stage) -> None:
    refused = await stage.refused(RAW, AS_VALUES[0])
    assert "A server may read the path as" in refused.text


async def test_a_value_with_a_slash_that_is_no_operation_is_sent(stage: Stage) -> None:
    reply = await stage.ask(RAW, toolName="config-dns/v2#get-zone", pathParams={"zone": "a/b"})
    assert ("confirm" in reply.content, stage.seen.target) == (False, "/config-dns/v2/zones/a%2Fb")
