"""Prometheus metrics: each call record is counted once; gauges are computed at a scrape, not during calls."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from akamai_mcp import __version__
from akamai_mcp.errors import SettingsError
from akamai_mcp.pipeline.counters import EVENTS
from akamai_mcp.pipeline.record import CallRecord, Visit
from akamai_mcp.pipeline.stack import Pipeline

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from akamai_mcp.replicas.replica import Replicas

RouteGuard = Callable[["Request"], Awaitable["Response | None"]]

METRIC_PREFIX: Final = "akamai_mcp_"
OTHER: Final = "other"
# Each label value is a time series of its own for every metric, so their number has to be bounded.
MAX_CUSTOMERS: Final = 50
MAX_PRODUCTS: Final = 100
MAX_LIMITS: Final = 500  # customers and APIs whose limits are shown
CHARACTERS_A_TOKEN: Final = 4
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180)
TOKENS: Final = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
CALL_LABELS: Final = ("customer", "product")
# Renamed, because a tool call is not an exchange: each page of a paginated call is one.
RENAMED: Final = {"calls": "exchanges", "upstream": "attempts", "failures": "exchange_failures"}


class Bounded:
    """Keeps the first names up to a number, and maps any further name to `other`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        """Return the name, or `other`."""
        if name not in self._known:
            if len(self._known) >= self._most:
                return OTHER
            self._known.add(name)
        return name


