"""Be gentle: at most so many calls at once and so many a second, for each identity and API, queued first come first served.

The rate adapts: it slows down before a limit of Akamai's is used up, is halved by a refusal, and recovers with each good
response, after a while only where no header says how much is left. Every identity and API has a queue of its own, so a noisy
one never starves another.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from cachetools import LRUCache

from akamai_mcp.errors import UpstreamBusyError
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.responses.rate_limits import RateLimit, read_rate_limit

MAX_QUEUES: Final = 10_000
MEASURED_SECONDS: Final = 1.0
MEASURED_CALLS: Final = 1_000  # of a faster caller only so many are remembered
# A caller that sent less is not what the limit is about: the pause that a refusal asks for is enough for it.
LEAST_MEASURED: Final = 2.0
# Where no header says how much is left, half of a rate that was refused is kept for as long: to try more would be refused again.
HELD_SECONDS: Final = 30.0


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


# Returns the seconds to wait for a token of the bucket that replicas share, which is refilled at the rate; None if it cannot be
# asked.
SharedBucket = Callable[[Call, float], Awaitable[float | None]]


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


def burst_at(rate: float, policy: LimitPolicy) -> float:
    """Return how many calls may go at once at a rate: one after the other if it has been slowed."""
    return policy.burst if rate >= policy.rate else 1.0


def adapted(rate: float, response: Response, policy: LimitPolicy, *, measured: float, slow: float | None = None) -> float:
    """Return the rate after a response: halved by a refusal, at most `slow` if little is left of a limit, else recovering.

    Half of the `measured` rate if that is lower: half of a rate that nobody used would change nothing.
    """
    if response.is_rate_limited:
        return max(policy.slowest, min(rate, max(measured, LEAST_MEASURED)) / 2)
    if slow is not None:
        return max(policy.slowest, min(rate, slow))
    return min(policy.rate, rate * policy.recovery)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The window of a limit of Akamai's: when it ends, and the rate that the limit allows from then on."""

    ends: float
    rate: float

    def shorten(self, wait: float, rate: float, now: float) -> float:
        """Return a wait for a token at a rate, of which the part after the window's end goes at the rate of the next one."""
        rest = max(0.0, self.ends - now)
        return rest + (wait - rest) * rate / max(rate, self.rate) if wait > rest else wait


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLimit:
    """What Akamai said of the limit of a customer and an API; its window ends at a time of the limiter's clock."""

    customer: str
    api: str
    limit: RateLimit
    ends: float

    def as_json(self, seconds: float) -> dict[str, Any]:
        """What is left of it, for an answer; its window ends in so many seconds."""
        limit = {"limit": self.limit.limit, "remaining": self.limit.remaining, "windowSeconds": self.limit.window}
        return {"customer": self.customer, "api": self.api, **limit, "endsInSeconds": round(seconds)}


class _Queue:
    """The queue of one identity and API: its bucket, how many calls are in flight, and those that wait for one to end."""

    def __init__(self, policy: LimitPolicy, now: float) -> None:
        self.bucket = Bucket(tokens=policy.burst, rate=policy.rate, at=now)
        self.closed_until = now
        self.slowed_at = -math.inf
        self.refused_at = -math.inf
        self.running = 0
        self.unanswered = 0
        self.window: Window | None = None
        self.known: KnownLimit | None = None
        self.waiting: deque[asyncio.Future[None]] = deque()
        self._sent: deque[float] = deque(maxlen=MEASURED_CALLS)

    def leave(self) -> None:
        """Give the slot to the first call that still waits."""
        while self.waiting:
            first = self.waiting.popleft()
            if not first.done():
                first.set_result(None)
                return
        self.running -= 1

    def learn(self, limit: RateLimit, call: Call, now: float) -> None:
        """Keep what a response to a call said of a limit."""
        self.window = Window(ends=now + (limit.reset or limit.window), rate=limit.limit / limit.window)
        self.known = KnownLimit(customer=call.customer, api=call.api, limit=limit, ends=self.window.ends)

    async def send(self, inner: Handler, call: Call, now: float) -> Response:
        """Send a call and count it while it has no answer."""
        self._sent.append(now)
        self.unanswered += 1
        try:
            return await inner(call)
        finally:
            self.unanswered -= 1

    def measured(self, now: float) -> float:
        """Return the calls of the last second."""
        return sum(time > now - MEASURED_SECONDS for time in self._sent) / MEASURED_SECONDS


