"""When a circuit opens, what it holds back, and how it closes again."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from pipeline_fakes import FakeClock, FakeUpstream, call, ok

from akamai_mcp.errors import (
    CredentialsError,
    UploadChangedError,
    UpstreamBusyError,
    UpstreamConnectError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTlsError,
    UpstreamTooLargeError,
)
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.circuit_breaker import BreakerPolicy, CircuitBreaker
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.limits import LimitPolicy, Limits


class Kit:
    def __init__(self, *outcomes: Response | Exception) -> None:
        self.clock = FakeClock()
        self.upstream = FakeUpstream(*outcomes)
        self.counters = Counters()
        self.layer = CircuitBreaker(self.upstream, BreakerPolicy(failures=3, open_seconds=15), self.counters, clock=self.clock)

    async def fail(self, times: int, **changes: object) -> None:
        for _ in range(times):
            with suppress(Exception):
                await self.layer(call(**changes))  # type: ignore[arg-type]


async def test_failures_in_a_row_open_the_circuit_and_calls_then_fail_at_once() -> None:
    kit = Kit(ok(status=502))
    await kit.fail(3)
    kit.clock.now += 2.75
    with pytest.raises(UpstreamBusyError) as refusal:
        await kit.layer(call())
    assert (refusal.value.message, refusal.value.advice) == (
        "papi/v1 failed 3 times in a row for customer 'acme'; calls are held back.",
        "It is tried again in 12 s. Nothing was sent.",
    )
    assert (refusal.value.retry_after, len(kit.upstream.calls)) == (12.25, 3)
    assert {event: count for event, count in kit.counters.as_dict().items() if count} == {
        "breakerOpened": 1,
        "breakerRefusals": 1,
    }


async def test_by_default_eight_failures_open_it_for_a_quarter_of_a_minute() -> None:
    clock, upstream = FakeClock(), FakeUpstream(ok(status=500))
    layer = CircuitBreaker(upstream, BreakerPolicy(), Counters(), clock=clock)
    for _ in range(7):
        await layer(call())
    assert layer.open_circuits() == []
    await layer(call())
    assert layer.open_circuits() == [("papi/v1", 15.0)]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 429])
async def test_refusals_of_the_caller_never_open_it(status: int) -> None:
    kit = Kit(ok(status=status))
    await kit.fail(10)
    assert len(kit.upstream.calls) == 10
    assert (kit.layer.open_circuits(), kit.counters["breakerOpened"]) == ([], 0)


FAILURES = [
    UpstreamTimeout("t"),
    UpstreamConnectError("c"),
    UpstreamTlsError("x"),
    UpstreamProtocolError("p"),
    ok(status=500),
    ok(status=503, retry_after="1"),
]
LEARNT_NOTHING = [
    UpstreamBusyError("full", retry_after=1),
    UploadChangedError("f", "changed"),
    CredentialsError("c"),
    RuntimeError("a fault of ours"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
async def test_three_failures_of_any_kind_open_it(failure: Response | Exception) -> None:
    kit = Kit(failure)
    await kit.fail(3)
    assert [api for api, _ in kit.layer.open_circuits()] == ["papi/v1"]
    with pytest.raises(UpstreamBusyError):
        await kit.layer(call())
    assert (len(kit.upstream.calls), kit.counters["breakerOpened"], kit.counters["breakerRefusals"]) == (3, 1, 1)


@pytest.mark.parametrize("result", LEARNT_NOTHING, ids=repr)
async def test_what_is_our_own_doing_never_opens_it_nor_begins_the_count_anew(result: Exception) -> None:
    kit = Kit(ok(status=500), ok(status=500), result, result, result, ok(status=500))
    await kit.fail(5)
    assert kit.layer.open_circuits() == []
    await kit.fail(1)
    assert len(kit.layer.open_circuits()) == 1


@pytest.mark.parametrize("result", LEARNT_NOTHING, ids=repr)
async def test_a_probe_that_never_reached_akamai_frees_its_place_for_the_next(result: Exception) -> None:
    kit = Kit(ok(status=500), ok(status=500), ok(status=500), result, ok(b"well"))
    await kit.fail(3)
    kit.clock.now += 15
    await kit.fail(1)
    assert (await kit.layer(call())).content == b"well"
    assert len(kit.upstream.calls) == 5


async def test_a_probe_that_the_limiter_refuses_frees_its_place() -> None:
    clock = FakeClock()
    upstream = FakeUpstream(ok(status=500), ok(status=500), ok(status=500), ok(b"well"))
    limits = Limits(upstream, LimitPolicy(rate=0.01, burst=3, longest_wait=1), Counters(), clock=clock, sleep=clock.sleep)
    layer = CircuitBreaker(limits, BreakerPolicy(failures=3, open_seconds=15), Counters(), clock=clock)
    for _ in range(3):
        await layer(call())
    clock.now += 15
    with pytest.raises(UpstreamBusyError, match="Too many"):
        await layer(call())
    clock.now += 85
    assert (await layer(call())).content == b"well"


async def test_a_response_that_is_too_large_shows_that_the_api_works() -> None:
    large = UpstreamTooLargeError("x")
    large.effect = "taken"
    kit = Kit(ok(status=500), ok(status=500), large, ok(status=500), ok(status=500))
    await kit.fail(5)
    assert kit.layer.open_circuits() == []


async def test_a_success_begins_the_count_anew() -> None:
    kit = Kit(UpstreamTimeout("t"), UpstreamTimeout("t"), ok(), UpstreamTimeout("t"))
    await kit.fail(5)
    assert kit.layer.open_circuits() == []
    await kit.fail(1)
    assert len(kit.layer.open_circuits()) == 1


async def test_after_its_time_one_probe_passes_and_closes_it() -> None:
    kit = Kit(ok(status=500), ok(status=500), ok(status=500), ok(b"well"))
    await kit.fail(3)
    kit.clock.now += 14
    assert kit.layer.open_circuits() == [("papi/v1", 1.0)]
    kit.clock.now += 1
    assert kit.layer.open_circuits() == []
    assert (await kit.layer(call())).content == b"well"
    assert (await kit.layer(call())).content == b"well"


async def test_a_failed_probe_opens_it_again() -> None:
    kit = Kit(ok(status=500))
    await kit.fail(3)
    kit.clock.now += 15
    await kit.fail(1)
    with pytest.raises(UpstreamBusyError):
        await kit.layer(call())
    assert len(kit.upstream.calls) == 4


async def test_only_one_probe_passes_at_a_time_and_an_abandoned_one_frees_its_place() -> None:
    kit = Kit(ok(status=500), ok(status=500), ok(status=500), ok(b"well"))
    await kit.fail(3)
    kit.clock.now += 15
    held = asyncio.Event()

    async def hold(_: object) -> None:
        await held.wait()

    kit.upstream.before = hold
    probe = asyncio.ensure_future(kit.layer(call()))
    await asyncio.sleep(0)
    kit.clock.now += 1
    with pytest.raises(UpstreamBusyError) as refusal:
        await kit.layer(call())
    assert refusal.value.retry_after == 0.0
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    held.set()
    assert (await kit.layer(call())).content == b"well"


async def test_circuits_of_other_customers_and_other_apis_stay_closed() -> None:
    kit = Kit(ok(status=500))
    await kit.fail(3)
    assert (await kit.layer(call(customer="other"))).status == 500
    assert (await kit.layer(call(operation="appsec/v1#op"))).status == 500
