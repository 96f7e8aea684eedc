"""How many at once, how many a second, who waits, and how the rate adapts."""

from __future__ import annotations

import asyncio

import pytest
from pipeline_fakes import FakeClock, FakeUpstream, call, ok

from akamai_mcp.errors import UpstreamBusyError
from akamai_mcp.pipeline.call import Call, Response
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.limits import Bucket, LimitPolicy, Limits, adapted


class Kit:
    def __init__(self, **policy: float) -> None:
        self.clock = FakeClock()
        self.upstream = FakeUpstream(ok())
        self.upstream.before = self._hold
        self.go = asyncio.Event()
        self.go.set()
        self.running = self.most = 0
        self.order: list[str] = []
        self.layer = Limits(self.upstream, LimitPolicy(**policy), Counters(), clock=self.clock, sleep=self.clock.sleep)  # type: ignore[arg-type]

    async def _hold(self, held: Call) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        self.order.append(held.request.target)
        try:
            await self.go.wait()
        finally:
            self.running -= 1

    def start(self, target: str, **changes: object) -> asyncio.Task[Response]:
        return asyncio.ensure_future(self.layer(call(target=target, **changes)))  # type: ignore[arg-type]


async def test_no_more_than_the_allowed_number_run_at_once_and_the_rest_go_in_order() -> None:
    kit = Kit(concurrent=2)
    kit.go.clear()
    tasks = [kit.start(f"/a/{n}") for n in range(6)]
    await asyncio.sleep(0.01)
    assert kit.running == 2
    kit.go.set()
    await asyncio.gather(*tasks)
    assert (kit.most, kit.order) == (2, [f"/a/{n}" for n in range(6)])


async def test_a_noisy_customer_or_api_never_takes_the_place_of_another() -> None:
    kit = Kit(concurrent=1)
    kit.go.clear()
    noisy = [kit.start("/noisy") for _ in range(20)]
    await asyncio.sleep(0.01)
    quiet = [kit.start("/quiet", customer="other"), kit.start("/api", operation="appsec/v1#op")]
    await asyncio.sleep(0.01)
    assert {"/quiet", "/api"} <= set(kit.order)
    kit.go.set()
    await asyncio.gather(*noisy, *quiet)


async def test_a_cancelled_waiter_gives_its_place_to_the_next() -> None:
    kit = Kit(concurrent=1)
    kit.go.clear()
    first, second, third = kit.start("/1"), kit.start("/2"), kit.start("/3")
    await asyncio.sleep(0.01)
    second.cancel()
    kit.go.set()
    await asyncio.gather(first, third)
    assert kit.order == ["/1", "/3"]


async def test_a_full_queue_refuses_with_a_time_to_come_back() -> None:
    kit = Kit(concurrent=1, queue=1)
    kit.go.clear()
    tasks = [kit.start("/1"), kit.start("/2")]
    await asyncio.sleep(0.01)
    with pytest.raises(UpstreamBusyError) as refusal:
        await kit.layer(call(target="/3"))
    assert refusal.value.retry_after > 0
    kit.go.set()
    await asyncio.gather(*tasks)


async def test_calls_beyond_the_burst_wait_for_their_token() -> None:
    kit = Kit(rate=10, burst=2)
    for number in range(4):
        await kit.layer(call(target=f"/{number}"))
    assert kit.clock.slept == [pytest.approx(0.1), pytest.approx(0.1)]


async def test_a_wait_that_is_too_long_is_refused_and_costs_no_token() -> None:
    kit = Kit(rate=0.01, burst=1, longest_wait=5)
    await kit.layer(call())
    for _ in range(2):
        with pytest.raises(UpstreamBusyError):
            await kit.layer(call())
    kit.clock.now += 96
    await kit.layer(call())


class FakeToll:
    """A bucket that replicas share and that is told what to answer; None: it cannot be asked."""

    def __init__(self, *answers: float | None) -> None:
        self._answers = list(answers)
        self.rates: list[float] = []

    async def __call__(self, _: Call, rate: float) -> float | None:
        self.rates.append(rate)
        return self._answers.pop(0)


async def test_where_replicas_share_a_bucket_it_says_how_long_to_wait_and_else_each_has_its_own() -> None:
    kit = Kit()
    toll = FakeToll(0.0, 2.5, None, None)
    policy = LimitPolicy(rate=10, burst=1, longest_wait=5)
    layer = Limits(kit.upstream, policy, Counters(), clock=kit.clock, sleep=kit.clock.sleep, toll=toll)
    for number in range(4):
        await layer(call(target=f"/{number}"))
    assert kit.clock.slept == [2.5, pytest.approx(0.1)]
    assert toll.rates == [10, 10, 10, 10]


async def test_a_wait_for_the_shared_bucket_that_is_too_long_is_refused() -> None:
    kit = Kit()
    layer = Limits(kit.upstream, LimitPolicy(longest_wait=5), Counters(), toll=FakeToll(5.1))
    with pytest.raises(UpstreamBusyError):
        await layer(call())
    assert kit.order == []


def test_a_bucket_refills_up_to_its_burst() -> None:
    bucket = Bucket(tokens=0, rate=2, at=0)
    assert bucket.refilled(3, burst=10).tokens == 6
    assert bucket.refilled(30, burst=10).tokens == 10


def test_the_rate_slows_before_the_limit_and_recovers_after() -> None:
    policy = LimitPolicy(rate=100)
    low = ok(x_ratelimit_limit="1000", x_ratelimit_remaining="100")
    assert adapted(100, low, policy) == 10
    assert adapted(100, ok(akamai_ratelimit_limit="1000", akamai_ratelimit_remaining="900"), policy) == 100
    assert adapted(100, ok(status=429), policy) == 50
    assert adapted(50, ok(), policy) == 60
    assert adapted(99, ok(), policy) == 100
    assert adapted(0.2, ok(status=429), policy) == 0.2