class Metrics:
    """Counts calls by customer and product."""

    def __init__(self, pipeline: Pipeline, replicas: Replicas | None = None) -> None:
        # 9 ms, and an optional dependency.
        from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call] # they would double the number of series
        self._registry = registry = CollectorRegistry()
        self._customer, self._product = Bounded(MAX_CUSTOMERS), Bounded(MAX_PRODUCTS)

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(METRIC_PREFIX + name, about, (*CALL_LABELS, *labels), registry=registry)

        def histogram(name: str, about: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
            return Histogram(METRIC_PREFIX + name, about, labels, buckets=buckets, registry=registry)

        self._calls = counter("calls", "Tool calls by outcome", "outcome")
        self._answers = counter("upstream_answers", "Attempts sent to Akamai by response status", "status")
        self._received = counter("received_bytes", "Bytes of Akamai's responses")
        self._result_bytes = counter("result_bytes", "Bytes of tool results")
        self._seconds = histogram("call_seconds", "Duration of tool calls in seconds", CALL_LABELS, SECONDS)
        self._layers = histogram("layer_seconds", "Seconds spent in a layer itself, per passage", ("layer",), SECONDS)
        self._tokens = histogram("result_tokens", "Tokens of tool results, at four bytes each", ("product",), TOKENS)
        self._events = {event: counter(event_name(event), f"Events in the pipeline: {event}") for event in EVENTS}
        Info(METRIC_PREFIX + "build", "The version", registry=registry).info({"version": __version__})
        ProcessCollector(registry=registry)
        registry.register(PipelineState(pipeline, replicas))

    def __call__(self, record: CallRecord) -> None:
        """Count a call."""
        labels = self._customer(record.customer), self._product(record.product)
        self._calls.labels(*labels, record.outcome).inc()
        self._seconds.labels(*labels).observe(record.seconds)
        self._result_bytes.labels(*labels).inc(record.result_bytes)
        self._tokens.labels(labels[1]).observe(record.result_bytes / CHARACTERS_A_TOKEN)
        for event, amount in record.events.items():
            self._events[event].labels(*labels).inc(amount)
        for visit in record.visits:
            self._count(visit, labels)

    def _count(self, visit: Visit, labels: tuple[str, str]) -> None:
        self._layers.labels(visit.layer).observe(visit.own)
        if visit.layer == "upstream":
            self._answers.labels(*labels, status_class(visit.status)).inc()
            self._received.labels(*labels).inc(visit.received)

    def add_refusals(self, counts: Mapping[Any, int]) -> None:
        """Show the refused bearer tokens and WebSocket handshakes of an HTTP server."""
        self._registry.register(RefusalState(counts))

    def exposition(self, accept: str = "") -> tuple[str, bytes]:
        """Return the media type and text of all current metrics."""
        from prometheus_client.exposition import choose_encoder  # loaded already: an optional dependency

        encode, content_type = choose_encoder(accept)
        return content_type, encode(self._registry)


class PipelineState:
    """Gauges that are computed at each scrape."""

    def __init__(self, pipeline: Pipeline, replicas: Replicas | None) -> None:
        self._pipeline = pipeline
        self._replicas = replicas

    def collect(self) -> Iterator[Any]:
        """Yield open circuits by API, Akamai's limits, exchanges in progress and the state of the replicas."""
        from prometheus_client.core import GaugeMetricFamily  # loaded already: an optional dependency

        circuits = GaugeMetricFamily(METRIC_PREFIX + "open_circuits", "Open circuits by API", labels=["api"])
        apis = [api for api, _ in self._pipeline.breaker.open_circuits()]
        for api in sorted(set(apis)):
            circuits.add_metric([api], apis.count(api))
        yield circuits
        yield from self._limits()
        yield GaugeMetricFamily(METRIC_PREFIX + "in_flight", "Exchanges in progress", value=self._pipeline.handler.in_flight)
        if self._replicas:
            health = self._replicas.health()
            yield GaugeMetricFamily(METRIC_PREFIX + "redis_joined", "1 if Redis is reached", value=health.joined)
            yield GaugeMetricFamily(METRIC_PREFIX + "changes_refused", "1 if changes are refused", value=health.changes_refused)
            yield GaugeMetricFamily(
                METRIC_PREFIX + "silent_replicas", "Replicas that do not respond", value=health.silent_replicas
            )

    def _limits(self) -> Iterator[Any]:
        """Yield what Akamai said of limits, by customer and API."""
        from prometheus_client.core import GaugeMetricFamily  # loaded already: an optional dependency

        labels = ["customer", "api"]
        allowed = GaugeMetricFamily(METRIC_PREFIX + "rate_limit_calls", "Calls that a limit of Akamai's allows", labels=labels)
        remaining = GaugeMetricFamily(METRIC_PREFIX + "rate_limit_remaining_calls", "Calls that are left of it", labels=labels)
        for one, _ in self._pipeline.limits.known_limits()[:MAX_LIMITS]:
            allowed.add_metric([one.customer, one.api], one.limit.limit)
            remaining.add_metric([one.customer, one.api], one.limit.remaining)
        yield allowed
        yield remaining


class RefusalState:
    """Counters of refused requests, read at each scrape."""

    def __init__(self, counts: Mapping[Any, int]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Any]:
        """Yield the refusals by kind."""
        from prometheus_client.core import CounterMetricFamily  # loaded already: an optional dependency

        refused = CounterMetricFamily(METRIC_PREFIX + "refused", "Refused requests: token or handshake", labels=["kind"])
        for kind in ("token", "handshake"):
            refused.add_metric([kind], self._counts.get(kind, 0))
        yield refused


def event_name(event: str) -> str:
    """Convert an event's name to a metric's name: cacheHits becomes cache_hits."""
    return RENAMED.get(event) or re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", event)


def status_class(status: int | None) -> str:
    """429 itself, any other status by its class, `none` without a response."""
    if status is None:
        return "none"
    return "429" if status == 429 else f"{status // 100}xx"  # noqa: PLR2004 - the status of rate limits


def open_metrics(pipeline: Pipeline, replicas: Replicas | None = None) -> Metrics:
    """Create the metrics. Raises SettingsError if prometheus-client is not installed."""
    try:
        return Metrics(pipeline, replicas)
    except ImportError as error:
        raise SettingsError(
            "AKAMAI_MCP_METRICS needs prometheus-client, which is not installed.",
            advice="Install the extra: akamai-mcp[metrics].",
        ) from error


def metrics_route(metrics: Metrics, guard: RouteGuard | None = None) -> Callable[[Request], Awaitable[Response]]:
    """Create the endpoint of /metrics; `guard` returns a response to reject a request with, or None."""

    async def show(request: Request) -> Response:
        from starlette.responses import Response  # only the endpoint needs it

        if guard and (refusal := await guard(request)):
            return refusal
        content_type, text = metrics.exposition(request.headers.get("accept", ""))
        return Response(text, media_type=content_type)

    return show
