"""Each layer of the pipeline is on the live path: shown through MCP, against the requests that arrive."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from mcp_stage import OpenStage, Stage

from akamai_mcp.sandbox.faults import Fault

READ = {"name": "network-lists/v2#get-network-lists"}
CREATE = {"name": "network-lists/v2#post-network-lists", "arguments": {"body": {"name": "x", "type": "IP", "list": []}}}


def remove(list_id: str) -> dict[str, object]:
    return {"name": "network-lists/v2#delete-network-list", "arguments": {"networkListId": list_id}}


async def counted(stage: Stage, event: str) -> int:
    return int((await stage.ask("akamai_registry_stats")).content["pipeline"][event])


async def test_a_repeated_read_comes_from_the_cache_and_says_so(stage: Stage) -> None:
    first, second = await stage.ask("akamai_read", READ), await stage.ask("akamai_read", READ)
    assert "_cache" not in first.content
    assert second.content["_cache"]["hit"] is True
    assert second.content["body"] == first.content["body"]
    assert (len(stage.fake.requests), await counted(stage, "cacheHits")) == (1, 1)


async def test_a_write_makes_ones_own_reads_fresh_again(stage: Stage) -> None:
    await stage.ask("akamai_read", READ)
    made = await stage.ask("akamai_write", CREATE)
    again = await stage.ask("akamai_read", READ)
    assert "_cache" not in again.content
    assert made.content["body"]["uniqueId"] in [row.get("uniqueId") for row in again.content["body"]["networkLists"]]


async def test_the_cache_can_be_refreshed_left_out_or_asked_alone(stage: Stage) -> None:
    alone = await stage.ask("akamai_read", READ, cache="only")
    assert alone.failed
    assert len(stage.fake.requests) == 0
    for mode in ("use", "refresh", "off"):
        assert not (await stage.ask("akamai_read", READ, cache=mode)).failed
    assert len(stage.fake.requests) == 3


async def test_what_holds_a_credential_is_never_cached(stage: Stage) -> None:
    for _ in range(2):
        await stage.agreed("akamai_read", {"name": "edgekv/v1#get-token", "arguments": {"tokenName": "t"}})
    assert len(stage.fake.requests) == 2


async def test_a_hundred_identical_reads_at_once_are_one_request(stage: Stage) -> None:
    stage.fake.faults.add(Fault(delay=0.1))
    replies = await asyncio.gather(*(stage.ask("akamai_read", READ) for _ in range(100)))
    assert not any(reply.failed for reply in replies)
    assert len(stage.fake.requests) == 1
    assert await counted(stage, "coalesced") + await counted(stage, "cacheHits") == 99


async def test_a_read_is_sent_again_after_a_failure_and_each_attempt_is_signed_anew(open_stage: OpenStage) -> None:
    async with open_stage(retries=3) as stage:
        stage.fake.faults.add(Fault(status=503, retry_after="0", times=2))
        assert not (await stage.ask("akamai_read", READ)).failed
        signatures = {request.header("authorization") for request in stage.fake.requests}
        assert (len(stage.fake.requests), len(signatures), await counted(stage, "retries")) == (3, 3, 2)


UNCLEAR = {
    "500": Fault(status=500),
    "502": Fault(status=502),
    "503 without Retry-After": Fault(status=503),
    "504": Fault(status=504),
    "dropped before": Fault(drop=True),
    "dropped after": Fault(drop=True, before=False),
    "truncated": Fault(truncate=True),
}


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR.keys())
async def test_a_creation_is_never_sent_twice_whatever_goes_wrong(open_stage: OpenStage, fault: Fault) -> None:
    async with open_stage(retries=3) as stage:
        stage.fake.faults.add(fault)
        assert (await stage.ask("akamai_write", CREATE)).failed
        assert len(stage.fake.requests) == 1


async def test_a_creation_that_was_refused_untouched_is_sent_again(open_stage: OpenStage) -> None:
    async with open_stage(retries=3) as stage:
        stage.fake.faults.add(Fault(status=429, retry_after="0"))
        assert not (await stage.ask("akamai_write", CREATE)).failed
        assert len(stage.fake.requests) == 2


LIST = {"name": "network-lists/v2#get-network-list", "arguments": {"networkListId": "1_L"}}
CHANGE = {
    "name": "network-lists/v2#put-network-list",
    "arguments": {"networkListId": "1_L", "ifMatch": '"a"', "body": {"name": "x", "type": "IP", "syncPoint": 1, "list": []}},
}
BURST = (
    b'{"type": "https://problems.luna.akamaiapis.net/-/pep-authn/request-error", "title": "Bad request",'
    b' "detail": "The request was denied by the WAF deny rule IPBLOCK-BURST4-54013", "requestId": "b1"}'
)


def tagged(tag: str) -> Fault:
    return Fault(method="GET", headers={"etag": tag}, body=b'{"uniqueId": "1_L", "list": []}')


@pytest.mark.parametrize("status", [404, 409, 410, 412, 428])
async def test_what_is_read_after_a_refusal_that_it_was_old_comes_from_akamai(stage: Stage, status: int) -> None:
    stage.fake.faults.add(tagged('"a"'))
    assert (await stage.ask("akamai_read", LIST)).content["headers"]["etag"] == '"a"'
    stage.fake.faults.add(Fault(method="PUT", status=status), tagged('"b"'))
    assert (await stage.ask("akamai_write", CHANGE)).content["status"] == status
    again = await stage.ask("akamai_read", LIST)
    assert (again.content["headers"]["etag"], "_cache" in again.content) == ('"b"', False)
    assert [request.method for request in stage.fake.requests] == ["GET", "PUT", "GET"]


async def test_a_refusal_of_another_kind_leaves_what_was_read(stage: Stage) -> None:
    stage.fake.faults.add(tagged('"a"'))
    await stage.ask("akamai_read", LIST)
    stage.fake.faults.add(Fault(method="PUT", status=403))
    await stage.ask("akamai_write", CHANGE)
    assert (await stage.ask("akamai_read", LIST)).content["_cache"]["hit"]


async def test_a_refusal_after_a_lost_attempt_says_that_it_may_have_taken_effect(open_stage: OpenStage) -> None:
    async with open_stage(retries=3) as stage:
        stage.fake.faults.add(Fault(method="DELETE", drop=True), Fault(method="DELETE", status=404))
        refused = await stage.agreed("akamai_destroy", remove("1_L"))
        assert (refused.failed, refused.content["status"], len(stage.fake.requests)) == (True, 404, 2)
        assert "may have taken effect" in refused.content["advice"]


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        (Fault(status=429, retry_after="7.5"), 7.5),
        (Fault(status=503, retry_after="7"), 7.0),
        (Fault(status=400, body=BURST), 5.0),
    ],
)
async def test_a_refusal_says_when_to_try_again_and_that_nothing_was_done(
    open_stage: OpenStage, fault: Fault, seconds: float
) -> None:
    async with open_stage(retries=0) as stage:
        stage.fake.faults.add(fault)
        refused = await stage.ask("akamai_write", CREATE)
        assert (refused.failed, refused.content["retryAfterSeconds"]) == (True, seconds)
        assert "nothing was done" in refused.content["advice"]
        assert "schemaMismatches" not in refused.content


async def test_a_creation_that_a_limit_refused_is_sent_again_when_the_limit_says(open_stage: OpenStage) -> None:
    async with open_stage(retries=3) as stage:
        soon = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat(timespec="milliseconds")
        stage.fake.faults.add(
            Fault(status=429, headers={"x-ratelimit-next": soon}),
            Fault(status=429, body=f'{{"detail": "Limit reached, try after {soon}"}}'.encode()),
        )
        assert not (await stage.ask("akamai_write", CREATE)).failed
        times = [request.at for request in stage.fake.requests]
        assert len(times) == 3
        assert times[1] - times[0] > 0.5


async def test_an_open_circuit_fails_at_once_and_says_when_it_tries_again(open_stage: OpenStage) -> None:
    async with open_stage(retries=0) as stage:
        stage.fake.faults.add(Fault(status=500, times=None))
        for _ in range(8):
            await stage.ask("akamai_read", READ, cache="off")
        refused = await stage.refused("akamai_read", READ, cache="off")
        assert refused.content["retryAfterSeconds"] > 0
        assert "network-lists/v2" in (await stage.ask("akamai_registry_stats")).content["openCircuits"]
        assert not (await stage.ask("akamai_read", {"name": "config-dns/v2#get-zones"})).problem.startswith("network-lists")


async def test_no_more_calls_run_at_once_than_is_allowed(open_stage: OpenStage) -> None:
    async with open_stage(concurrency=2) as stage:
        stage.fake.faults.add(Fault(delay=0.03, times=None))
        reads = [
            stage.ask("akamai_read", {"name": "network-lists/v2#get-network-list", "arguments": {"networkListId": str(n)}})
            for n in range(6)
        ]
        await asyncio.gather(*reads)
        times = sorted(request.at for request in stage.fake.requests)
        assert all(later - earlier > 0.02 for earlier, later in zip(times, times[2:], strict=False))
        assert await counted(stage, "limiterWaits") >= 4


async def test_a_cancelled_call_lets_go_of_its_request(stage: Stage) -> None:
    stage.fake.faults.add(Fault(delay=5.0))
    call = asyncio.ensure_future(stage.ask("akamai_read", READ))
    while not stage.fake.requests:
        await asyncio.sleep(0.01)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert not (await stage.ask("akamai_read", {"name": "config-dns/v2#get-zones"})).failed


async def test_a_cookie_of_one_customer_never_goes_out_with_a_call_of_another(stage: Stage) -> None:
    stage.fake.faults.add(Fault(headers={"set-cookie": "session=of-the-first; Path=/"}))
    await stage.ask("akamai_read", READ)
    await stage.ask("akamai_read", READ, customer="second")
    assert stage.seen.header("cookie") is None


async def test_a_clock_that_is_off_is_corrected_and_counted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.fake, "_clock", lambda: time.time() + 3600)
    assert not (await stage.ask("akamai_write", CREATE)).failed
    assert (len(stage.fake.requests), await counted(stage, "clockCorrections")) == (2, 1)
    assert not (await stage.ask("akamai_read", READ)).failed
    assert (len(stage.fake.requests), await counted(stage, "clockCorrections")) == (3, 1)


async def test_what_akamai_said_of_a_limit_is_in_the_figures_by_customer_and_api(stage: Stage) -> None:
    assert "rateLimits" not in (await stage.ask("akamai_registry_stats")).content
    told = {"x-ratelimit-limit": "100;w=60", "x-ratelimit-remaining": "80"}
    stage.fake.faults.add(Fault(headers=told), Fault(headers={**told, "x-ratelimit-remaining": "79"}))
    first = await stage.ask("akamai_read", name="papi/v1#get-contracts")
    await stage.ask("akamai_read", name="papi/v1#get-contracts", customer="second")
    assert "headers" not in first.content  # enough is left
    limits = (await stage.ask("akamai_registry_stats")).content["rateLimits"]
    assert [(one["customer"], one["api"], one["limit"], one["remaining"]) for one in limits] == [
        ("default", "papi/v1", 100, 80),
        ("second", "papi/v1", 100, 79),
    ]
    assert all(0 < one["endsInSeconds"] <= one["windowSeconds"] == 60 for one in limits)
