"""When a circuit opens, what it holds back, and how it closes again."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from pipeline_fakes import FakeClock, FakeUpstream, call, ok

from akamai_mcp.errors import UpstreamBusyError, UpstreamTimeout
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.circuit_breaker import BreakerPolicy, CircuitBreaker
from akamai_mcp.pipeline.counters import Counters


class Kit:
    def __init__(self, *outcomes: Response | Exception) -> None:
        self.clock = FakeClock()
        self.upstream = FakeUpstream(*outcomes)
        self.counters = Counters()
        self.layer = CircuitBreaker(self.upstream, BreakerPolicy(failures=3, open_seconds=15), self.counters, clock=self.clock)

    async def fail(self, times: int, **changes: object) -> None:
        for _ in range(times):
            with suppress(UpstreamTimeout):
                await self.layer(call(**changes))  # type: ignore[arg-type]


async def test_failures_in_a_row_open_the_circuit_and_calls_then_fail_at_once() -> None:
    kit = Kit(ok(status=502))
    await kit.fail(3)
    with pytest.raises(UpstreamBusyError) as refusal:
        await kit.layer(call())
    assert (refusal.value.retry_after, len(kit.upstream.calls)) == (15.0, 3)
    assert kit.counters["breakerOpened"] == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 429])
async def test_refusals_of_the_caller_never_open_it(status: int) -> None:
    kit = Kit(ok(status=status))
    await kit.fail(10)
    assert len(kit.upstream.calls) == 10


async def test_a_success_begins_the_count_anew() -> None:
    kit = Kit(UpstreamTimeout("t"), UpstreamTimeout("t"), ok(), UpstreamTimeout("t"), UpstreamTimeout("t"), ok())
    await kit.fail(6)
    assert len(kit.upstream.calls) == 6


async def test_after_its_time_one_probe_passes_and_closes_it() -> None:
    kit = Kit(ok(status=500), ok(status=500), ok(status=500), ok(b"well"))
    await kit.fail(3)
    kit.clock.now += 15
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
    with pytest.raises(UpstreamBusyError):
        await kit.layer(call())
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    held.set()
    assert (await kit.layer(call())).content == b"well"


async def test_circuits_of_other_customers_and_other_apis_stay_closed() -> None:
    kit = Kit(ok(status=500))
    await kit.fail(3)
    assert (await kit.layer(call(customer="other"))).status == 500
    assert (await kit.layer(call(operation="appsec/v1#op"))).status == 500
