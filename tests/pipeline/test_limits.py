"""How many at once, how many a second, who waits, and how the rate adapts."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from pipeline_fakes import FakeClock, FakeUpstream, call, ok, turns

from akamai_mcp.errors import UpstreamBusyError, UpstreamTimeout
from akamai_mcp.pipeline.call import Call, Response
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.limits import Bucket, LimitPolicy, Limits, Window, adapted, burst_at


class Kit:
    def __init__(self, **policy: float) -> None:
        self.clock = FakeClock()
        self.upstream = FakeUpstream(ok())
        self.upstream.before = self._hold
        self.go = asyncio.Event()
        self.go.set()
        self.running = self.most = 0
        self.order: list[str] = []
        self.counters = Counters()
        self.layer = Limits(self.upstream, LimitPolicy(**policy), self.counters, clock=self.clock, sleep=self.clock.sleep)  # type: ignore[arg-type]

    async def _hold(self, held: Call) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        self.order.append(held.request.target)
        try:
            await self.go.wait()
        finally:
            self.running -= 1

    @property
    def counted(self) -> dict[str, int]:
        return {event: count for event, count in self.counters.as_dict().items() if count}

    def start(self, target: str, **changes: object) -> asyncio.Task[Response]:
        return asyncio.ensure_future(self.layer(call(target=target, **changes)))  # type: ignore[arg-type]


async def test_no_more_than_the_allowed_number_run_at_once_and_the_rest_go_in_order() -> None:
    kit = Kit(concurrent=2)
    kit.go.clear()
    tasks = [kit.start(f"/a/{n}") for n in range(6)]
    await turns(20)
    assert kit.running == 2
    kit.go.set()
    await asyncio.gather(*tasks)
    assert (kit.most, kit.order) == (2, [f"/a/{n}" for n in range(6)])


async def test_a_noisy_customer_or_api_never_takes_the_place_of_another() -> None:
    kit = Kit(concurrent=1)
    kit.go.clear()
    noisy = [kit.start("/noisy") for _ in range(20)]
    await turns(20)
    quiet = [kit.start("/quiet", customer="other"), kit.start("/api", operation="appsec/v1#op")]
    await turns(20)
    assert {"/quiet", "/api"} <= set(kit.order)
    kit.go.set()
    await asyncio.gather(*noisy, *quiet)


async def test_a_cancelled_waiter_gives_its_place_to_the_next() -> None:
    kit = Kit(concurrent=1)
    kit.go.clear()
    first, second, third = kit.start("/1"), kit.start("/2"), kit.start("/3")
    await turns(20)
    second.cancel()
    await turns(20)
    assert kit.order == ["/1"]  # what waited for a place leaves none behind
    kit.go.set()
    await asyncio.gather(first, third)
    assert (kit.order, kit.most) == (["/1", "/3"], 1)


async def test_a_waiter_that_is_cancelled_as_it_gets_its_place_gives_it_to_the_next() -> None:
    kit = Kit(concurrent=1)
    kit.go.clear()

    async def cancel_next(held: Call) -> None:
        await kit._hold(held)
        if held.request.target == "/0":  # in the next turn, before the waiter runs that gets the place in this one
            asyncio.get_running_loop().call_soon(places[1].cancel)

    kit.upstream.before = cancel_next
    places = [kit.start(f"/{n}") for n in range(3)]
    await turns(20)
    kit.go.set()
    await asyncio.wait_for(places[2], 5)
    assert (places[1].cancelled(), kit.order) == (True, ["/0", "/2"])


async def test_however_many_calls_have_ended_no_more_than_the_allowed_number_run_at_once() -> None:
    kit = Kit(concurrent=2)
    for outcome in (ok(), UpstreamTimeout("t")):
        kit.upstream._outcomes = [outcome]
        await asyncio.gather(*(kit.start("/before") for _ in range(5)), return_exceptions=True)
    kit.go.clear()
    tasks = [kit.start("/a") for _ in range(5)]
    await turns(20)
    assert kit.running == 2
    kit.go.set()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize(("policy", "running", "waiting"), [({"concurrent": 1, "queue": 1}, 1, 1), ({}, 32, 1000)])
async def test_a_full_queue_refuses_with_a_time_to_come_back(policy: dict[str, float], running: int, waiting: int) -> None:
    kit = Kit(**policy)
    kit.go.clear()
    tasks = [kit.start(f"/{n}") for n in range(running + waiting)]
    await turns(2)
    with pytest.raises(UpstreamBusyError) as refusal:
        await kit.layer(call(target="/more"))
    assert (refusal.value.message, refusal.value.advice, refusal.value.retry_after) == (
        "Too many calls wait for papi/v1 as customer 'acme'.",
        "Send fewer at once, and try again in 1 s. Nothing was sent.",
        1.0,
    )
    assert (kit.running, kit.counted) == (running, {"limiterRefusals": 1, "limiterWaits": waiting})
    kit.go.set()
    await asyncio.gather(*tasks)
    assert "/more" not in kit.order


async def test_calls_beyond_the_burst_wait_for_their_token() -> None:
    kit = Kit(rate=10, burst=2)
    for number in range(4):
        await kit.layer(call(target=f"/{number}"))
    assert kit.clock.slept == [pytest.approx(0.1), pytest.approx(0.1)]
    assert kit.counted == {"limiterWaits": 2}


async def test_a_wait_that_is_too_long_is_refused_and_costs_no_token() -> None:
    kit = Kit(rate=0.01, burst=1, longest_wait=5)
    await kit.layer(call())
    for _ in range(2):
        with pytest.raises(UpstreamBusyError) as refusal:
            await kit.layer(call())
        assert (refusal.value.retry_after, refusal.value.advice) == (
            100.0,
            "Send fewer at once, and try again in 100 s. Nothing was sent.",
        )
    assert kit.counted == {"limiterRefusals": 2}
    kit.clock.now += 96
    await kit.layer(call())


async def test_a_wait_of_the_longest_is_waited_and_one_that_is_longer_is_not() -> None:
    for rate, slept in ((0.2, [5.0, 5.0]), (0.19, [])):
        kit = Kit(rate=rate, burst=1, longest_wait=5)
        for _ in range(3):
            with suppress(UpstreamBusyError):
                await kit.layer(call())
        assert kit.clock.slept == slept


class FakeSharedBucket:
    """A bucket that replicas share and that is told what to answer; None: it cannot be asked."""

    def __init__(self, *answers: float | None) -> None:
        self._answers = list(answers)
        self.rates: list[float] = []

    async def __call__(self, _: Call, rate: float) -> float | None:
        self.rates.append(rate)
        return self._answers.pop(0)


async def test_where_replicas_share_a_bucket_it_says_how_long_to_wait_and_else_each_has_its_own() -> None:
    kit = Kit()
    bucket = FakeSharedBucket(0.0, 5.0, None, None)
    policy = LimitPolicy(rate=10, burst=1, longest_wait=5)
    layer = Limits(kit.upstream, policy, Counters(), clock=kit.clock, sleep=kit.clock.sleep, shared_bucket=bucket)
    for number in range(4):
        await layer(call(target=f"/{number}"))
    assert kit.clock.slept == [5.0, pytest.approx(0.1)]
    assert bucket.rates == [10, 10, 10, 10]


async def test_a_wait_for_the_shared_bucket_that_is_too_long_is_refused() -> None:
    kit = Kit()
    layer = Limits(kit.upstream, LimitPolicy(longest_wait=5), Counters(), shared_bucket=FakeSharedBucket(5.1))
    with pytest.raises(UpstreamBusyError):
        await layer(call())
    assert kit.order == []


def test_a_bucket_refills_up_to_its_burst() -> None:
    bucket = Bucket(tokens=0, rate=2, at=0)
    assert bucket.refilled(3, burst=10).tokens == 6
    assert bucket.refilled(30, burst=10).tokens == 10


def test_a_rate_is_halved_by_a_refusal_slowed_by_what_is_left_and_recovers_up_to_its_bound() -> None:
    policy = LimitPolicy(rate=100)
    assert adapted(100, ok(status=429), policy, measured=1000) == 50
    assert adapted(100, ok(status=429), policy, measured=10) == 5
    assert adapted(100, ok(status=429), policy, measured=1) == 1
    assert adapted(0.2, ok(status=429), policy, measured=10) == 0.2
    assert adapted(100, ok(), policy, measured=10, slow=3.0) == 3.0
    assert adapted(2, ok(), policy, measured=10, slow=3.0) == 2
    assert adapted(100, ok(), policy, measured=10, slow=0.0) == policy.slowest
    assert adapted(50, ok(), policy, measured=10) == 60
    assert adapted(99, ok(), policy, measured=10) == 100


def test_a_rate_that_was_slowed_allows_no_burst() -> None:
    policy = LimitPolicy(rate=100, burst=40)
    assert [burst_at(rate, policy) for rate in (100, 99, 3, 0.2)] == [40, 1, 1, 1]


class Adapting:
    """A limiter before an Akamai that answers as it is told to; the wall clock is the same as the limiter's."""

    def __init__(self, *answers: Response, **policy: float) -> None:
        self.clock = FakeClock()
        self.upstream = FakeUpstream(*answers)
        self.sent: list[float] = []
        self.upstream.before = self._note
        self.layer = Limits(
            self.upstream,
            LimitPolicy(**policy),
            Counters(),
            clock=self.clock,
            wall=self.clock,
            sleep=self.clock.sleep,  # type: ignore[arg-type]
        )

    async def _note(self, _: Call) -> None:
        self.sent.append(self.clock.now)

    async def send(self, count: int) -> None:
        for _ in range(count):
            await self.layer(call())

    @property
    def gaps(self) -> list[float]:
        return [round(later - before, 3) for before, later in zip(self.sent, self.sent[1:], strict=False)]