class Limits:
    """The last layer before the transport: every attempt pays."""

    def __init__(
        self,
        inner: Handler,
        policy: LimitPolicy,
        counters: Counters,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        shared_bucket: SharedBucket | None = None,
    ) -> None:
        self._inner = inner
        self._policy = policy
        self._counters = counters
        self._shared_bucket = shared_bucket
        self._clock = clock
        self._wall = wall
        self._sleep = sleep
        self._queues: LRUCache[tuple[str, str], _Queue] = LRUCache(MAX_QUEUES)

    async def __call__(self, call: Call) -> Response:
        """Wait for a slot and a token, then pass the call on. Raises UpstreamBusyError if the queue is full or too slow."""
        queue = self._queue(call)
        await self._enter(queue, call)
        try:
            await self._wait(queue, call)
            sent_at = self._clock()
            response = await queue.send(self._inner, call, sent_at)
        finally:
            queue.leave()
        self._learn(queue, call, response, sent_at)
        return response

    def known_limits(self) -> list[tuple[KnownLimit, float]]:
        """(limit, seconds until its window ends) of each customer and API whose limit Akamai told, in their order."""
        now = self._clock()
        known = [queue.known for queue in self._queues.values() if queue.known]
        return [(one, max(0.0, one.ends - now)) for one in sorted(known, key=lambda one: (one.customer, one.api))]

    def _queue(self, call: Call) -> _Queue:
        key = (call.identity, call.api)
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue(self._policy, self._clock())
        return queue

    async def _enter(self, queue: _Queue, call: Call) -> None:
        if queue.running < self._policy.concurrent:
            queue.running += 1
            return
        if len(queue.waiting) >= self._policy.queue:
            self._refuse(call, 1.0)
        self._counters.add("limiterWaits")
        slot: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.waiting.append(slot)
        try:
            await slot
        except asyncio.CancelledError:
            if not slot.cancelled():  # given to this call just before it was cancelled
                queue.leave()
            raise

    async def _wait(self, queue: _Queue, call: Call) -> None:
        """Wait for a token, and for another if a refusal closed the queue meanwhile: the first was taken at the old rate."""
        await self._wait_once(queue, call)
        while queue.closed_until > self._clock():
            await self._wait_once(queue, call)

    async def _wait_once(self, queue: _Queue, call: Call) -> None:
        shared = await self._shared_bucket(call, queue.bucket.rate) if self._shared_bucket else None
        wait = self._take(queue) if shared is None else shared
        if wait > self._policy.longest_wait:
            self._refuse(call, wait)
        # Tokens keep calls apart after a pause too, else all that wait would go in one burst when it ends.
        wait += max(0.0, queue.closed_until - self._clock())
        if wait > 0:
            self._counters.add("limiterWaits")
            await self._sleep(wait)

    def _take(self, queue: _Queue) -> float:
        """Return the seconds to wait for a token of this process's own bucket; one that is too far away is not taken."""
        full = queue.bucket.refilled(self._clock(), burst_at(queue.bucket.rate, self._policy))
        less, wait = full.taken()
        if queue.window:
            wait = queue.window.shorten(wait, full.rate, self._clock())
        queue.bucket = full if wait > self._policy.longest_wait else less
        return wait

    def _learn(self, queue: _Queue, call: Call, response: Response, sent_at: float) -> None:
        """Adapt the rate, and send nothing more until the time that a refusal names."""
        now, wall = self._clock(), self._wall()
        limit = read_rate_limit(response, wall)
        slow = limit.rate(queue.unanswered) if limit else None
        if limit:
            queue.learn(limit, call, now)
        # Responses to what was sent before the rate was slowed say nothing about the slower rate.
        if sent_at > queue.slowed_at:
            measured = queue.measured(now) if response.is_rate_limited else 0.0
            rate = adapted(queue.bucket.rate, response, self._policy, measured=measured, slow=slow)
            if response.is_rate_limited:
                queue.refused_at = now
            elif limit is None and now - queue.refused_at < HELD_SECONDS:
                rate = min(rate, queue.bucket.rate)
            queue.slowed_at = now if rate < queue.bucket.rate else queue.slowed_at
            queue.bucket = replace(queue.bucket, rate=rate)
        refused_for = (response.retry_after(wall) or 0.0) if response.is_rate_limited else 0.0
        closed_for = max(refused_for, limit.closed_for if limit else 0.0)
        # Bounded, since a time far away may be that of one operation only.
        queue.closed_until = max(queue.closed_until, now + min(closed_for, self._policy.longest_wait))

    def _refuse(self, call: Call, wait: float) -> None:
        self._counters.add("limiterRefusals")
        raise UpstreamBusyError(
            f"Too many calls wait for {call.api} as customer {call.customer!r}.",
            retry_after=wait,
            advice=f"Send fewer at once, and try again in {max(wait, 1):.0f} s. Nothing was sent.",
        )
