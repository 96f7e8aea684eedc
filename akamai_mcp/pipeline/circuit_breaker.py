"""Stop asking an API that keeps failing: after consecutive failures calls fail at once, then one probe is let through.

One circuit for each identity, host and API, so that a broken API or a broken account never opens the circuit of another. Only
Akamai's failures count (5xx, no connection, no response); a 4xx is a response like any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from cachetools import LRUCache

from akamai_mcp.errors import UpstreamBusyError, UpstreamConnectError, UpstreamError, UpstreamTlsError
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.responses.effect import Ending, effect_of

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


def is_failure(ending: Ending) -> bool:
    """Return True if the API failed: 5xx, no connection, or no response that says what was done.

    A file of ours that changed and a limit of ours that refused the call had no effect, and are no failure of the API.
    """
    if isinstance(ending, Response):
        return ending.is_server_error
    if isinstance(ending, (UpstreamConnectError, UpstreamTlsError)):
        return True
    return isinstance(ending, UpstreamError) and effect_of(ending) == "unknown"


def was_answered(ending: Ending) -> bool:
    """Return True if the API answered; a response that is too large to read counts."""
    return isinstance(ending, Response) or effect_of(ending) == "taken"


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
        ending: Ending
        try:
            ending = response = await self._inner(call)
        except BaseException as error:
            ending = error
            raise
        finally:
            self._learn(key, ending)
        return response

    def open_circuits(self) -> list[tuple[str, float]]:
        """(api, seconds until a probe) of each open circuit."""
        now = self._clock()
        return [(api, c.open_until - now) for (_, api), c in self._circuits.items() if c.open_until > now]

    def _learn(self, key: tuple[str, str], ending: Ending) -> None:
        # Looked up again: other calls of the same API have ended meanwhile.
        before = self._circuits.get(key, Circuit())
        if is_failure(ending):
            after = before.failed(self._policy, self._clock())
        else:
            after = before.succeeded() if was_answered(ending) else before.abandoned()
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
