"""Metrics of calls for Prometheus, each record counted once; what a scrape costs, the call does not."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
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

Guard = Callable[["Request"], Awaitable["Response | None"]]

PREFIX: Final = "akamai_mcp_"
OTHER: Final = "other"
MAX_CUSTOMERS: Final = 50
MAX_PRODUCTS: Final = 100
CHARACTERS_A_TOKEN: Final = 4
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180)
TOKENS: Final = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
WHOSE: Final = ("customer", "product")
# Two events are called differently outside: a tool's call is not the same as an exchange, which may be one of its pages.
RENAMED: Final = {"calls": "exchanges", "upstream": "attempts", "failures": "exchange_failures"}


class Bounded:
    """The first names that come, and `other` for all beyond a number of them: a metric has one series for each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, name: str) -> str:
        """The name, or `other`."""
        if name not in self._known:
            if len(self._known) >= self._most:
                return OTHER
            self._known.add(name)
        return name


class Metrics:
    """What calls came to, by customer and product."""

    def __init__(self, pipeline: Pipeline, replicas: Replicas | None = None) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call] # a series more for each, which nobody asks for
        self._registry = registry = CollectorRegistry()
        self._customer, self._product = Bounded(MAX_CUSTOMERS), Bounded(MAX_PRODUCTS)

        def counter(name: str, about: str, *labels: str) -> Counter:
            return Counter(PREFIX + name, about, (*WHOSE, *labels), registry=registry)

        def histogram(name: str, about: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
            return Histogram(PREFIX + name, about, labels, buckets=buckets, registry=registry)

        self._calls = counter("calls", "Calls of tools by what became of them", "outcome")
        self._answers = counter("upstream_answers", "Attempts sent to Akamai by the status that came back", "status")
        self._received = counter("received_bytes", "Bytes of Akamai's answers")
        self._result_bytes = counter("result_bytes", "Bytes of results as clients get them")
        self._seconds = histogram("call_seconds", "Seconds that a call took", WHOSE, SECONDS)
        self._layers = histogram("layer_seconds", "Seconds spent in one passage through a layer itself", ("layer",), SECONDS)
        self._tokens = histogram("result_tokens", "Tokens of results, four bytes each", ("product",), TOKENS)
        self._events = {event: counter(event_name(event), f"Times that the pipeline counted {event}") for event in EVENTS}
        Info(PREFIX + "build", "The version", registry=registry).info({"version": __version__})
        ProcessCollector(registry=registry)
        registry.register(PipelineState(pipeline, replicas))

    def __call__(self, record: CallRecord) -> None:
        """Count a call."""
        whose = self._customer(record.customer), self._product(record.product)
        self._calls.labels(*whose, record.outcome).inc()
        self._seconds.labels(*whose).observe(record.seconds)
        self._result_bytes.labels(*whose).inc(record.result_bytes)
        self._tokens.labels(whose[1]).observe(record.result_bytes / CHARACTERS_A_TOKEN)
        for event, amount in record.events.items():
            self._events[event].labels(*whose).inc(amount)
        for visit in record.visits:
            self._count(visit, whose)

    def _count(self, visit: Visit, whose: tuple[str, str]) -> None:
        self._layers.labels(visit.layer).observe(visit.own)
        if visit.layer == "upstream":
            self._answers.labels(*whose, status_class(visit.status)).inc()
            self._received.labels(*whose).inc(visit.received)

    def exposition(self, accept: str = "") -> tuple[str, bytes]:
        """All metrics as they are now: the media type and the text."""
        from prometheus_client.exposition import choose_encoder

        encode, content_type = choose_encoder(accept)
        return content_type, encode(self._registry)


class PipelineState:
    """What is so at the moment of a scrape, asked then and not counted before."""

    def __init__(self, pipeline: Pipeline, replicas: Replicas | None) -> None:
        self._pipeline = pipeline
        self._replicas = replicas

    def collect(self) -> Iterator[Any]:
        """Open circuits of each API, calls under way, and whether the other replicas are reached."""
        from prometheus_client.core import GaugeMetricFamily

        circuits = GaugeMetricFamily(PREFIX + "open_circuits", "Circuits that are open, by API", labels=["api"])
        apis = [api for api, _ in self._pipeline.breaker.open_circuits()]
        for api in sorted(set(apis)):
            circuits.add_metric([api], apis.count(api))
        yield circuits
        yield GaugeMetricFamily(PREFIX + "in_flight", "Exchanges under way", value=self._pipeline.handler.in_flight)
        if self._replicas:
            health = self._replicas.health()
            yield GaugeMetricFamily(PREFIX + "redis_joined", "Whether Redis is reached", value=health.joined)
            yield GaugeMetricFamily(PREFIX + "changes_refused", "Whether changes are kept back", value=health.changes_refused)
            yield GaugeMetricFamily(PREFIX + "silent_replicas", "Replicas that are missing", value=health.silent_replicas)


def event_name(event: str) -> str:
    """How an event of the pipeline is called as a metric: cacheHits is cache_hits."""
    return RENAMED.get(event) or re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", event)


def status_class(status: int | None) -> str:
    """429 as it is, any other status by its class, `none` where no answer came."""
    if status is None:
        return "none"
    return "429" if status == 429 else f"{status // 100}xx"  # noqa: PLR2004 - the status that limits are told by


def open_metrics(pipeline: Pipeline, replicas: Replicas | None = None) -> Metrics:
    """The metrics. Raises SettingsError where the library for them is not installed."""
    try:
        return Metrics(pipeline, replicas)
    except ImportError as error:
        raise SettingsError(
            "AKAMAI_MCP_METRICS needs prometheus-client, which is not installed.",
            advice="Install the extra: akamai-mcp[metrics].",
        ) from error


def metrics_route(metrics: Metrics, guard: Guard | None = None) -> Callable[[Request], Awaitable[Response]]:
    """The route of /metrics; `guard` gives the refusal of a request, or None where it may see them."""

    async def show(request: Request) -> Response:
        from starlette.responses import Response

        if guard and (refusal := await guard(request)):
            return refusal
        content_type, text = metrics.exposition(request.headers.get("accept", ""))
        return Response(text, media_type=content_type)

    return show
