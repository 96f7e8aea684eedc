"""Bursts against Akamai's limits, in virtual time: every read is answered, no write goes twice, and few attempts are lost."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pipeline_fakes import call, ok
from virtual_time import START, VirtualLoop, run

from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.circuit_breaker import BreakerPolicy, CircuitBreaker
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.limits import LimitPolicy, Limits
from akamai_mcp.pipeline.retry import Retry, RetryPolicy

LATENCY = 0.05
BURST = b'{"type": "https://problems.luna.akamaiapis.net/-/pep-authn/request-error", "detail": "denied by IPBLOCK-BURST4-54013"}'


class LimitedAkamai:
    """Takes `most` calls in each `seconds`, counts what it got, and refuses all others in a way of Akamai's."""

    def __init__(self, loop: VirtualLoop, most: int, seconds: float) -> None:
        self.loop, self.most, self.seconds = loop, most, seconds
        self.attempts: list[float] = []
        self.answered: list[float] = []
        self.done: Counter[str] = Counter()
        self._taken: deque[float] = deque()

    async def __call__(self, sent: Call) -> Response:
        await asyncio.sleep(LATENCY)
        now = self.loop.time()
        self.attempts.append(now)
        if (refusal := self.refuse(now)) is not None:
            return refusal
        self.done[sent.request.target] += 1
        self.answered.append(now)
        return self.take(now)

    def refuse(self, now: float) -> Response | None:
        while self._taken and self._taken[0] <= now - self.seconds:
            self._taken.popleft()
        return ok(BURST, status=400) if len(self._taken) >= self.most else None

    def take(self, now: float) -> Response:
        self._taken.append(now)
        return ok()


class PropertyManager(LimitedAkamai):
    """Counts in fixed windows, says what is left of one, and when the next begins."""

    def headers(self, now: float) -> dict[str, str]:
        ends = self.seconds * (1 + now // self.seconds)
        used = sum(1 for at in self._taken if at >= ends - self.seconds)
        following = datetime.fromtimestamp(START + ends, UTC).isoformat().replace("+00:00", "Z")
        return {
            "x_ratelimit_limit": f"{self.most};w={self.seconds:g}",
            "x_ratelimit_remaining": str(self.most - used),
            "x_ratelimit_next": following,
        }

    def refuse(self, now: float) -> Response | None:
        headers = self.headers(now)
        return ok(status=429, **headers) if headers["x_ratelimit_remaining"] == "0" else None

    def take(self, now: float) -> Response:
        self._taken.append(now)
        return ok(**self.headers(now))


def stack(akamai: Handler, loop: VirtualLoop) -> Handler:
    counters = Counters()
    limits = Limits(akamai, LimitPolicy(), counters, clock=loop.time, wall=loop.wall)
    return Retry(CircuitBreaker(limits, BreakerPolicy(), counters, clock=loop.time), RetryPolicy(), counters, clock=loop.wall)


def burst(limited: Callable[[VirtualLoop], LimitedAkamai], method: str, calls: int = 500) -> tuple[list[Response], LimitedAkamai]:
    loop = VirtualLoop()
    akamai = limited(loop)
    send = stack(akamai, loop)

    async def all_at_once() -> list[Response]:
        return await asyncio.gather(*(send(call(method, f"/papi/v1/properties/{n}")) for n in range(calls)))

    return run(all_at_once(), loop), akamai


LIMITS = {
    "burst limiter": lambda loop: LimitedAkamai(loop, most=60, seconds=1.0),
    "burst limiter over five seconds": lambda loop: LimitedAkamai(loop, most=300, seconds=5.0),
    "slow burst limiter": lambda loop: LimitedAkamai(loop, most=30, seconds=1.0),
    "slow burst limiter over five seconds": lambda loop: LimitedAkamai(loop, most=100, seconds=5.0),
    "Property Manager with short windows": lambda loop: PropertyManager(loop, most=20, seconds=3.0),
    "Property Manager": lambda loop: PropertyManager(loop, most=100, seconds=10.0),
    "Property Manager with long windows": lambda loop: PropertyManager(loop, most=300, seconds=60.0),
}


@pytest.mark.parametrize("limited", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_burst_ends_with_all_its_answers_and_few_attempts_are_refused(
    limited: Callable[[VirtualLoop], LimitedAkamai], method: str
) -> None:
    responses, akamai = burst(limited, method)
    assert Counter(response.status for response in responses) == {200: 500}
    assert (len(akamai.done), set(akamai.done.values())) == (500, {1})
    late, answered = (sum(at > 1 for at in times) for times in (akamai.attempts, akamai.answered))
    assert late <= 1.2 * answered
    assert len(akamai.attempts) <= 1.2 * 500
