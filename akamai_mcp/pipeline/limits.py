"""Be gentle: at most so many calls at once and so many a second, for each identity and API, queued first come first served.

The rate adapts: Akamai's rate-limit headers slow a bucket before it runs dry, and it recovers with each good answer.
Every identity and API has a bucket and a bulkhead of its own, so a noisy one never starves another.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from cachetools import LRUCache

from akamai_mcp.errors import UpstreamBusyError
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters

MAX_LANES: Final = 10_000
_LIMIT: Final = ("x-ratelimit-limit", "akamai-ratelimit-limit", "x-rate-limit-limit")
_REMAINING: Final = ("x-ratelimit-remaining", "akamai-ratelimit-remaining", "x-rate-limit-remaining")


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPolicy:
    """`rate` in calls a second with bursts of `burst`; `concurrent` at once; `queue` may wait, `longest_wait` seconds."""

    rate: float = 1000.0
    burst: float = 1000.0
    concurrent: int = 32
    queue: int = 1000
    longest_wait: float = 60.0
    slowest: float = 0.2
    recovery: float = 1.2


# Seconds to wait for a token of the bucket that replicas share, refilled at the rate; None where it cannot be asked.
Toll = Callable[[Call, float], Awaitable[float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A token bucket as a value: tokens at a time, refilled at a rate."""

    tokens: float
    rate: float
    at: float

    def refilled(self, now: float, burst: float) -> Bucket:
        """The bucket at a later time."""
        return replace(self, tokens=min(burst, self.tokens + max(0.0, now - self.at) * self.rate), at=now)

    def taken(self) -> tuple[Bucket, float]:
        """The bucket less one token, and how long to wait until that token is really there."""
        tokens = self.tokens - 1
        return replace(self, tokens=tokens), max(0.0, -tokens / self.rate)


def adapted(rate: float, response: Response, policy: LimitPolicy) -> float:
    """The rate after an answer: halved by 429, slowed as the remaining share shrinks, else recovering."""
    if response.status == 429:  # noqa: PLR2004
        return max(policy.slowest, rate / 2)
    limit, remaining = _number(response, _LIMIT), _number(response, _REMAINING)
    if limit and remaining is not None and remaining / limit < 0.25:  # noqa: PLR2004 - the last quarter is spent slowly
        return max(policy.slowest, min(rate, policy.rate * remaining / limit))
    return min(policy.rate, rate * policy.recovery)


def _number(response: Response, names: tuple[str, ...]) -> float | None:
    for name in names:
        text = (response.header(name) or "").split(";")[0].split(",")[0].strip()
        if text.isdigit():
            return float(text)
    return None


class _Lane:
    """The queue of one identity and API: a bucket, places, and those who wait for one."""

    def __init__(self, policy: LimitPolicy, now: float) -> None:
        self.bucket = Bucket(tokens=policy.burst, rate=policy.rate, at=now)
        self.running = 0
        self.waiting: deque[asyncio.Future[None]] = deque()

    def leave(self) -> None:
        """Give the place to the first who still waits."""
        while self.waiting:
            first = self.waiting.popleft()
            if not first.done():
                first.set_result(None)
                return
        self.running -= 1


class Limits:
    """The last layer before the transport: every attempt pays."""

    def __init__(
        self,
        inner: Handler,
        policy: LimitPolicy,
        counters: Counters,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        toll: Toll | None = None,
    ) -> None:
        self._inner = inner
        self._policy = policy
        self._counters = counters
        self._toll = toll
        self._clock = clock
        self._sleep = sleep
        self._lanes: LRUCache[tuple[str, str], _Lane] = LRUCache(MAX_LANES)

    async def __call__(self, call: Call) -> Response:
        """Wait for a place and a token, then pass the call on. Raises UpstreamBusyError where the queue is full."""
        lane = self._lane(call)
        await self._enter(lane, call)
        try:
            await self._pay(lane, call)
            response = await self._inner(call)
        finally:
            lane.leave()
        lane.bucket = replace(lane.bucket, rate=adapted(lane.bucket.rate, response, self._policy))
        return response

    def _lane(self, call: Call) -> _Lane:
        key = (call.identity, call.api)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(self._policy, self._clock())
        return lane

    async def _enter(self, lane: _Lane, call: Call) -> None:
        if lane.running < self._policy.concurrent:
            lane.running += 1
            return
        if len(lane.waiting) >= self._policy.queue:
            self._refuse(call, 1.0)
        self._counters.add("limiterWaits")
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane.waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                lane.leave()
            raise

    async def _pay(self, lane: _Lane, call: Call) -> None:
        asked = await self._toll(call, lane.bucket.rate) if self._toll else None
        wait = self._take(lane) if asked is None else asked
        if wait > self._policy.longest_wait:
            self._refuse(call, wait)
        if wait > 0:
            self._counters.add("limiterWaits")
            await self._sleep(wait)

    def _take(self, lane: _Lane) -> float:
        """Seconds to wait for a token of this process's own bucket; one that is too far away is not taken."""
        full = lane.bucket.refilled(self._clock(), self._policy.burst)
        less, wait = full.taken()
        lane.bucket = full if wait > self._policy.longest_wait else less
        return wait

    def _refuse(self, call: Call, wait: float) -> None:
        self._counters.add("limiterRefusals")
        raise UpstreamBusyError(
            f"Too many calls wait for {call.api} as customer {call.customer!r}.",
            retry_after=wait,
            advice=f"Send fewer at once, and try again in {max(wait, 1):.0f} s. Nothing was sent.",
        )
