"""The order of the pipeline's layers, in one function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from akamai_mcp.pipeline.cache import Cache, CachePolicy, OnWrite
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.circuit_breaker import BreakerPolicy, CircuitBreaker
from akamai_mcp.pipeline.coalesce import Coalesce
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.limits import LimitPolicy, Limits, SharedBucket
from akamai_mcp.pipeline.retry import Retry, RetryPolicy
from akamai_mcp.pipeline.transport.redaction import Redact
from akamai_mcp.pipeline.versions import Versions

if TYPE_CHECKING:
    from akamai_mcp.pipeline.record import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelinePolicies:
    """The policy of each layer."""

    cache: CachePolicy = field(default_factory=CachePolicy)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    limits: LimitPolicy = field(default_factory=LimitPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What several replicas share: a layer around the cache, one below it that asks the others, and the limiter's bucket."""

    around: Callable[[Handler], Handler]
    below: Callable[[Handler], Handler]
    bucket: SharedBucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A stack of layers, its counters, its circuit breaker and its limiter."""

    handler: Observe
    counters: Counters
    breaker: CircuitBreaker
    limits: Limits


def build_pipeline(
    transport: Handler,
    policies: PipelinePolicies,
    counters: Counters | None = None,
    sharing: Sharing | None = None,
    *,
    timed: bool = False,
    on_write: OnWrite | None = None,
) -> Pipeline:
    """Observe, cache, coalesce, retry, circuit breaker, limits, redact, transport.

    A cache hit does not wait; one retrying request serves all identical calls; an open circuit ends the attempts without
    taking a token; the limiter is the last layer that waits, so every attempt takes a token and is signed after the wait;
    redaction is inside every layer that stores responses. Pass `counters` if the transport counts too, and `sharing` with
    several replicas: its outer layer goes around the cache, its inner one below coalescing. `timed` records the time in
    each layer, for logs, metrics and traces. `on_write` is told of each path that a write may have changed.
    """
    seen = _timed() if timed else _as_it_is
    counters = counters or Counters()
    versions = Versions()
    sent = seen("upstream", _Sent(Redact(transport), counters))
    limits = Limits(sent, policies.limits, counters, shared_bucket=sharing.bucket if sharing else None)
    guarded = CircuitBreaker(seen("limits", limits), policies.breaker, counters)
    retried = seen("retry", Retry(seen("breaker", guarded), policies.retry, counters))
    asked = seen("replicas", sharing.below(retried)) if sharing else retried
    coalesced = seen("coalesce", Coalesce(asked, versions, counters))
    cached = seen("cache", Cache(coalesced, policies.cache, versions, counters, on_write=on_write))
    outermost = seen("announce", sharing.around(cached)) if sharing else cached
    return Pipeline(handler=Observe(outermost, counters), counters=counters, breaker=guarded, limits=limits)


def _timed() -> Callable[[Layer, Handler], Handler]:
    from akamai_mcp.pipeline.timing import Timed  # 3 ms, for those who listen

    return Timed


def _as_it_is(_: Layer, handler: Handler) -> Handler:
    return handler


class Observe:
    """Counts calls, failures, and the calls in flight."""

    def __init__(self, inner: Handler, counters: Counters) -> None:
        self._inner = inner
        self._counters = counters
        self.in_flight = 0

    async def __call__(self, call: Call) -> Response:
        """Pass the call on."""
        self._counters.add("calls")
        self.in_flight += 1
        try:
            return await self._inner(call)
        except Exception:
            self._counters.add("failures")
            raise
        finally:
            self.in_flight -= 1


class _Sent:
    """Counts the requests that are sent to Akamai."""

    def __init__(self, inner: Handler, counters: Counters) -> None:
        self._inner = inner
        self._counters = counters

    async def __call__(self, call: Call) -> Response:
        self._counters.add("upstream")
        return await self._inner(call)
