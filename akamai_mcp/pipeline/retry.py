"""Send a call again where that is safe and may help; tenacity runs the attempts, the rule is ours.

Safe and idempotent methods go again after connection errors, timeouts and 429, 500, 502, 503, 504. POST and PATCH go
again only if the request surely had no effect: no connection was made, or the server refused it with 429 or 503 and a
Retry-After. So no fault can create something twice.

What is told at the end is the outcome that says least: an attempt that was surely without effect does not hide an earlier one
that may have had some.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from akamai_mcp.errors import (
    UploadChangedError,
    UpstreamBusyError,
    UpstreamConnectError,
    UpstreamError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTlsError,
)
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters

TOO_MANY_REQUESTS: Final = 429
REPEATABLE: Final = frozenset({429, 500, 502, 503, 504})
REFUSED_UNTOUCHED: Final = frozenset({429, 503})
WITHOUT_EFFECT: Final = (UpstreamBusyError, UpstreamConnectError, UpstreamTlsError, UploadChangedError)

Outcome = Response | UpstreamError
Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """`attempts` in all; waits in seconds; `deadline` bounds a call with all its attempts and waits."""

    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 20.0
    deadline: float = 180.0


def may_repeat(call: Call, outcome: Outcome) -> bool:
    """Whether the call may be sent again after this outcome."""
    if isinstance(outcome, UpstreamBusyError):
        return False
    if isinstance(outcome, UpstreamConnectError):
        return True
    if isinstance(outcome, (UpstreamTimeout, UpstreamProtocolError)):
        return call.is_idempotent
    if not isinstance(outcome, Response) or outcome.status not in REPEATABLE:
        return False
    refused = outcome.status in REFUSED_UNTOUCHED and outcome.header("retry-after") is not None
    return call.is_idempotent or refused


def had_no_effect(outcome: Outcome) -> bool:
    """Whether an attempt surely changed nothing: it was not sent whole, or refused before anything was done."""
    if isinstance(outcome, Response):
        return outcome.status in REFUSED_UNTOUCHED and (
            outcome.status == TOO_MANY_REQUESTS or outcome.header("retry-after") is not None
        )
    return isinstance(outcome, WITHOUT_EFFECT)


def least_certain(call: Call, outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome to tell of a call's attempts: the last, unless it was without effect and an earlier one of a write was not."""
    last = outcomes[-1]
    if call.is_safe or not had_no_effect(last):
        return last
    doubtful = [outcome for outcome in outcomes if not had_no_effect(outcome)]
    unanswered = [outcome for outcome in doubtful if isinstance(outcome, UpstreamError)]
    return (unanswered or doubtful or [last])[-1]


def wait_seconds(policy: RetryPolicy, attempt: int, outcome: Outcome, *, jitter: float, now: float) -> float:
    """Seconds to wait after an attempt (1 is the first): Retry-After, else full jitter of an exponential bound."""
    if isinstance(outcome, Response) and (told := retry_after(outcome, now)) is not None:
        return told
    bound = min(policy.longest_wait, policy.first_wait * 2 ** (attempt - 1))
    return float(bound * jitter)


def retry_after(response: Response, now: float) -> float | None:
    """Seconds that Retry-After asks for, given as seconds or as a date (RFC 9110 section 10.2.3)."""
    text = (response.header("retry-after") or "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now) if text else None
    except ValueError:
        return None


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
        """Send a call, again where it may be. Raises what the attempts came to."""
        begun = self._clock()
        outcomes: list[Outcome] = []

        def again(outcome: Outcome) -> bool:
            return may_repeat(call, outcome) and self._clock() - begun + self._shortest(outcome) < self._policy.deadline

        try:
            async with asyncio.timeout(self._policy.deadline):
                outcomes.append(await self._attempt(call))
                if again(outcomes[0]):
                    await self._repeat(call, outcomes, again)
        except TimeoutError as error:
            raise UpstreamTimeout(
                f"{call.credentials.host} did not answer within {self._policy.deadline:g} s in all.",
                advice="Raise AKAMAI_MCP_DEADLINE, or ask for less; read the resource before repeating a write.",
            ) from error
        told = least_certain(call, outcomes)
        if isinstance(told, UpstreamError):
            raise told
        return told

    async def _repeat(self, call: Call, outcomes: list[Outcome], again: Callable[[Outcome], bool]) -> None:
        """All attempts after the first, whose outcome tenacity gets as its own: most calls need none, and tenacity 27 us."""
        known = list(outcomes)

        async def attempt() -> Outcome:
            if known:
                return known.pop()
            outcomes.append(await self._attempt(call))
            return outcomes[-1]

        attempts = AsyncRetrying(
            stop=stop_after_attempt(self._policy.attempts),
            retry=retry_if_result(again),
            wait=self._wait,
            sleep=self._pause,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        await attempts(attempt)

    async def _attempt(self, call: Call) -> Outcome:
        try:
            return await self._inner(call)
        except UpstreamError as error:
            return error

    def _wait(self, state: RetryCallState) -> float:
        outcome = state.outcome.result() if state.outcome else None
        assert outcome is not None
        return wait_seconds(self._policy, state.attempt_number, outcome, jitter=self._jitter(), now=self._clock())

    def _shortest(self, outcome: Outcome) -> float:
        told = retry_after(outcome, self._clock()) if isinstance(outcome, Response) else None
        return told or 0.0

    async def _pause(self, seconds: float) -> None:
        self._counters.add("retries")
        await self._sleep(seconds)