BURST = ok(b'{"type": "https://x/-/pep-authn/request-error", "detail": "IPBLOCK-BURST4-1"}', status=400)


@pytest.mark.parametrize(
    ("refusal", "seconds"),
    [
        (ok(status=429, retry_after="7"), 7.0),
        (ok(status=429, retry_after="1.5"), 1.5),
        (ok(status=429, x_ratelimit_next="1970-01-01T00:16:50Z"), 10.0),
        (ok(b'{"detail": "try after 1970-01-01T00:16:50Z"}', status=403), 10.0),
        (BURST, 5.0),
    ],
)
async def test_after_a_refusal_by_a_limit_nothing_is_sent_until_the_time_that_it_names(refusal: Response, seconds: float) -> None:
    kit = Adapting(refusal, ok())
    await kit.send(2)
    assert kit.gaps == [pytest.approx(seconds, abs=0.001)]


async def test_a_time_that_is_far_away_stops_a_queue_for_the_longest_wait_only() -> None:
    kit = Adapting(ok(status=429, retry_after="99999999999"), ok(), longest_wait=60)
    await kit.send(2)
    assert kit.gaps == [60.0]


@pytest.mark.parametrize("refusal", [ok(status=503, retry_after="7"), ok(status=400), ok(status=500)])
async def test_what_is_no_limit_slows_nothing_down(refusal: Response) -> None:
    kit = Adapting(refusal, ok())
    await kit.send(3)
    assert kit.clock.slept == []


