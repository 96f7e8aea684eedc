"""A call that the client cancels ends at once: nothing more is asked, and connections of what was under way are closed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import ERAS, MIB, UNANSWERED, OpenStage, Stage, start_child
from stalling_akamai import stalling_akamai

from akamai_mcp.pipeline.transport.large_bodies import MAX_LARGE_BODIES
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

ACTIVATE = {
    "name": "papi/v1#post-property-activations",
    "arguments": {
        "propertyId": "prp_1",
        "contractId": "ctr_1",
        "groupId": "grp_1",
        "body": {"propertyVersion": 1, "network": "STAGING", "notifyEmails": ["a@example.com"], "activationType": "ACTIVATE"},
    },
    "wait": True,
}
PENDING = Fault(times=None, body=b'{"activations": {"items": [{"status": "PENDING"}]}}', headers={"retry-after": "1"})
TWO_PAGES = (Fault(), Fault(), UNANSWERED)  # so the third is under way when the call is cancelled
ZONES = {"name": "config-dns/v2#get-zones", "paginate": True, "arguments": {"pageSize": 1}}
BUNDLE = {"name": "edgeworkers/v1#get-version-content", "arguments": {"edgeWorkerId": 1, "version": "1"}}
UPLOAD = {"name": "edgeworkers/v1#post-versions", "arguments": {"edgeWorkerId": 1, "body": {"file": "bundle.tgz"}}}
FIVE_OF_NINE = b"HTTP/1.1 200 OK\r\nContent-Type: application/gzip\r\nContent-Length: %d\r\n\r\n" % (9 * MIB) + bytes(5 * MIB)


def begin(stage: Stage, tool: str, arguments: dict[str, Any]) -> asyncio.Task[Any]:
    return asyncio.ensure_future(stage.ask(tool, arguments))


async def cancel(call: asyncio.Task[Any]) -> None:
    call.cancel()
    assert isinstance((await asyncio.gather(call, return_exceptions=True))[0], asyncio.CancelledError)


async def more_than(fake: FakeAkamai, requests: int) -> None:
    while len(fake.requests) <= requests:
        await asyncio.sleep(0.01)


async def nothing_arrives(fake: FakeAkamai, seconds: float) -> None:
    """Fail where a further request reaches the fake Akamai."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(more_than(fake, len(fake.requests)), seconds)


async def test_a_call_that_waits_for_an_outcome_asks_no_more_once_it_is_cancelled(either: Stage) -> None:
    either.fake.faults.add(PENDING)
    call = begin(either, "akamai_write", ACTIVATE)
    await either.arrived(3)  # the activation, and its outcome twice, a second apart
    await cancel(call)
    await nothing_arrives(either.fake, 1.5)


async def test_a_call_that_follows_pages_asks_for_no_more_once_it_is_cancelled(either: Stage) -> None:
    either.fake.collections.items, either.fake.collections.page_size = 1000, 1
    try:
        either.fake.faults.add(*TWO_PAGES)
        call = begin(either, "akamai_read", ZONES)
        await either.arrived(3)
        await cancel(call)
        await nothing_arrives(either.fake, 1.0)
    finally:
        either.fake.collections.items = None


@pytest.mark.parametrize("era", ERAS)
async def test_cancelling_a_download_closes_its_connection_and_leaves_no_file(
    open_stage: OpenStage, tmp_path: Path, era: str
) -> None:
    downloads = tmp_path / "downloads"
    async with (
        stalling_akamai(tmp_path, answer=FIVE_OF_NINE) as fake,
        open_stage(era, **fake.settings, downloads_dir=downloads) as stage,
    ):
        call = begin(stage, "akamai_read", BUNDLE)
        async with asyncio.timeout(20):
            while not (downloads.is_dir() and any(file.stat().st_size for file in downloads.iterdir())):
                await asyncio.sleep(0.01)
        await cancel(call)
        await fake.see_it_go()
        assert list(downloads.iterdir()) == []


@pytest.mark.parametrize("era", ERAS)
async def test_cancelling_an_upload_closes_its_connection_before_the_body_is_whole(
    open_stage: OpenStage, tmp_path: Path, era: str
) -> None:
    with (tmp_path / "bundle.tgz").open("wb") as file:
        file.truncate(50 * MIB)
    async with stalling_akamai(tmp_path) as fake, open_stage(era, **fake.settings, files_dir=tmp_path) as stage:
        call = begin(stage, "akamai_write", UPLOAD)
        async with asyncio.timeout(20):
            await fake.asked.wait()
        await cancel(call)
        await fake.see_it_go()
        assert 0 < fake.received < 50 * MIB


async def test_a_cancellation_over_stdio_stops_the_pages_and_the_server_goes_on(
    child_environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    fake.collections.items, fake.collections.page_size = 1000, 1
    try:
        fake.faults.add(*TWO_PAGES)
        async with start_child(child_environment, tmp_path) as child:
            await child.hello()
            call = {
                "jsonrpc": "2.0",
                "id": "pages",
                "method": "tools/call",
                "params": {"name": "akamai_read", "arguments": ZONES},
            }
            await child.write(json.dumps(call))
            await asyncio.wait_for(more_than(fake, 2), 20)
            cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "pages"}}
            await child.write(json.dumps(cancelled))
            answer = await child.call("akamai_list_customers")
            assert answer["result"]["structuredContent"]["default"] == "default"
            await nothing_arrives(fake, 1.0)
            assert not any(json.loads(line).get("id") == "pages" for line in child.lines)
    finally:
        fake.collections.items = None


async def test_large_reads_that_others_share_leave_no_place_taken_when_the_first_caller_cancels(stage: Stage) -> None:
    body = b'{"text":"' + b"x" * (2 * MIB) + b'"}'
    for number in range(MAX_LARGE_BODIES + 1):
        read = {"name": "papi/v1#get-property", "arguments": {"propertyId": f"prp_{number}"}, "select": "text[0:9]"}
        stage.fake.faults.add(Fault(body=body, delay=1.0))
        first = begin(stage, "akamai_read", read)
        await stage.arrived(number + 1)
        second = begin(stage, "akamai_read", {**read, "customer": "default"})
        async with asyncio.timeout(20):
            while (await stage.ask("akamai_registry_stats")).content["pipeline"]["coalesced"] <= number:
                await asyncio.sleep(0.01)
            await cancel(first)
            assert not (await second).failed
    assert len(stage.fake.requests) == MAX_LARGE_BODIES + 1
