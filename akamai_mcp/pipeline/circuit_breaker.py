"""Stop asking an API that keeps failing: after consecutive failures calls fail at once, then one probe is let through.

One circuit for each identity, host and API, so that a broken API or a broken account never closes another. Only
Akamai's failures count (5xx, no connection, no answer); a 4xx is an answer like any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from cachetools import LRUCache

from akamai_mcp.errors import UploadChangedError, UpstreamBusyError, UpstreamError, UpstreamTooLargeError
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters

MAX_CIRCUITS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    """`failures` in a row open a circuit for `open_seconds`."""

    failures: int = 8
    open_seconds: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """The state of one circuit: failures in a row, open until when, whether a probe is under way."""

    failures: int = 0
    open_until: float = 0.0
    probing: bool = False

    def admits(self, now: float) -> bool:
        """True where a call may pass: the circuit is closed, or its time is over and no probe is under way."""
        return self.open_until == 0.0 or (now >= self.open_until and not self.probing)

    def admitted(self) -> Circuit:
        """The state while a call that passed is under way."""
        return replace(self, probing=self.open_until != 0.0)

    def succeeded(self) -> Circuit:
        """Closed."""
        return Circuit()

    def failed(self, policy: BreakerPolicy, now: float) -> Circuit:
        """One more failure: open where there are enough of them or the probe was it."""
        failures = self.failures + 1
        opens = self.probing or failures >= policy.failures
        return Circuit(failures=failures, open_until=now + policy.open_seconds if opens else self.open_until)

    def abandoned(self) -> Circuit:
        """The call under way was given up by its caller: nothing is learnt."""
        return replace(self, probing=False)


class CircuitBreaker:
    """The layer that fails at once while a circuit is open."""

    def __init__(
        self, inner: Handler, policy: BreakerPolicy, counters: Counters, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._inner = inner
        self._policy = policy
        self._counters = counters
        self._clock = clock
        self._circuits: LRUCache[tuple[str, str], Circuit] = LRUCache(MAX_CIRCUITS)

    async def __call__(self, call: Call) -> Response:
        """Pass the call on. Raises UpstreamBusyError while the circuit is open."""
        key = (call.identity, call.api)
        circuit = self._circuits.get(key, Circuit())
        if not circuit.admits(self._clock()):
            self._refuse(call, circuit)
        self._circuits[key] = circuit.admitted()
        try:
            response = await self._inner(call)
        except (UploadChangedError, UpstreamBusyError, UpstreamTooLargeError):
            self._change(key, Circuit.abandoned)
            raise
        except UpstreamError:
            self._fail(key)
            raise
        except BaseException:
            self._change(key, Circuit.abandoned)
            raise
        if response.status >= 500:  # noqa: PLR2004
            self._fail(key)
        else:
            self._change(key, Circuit.succeeded)
        return response

    def open_circuits(self) -> list[tuple[str, float]]:
        """(api, seconds until a probe) of each open circuit."""
        now = self._clock()
        return [(api, c.open_until - now) for (_, api), c in self._circuits.items() if c.open_until > now]

    def _change(self, key: tuple[str, str], change: Callable[[Circuit], Circuit]) -> None:
        self._circuits[key] = change(self._circuits.get(key, Circuit()))

    def _fail(self, key: tuple[str, str]) -> None:
        before = self._circuits.get(key, Circuit())
        after = before.failed(self._policy, self._clock())
        if after.open_until > before.open_until:
            self._counters.add("breakerOpened")
        self._circuits[key] = after

    def _refuse(self, call: Call, circuit: Circuit) -> None:
        self._counters.add("breakerRefusals")
        wait = max(0.0, circuit.open_until - self._clock())
        raise UpstreamBusyError(
            f"{call.api} failed {circuit.failures} times in a row for customer {call.customer!r}; calls are held back.",
            retry_after=wait,
            advice=f"It is tried again in {wait:.0f} s. Nothing was sent.",
        )
