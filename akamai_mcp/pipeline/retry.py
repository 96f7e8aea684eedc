"""Send a call again if that is safe and may help: a loop round a rule.

Safe and idempotent methods go again after connection errors, timeouts, rate limits and 500, 502, 503, 504. POST and PATCH go
again only if the attempt surely had no effect (`responses.effect`): no connection was made, or a limit refused it. So no fault
can create something twice.

A call that was attempted more than once ends with the result that claims least: an attempt that surely changed nothing does
not hide an earlier one that may have changed something.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from akamai_mcp.errors import UpstreamConnectError, UpstreamError, UpstreamProtocolError, UpstreamTimeout
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.responses.effect import effect_of

# What may be over at the next attempt. A refused certificate, a changed file or a full queue is not.
TRANSIENT_STATUSES: Final = frozenset({500, 502, 503, 504})
TRANSIENT_ERRORS: Final = (UpstreamConnectError, UpstreamTimeout, UpstreamProtocolError)

UpstreamEnding = Response | UpstreamError
Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """`attempts` in all; waits in seconds; `deadline` bounds a call with all its attempts and waits."""

    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 20.0
    deadline: float = 180.0


def may_repeat(call: Call, ending: UpstreamEnding) -> bool:
    """Return True if the call may be sent again after an attempt that ended so."""
    return is_transient(ending) and (call.is_idempotent or effect_of(ending) == "none")


def is_transient(ending: UpstreamEnding) -> bool:
    """Return True if another attempt may end differently."""
    if isinstance(ending, Response):
        return ending.status in TRANSIENT_STATUSES or ending.is_rate_limited
    return isinstance(ending, TRANSIENT_ERRORS)


def least_certain(call: Call, endings: Sequence[UpstreamEnding]) -> UpstreamEnding:
    """Return how a call ended: as its last attempt, unless that changed nothing and an earlier one may have.

    Then the earlier one counts. Only a refusal that says how the resource stands now (a 404 after a DELETE that got no
    answer) is worth more than that; it is marked as coming after an attempt with an unknown effect.
    """
    last = endings[-1]
    doubtful = [ending for ending in endings if effect_of(ending) != "none"]
    if call.is_safe or not doubtful or effect_of(last) != "none":
        return last
    if isinstance(last, Response) and last.is_client_error and not last.is_rate_limited:
        return replace(last, after_unknown=True)
    unanswered = [ending for ending in doubtful if isinstance(ending, UpstreamError)]
    return (unanswered or doubtful)[-1]


def wait_seconds(policy: RetryPolicy, attempt: int, ending: UpstreamEnding, *, jitter: float, now: float) -> float:
    """Return the seconds to wait after an attempt (1 is the first).

    They are what Akamai asks for, else a random part of a bound that doubles (full jitter), so that calls which failed
    together do not come back together.
    """
    if isinstance(ending, Response) and (asked := ending.retry_after(now)) is not None:
        return asked
    bound = min(policy.longest_wait, policy.first_wait * 2 ** (attempt - 1))
    return float(bound * jitter)


class Retry:
    """The layer that repeats; each attempt goes through the layers inside it and is signed anew."""

    def __init__(
        self,
        inner: Handler,
        policy: RetryPolicy,
        counters: Counters,
        *,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._inner = inner
        self._policy = policy
        self._counters = counters
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter

    async def __call__(self, call: Call) -> Response:
        """Send a call, again if it may be. Raises UpstreamError for a call that ended without a response."""
        try:
            async with asyncio.timeout(self._policy.deadline):
                endings = await self._attempts(call)
        except TimeoutError as error:
            raise UpstreamTimeout(
                f"{call.credentials.host} did not answer within {self._policy.deadline:g} s in all.",
                advice="Raise AKAMAI_MCP_DEADLINE, or ask for less; read the resource before repeating a write.",
            ) from error
        ending = least_certain(call, endings)
        if isinstance(ending, UpstreamError):
            raise ending
        return ending

    async def _attempts(self, call: Call) -> list[UpstreamEnding]:
        ends = self._clock() + self._policy.deadline
        endings = [await self._attempt(call)]
        while len(endings) < self._policy.attempts and may_repeat(call, endings[-1]):
            now = self._clock()
            wait = wait_seconds(self._policy, len(endings), endings[-1], jitter=self._jitter(), now=now)
            # A wait beyond the deadline would turn a clear refusal into a timeout.
            if now + wait >= ends:
                break
            self._counters.add("retries")
            await self._sleep(wait)
            endings.append(await self._attempt(call))
        return endings

    async def _attempt(self, call: Call) -> UpstreamEnding:
        try:
            return await self._inner(call)
        except UpstreamError as error:
            return error