async def test_after_a_refusal_calls_go_at_half_the_rate_that_was_refused() -> None:
    kit = Adapting(*[ok()] * 39, BURST, ok())
    await kit.send(40)  # in one second
    await kit.send(3)
    pause, first, second = kit.gaps[39:]
    assert (pause, first) == (5.0, 0.0)  # one token was there when the pause ended
    assert second == pytest.approx(1 / 20)  # nothing says how much is left, so the rate is kept for a while


@pytest.mark.parametrize(("since", "halved"), [(0.999, 20.0), (1.0, 5.0)])
async def test_the_rate_that_was_refused_is_what_was_sent_within_a_second(since: float, halved: float) -> None:
    kit = Adapting(*[ok()] * 39, BURST, ok())
    await kit.send(30)
    kit.clock.now += since
    await kit.send(10)
    (queue,) = kit.layer._queues.values()
    assert queue.bucket.rate == halved


async def test_of_a_faster_caller_a_thousand_calls_are_remembered() -> None:
    kit = Adapting(*[ok()] * 1499, BURST, rate=10_000, burst=10_000)
    await kit.send(1500)
    (queue,) = kit.layer._queues.values()
    assert queue.bucket.rate == 1000 / 2


@pytest.mark.parametrize("apart", [0.0, 0.001])
async def test_calls_that_were_sent_before_a_refusal_halve_the_rate_once_and_never_raise_it(apart: float) -> None:
    kit = Adapting(ok(status=429), ok(status=429), ok(status=429), ok())
    held = asyncio.Event()

    async def hold(_: Call) -> None:
        await held.wait()
        kit.clock.now += apart

    kit.upstream.before = hold
    tasks = [asyncio.ensure_future(kit.layer(call())) for _ in range(20)]
    await turns(20)
    held.set()
    await asyncio.gather(*tasks)
    (queue,) = kit.layer._queues.values()
    assert queue.bucket.rate == 20 / 2


def left(remaining: int, **more: str) -> Response:
    return ok(x_ratelimit_limit="100", x_ratelimit_remaining=str(remaining), **more)


async def test_the_last_quarter_of_a_limit_is_spent_slowly_and_so_never_refused() -> None:
    """Property Manager: 100 calls a minute, and each response says how many are left."""
    kit = Adapting(*(left(100 - number) for number in range(1, 90)))
    await kit.send(89)
    assert set(kit.gaps[:75]) == {0.0}
    assert all(gap >= 60 / 25 - 0.5 for gap in kit.gaps[77:])
    assert kit.sent[-1] - kit.sent[0] < 60


@pytest.mark.parametrize(
    ("response", "gap"),
    [
        (left(12), 5.0),
        (ok(x_ratelimit_limit="100;w=24", x_ratelimit_remaining="12"), 2.0),
        (ok(ratelimit_limit="100, 100;w=24", ratelimit_remaining="12"), 2.0),
        (ok(ratelimit='"a";r=12;t=12', ratelimit_policy='"a";q=100;w=60'), 1.0),
        (left(12, x_ratelimit_next="1970-01-01T00:17:04Z"), 2.0),
        (left(25), 0.0),
        (left(80), 0.0),
    ],
)
async def test_what_is_left_of_a_limit_is_spread_over_the_rest_of_its_window(response: Response, gap: float) -> None:
    kit = Adapting(response)
    await kit.send(3)
    assert kit.gaps[1] == pytest.approx(gap, rel=0.1)


@pytest.mark.parametrize(
    ("wait", "rate", "now", "shortened"),
    [(3.0, 1.0, 6.0, 3.0), (4.0, 1.0, 6.0, 4.0), (9.0, 1.0, 6.0, 5.0), (9.0, 10.0, 6.0, 9.0), (5.0, 1.0, 10.0, 1.0), (5.0, 1.0, 20.0, 1.0)],
)  # fmt: skip
def test_what_is_waited_for_beyond_the_end_of_a_window_comes_at_the_rate_of_the_next(
    wait: float, rate: float, now: float, shortened: float
) -> None:
    assert Window(ends=10.0, rate=5.0).shorten(wait, rate, now) == shortened


async def test_what_akamai_told_of_limits_is_known_by_customer_and_api_until_their_windows_end() -> None:
    kit = Adapting(left(12), left(99), left(0, x_ratelimit_next="1970-01-01T00:17:00Z"), ok())
    for customer, api in (("beta", "papi/v1"), ("acme", "papi/v1"), ("acme", "appsec/v1"), ("acme", "ccu/v3")):
        await kit.layer(call(customer=customer, operation=f"{api}#op"))
    kit.clock.now += 10
    told = [one.as_json(seconds) for one, seconds in kit.layer.known_limits()]
    assert [(one["customer"], one["api"], one["remaining"], one["endsInSeconds"]) for one in told] == [
        ("acme", "appsec/v1", 0, 10),
        ("acme", "papi/v1", 99, 50),
        ("beta", "papi/v1", 12, 50),
    ]
    assert told[1] == {
        "customer": "acme",
        "api": "papi/v1",
        "limit": 100,
        "remaining": 99,
        "windowSeconds": 60,
        "endsInSeconds": 50,
    }
    kit.clock.now += 100
    assert {seconds for _, seconds in kit.layer.known_limits()} == {0.0}


async def test_half_of_a_rate_that_was_refused_is_kept_for_half_a_minute_and_then_recovers() -> None:
    kit = Adapting(BURST, ok())
    await kit.send(1)
    (queue,) = kit.layer._queues.values()
    rates = []
    for seconds in (0.0, 29.9, 0.1, 1.0):
        kit.clock.now += seconds
        if seconds:
            await kit.send(1)
        rates.append(queue.bucket.rate)
    assert rates == [1.0, 1.0, pytest.approx(1.2), pytest.approx(1.44)]


async def test_a_limit_that_is_used_up_is_waited_out() -> None:
    kit = Adapting(left(0, x_ratelimit_next="1970-01-01T00:17:10Z"), ok())
    await kit.send(2)
    assert kit.gaps == [30.0]


async def test_a_queue_that_was_slowed_recovers() -> None:
    kit = Adapting(ok(status=429), ok())
    await kit.send(80)
    (queue,) = kit.layer._queues.values()
    assert queue.bucket.rate == LimitPolicy().rate
