"""OpenTelemetry traces: FastMCP creates a span for each request, and each pipeline layer of a call adds a child span.

Only this module loads the SDK. A client's trace context is accepted and goes only to the collector, never into requests to
Akamai or to a client. Spans are filtered by attribute name, whoever set the attribute.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Thread
from typing import Any, Final

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagators.textmap import CarrierT, Getter, Setter, TextMapPropagator, default_getter, default_setter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from akamai_mcp import __version__
from akamai_mcp.errors import SettingsError
from akamai_mcp.http_status import is_server_error
from akamai_mcp.pipeline.record import CallRecord, Visit

SPAN_PREFIX: Final = "akamai."
TOOL: Final = f"{SPAN_PREFIX}tool"
SHOWN: Final = frozenset({"mcp.protocol.version", "fastmcp.server.name", "http.response.status_code"})
GOOD: Final = frozenset({"ok", "asked"})
LAST_SECONDS: Final = 3.0
NANO: Final = 1_000_000_000
METHOD: Final = "mcp.method.name"
MCP_METHODS: Final = frozenset(
    """
    initialize ping server/discover tools/list tools/call resources/list resources/templates/list resources/read
    resources/subscribe resources/unsubscribe prompts/list prompts/get completion/complete logging/setLevel
    """.split()
)
OTHER: Final = "other"


class ReceiveOnly(TextMapPropagator):
    """Accepts a client's trace context, and sends none (W3C Trace Context)."""

    def __init__(self) -> None:
        self._received = TraceContextTextMapPropagator()

    def extract(self, carrier: CarrierT, context: Context | None = None, getter: Getter[CarrierT] = default_getter) -> Context:
        """Return the context that a client sent."""
        return self._received.extract(carrier, context, getter)

    def inject(self, carrier: CarrierT, context: Context | None = None, setter: Setter[CarrierT] = default_setter) -> None:
        """Do nothing: trace ids must not reach Akamai."""

    @property
    def fields(self) -> set[str]:
        """Return no fields, since none is ever set."""
        return set()


class FilteringExporter(SpanExporter):
    """Exports only harmless data: listed attributes, no events, no exception messages, no names that a caller chose."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send the filtered spans."""
        return self._inner.export([filter_span(span) for span in spans])

    def shutdown(self) -> None:
        """Stop sending."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the inner exporter; this one keeps nothing."""
        return self._inner.force_flush(timeout_millis)


def filter_span(span: ReadableSpan) -> ReadableSpan:
    """Copy a span with only the attributes that may be exported."""
    attributes = {name: value for name, value in (span.attributes or {}).items() if name in SHOWN or name.startswith(SPAN_PREFIX)}
    method = str((span.attributes or {}).get(METHOD, ""))
    if method:
        attributes[METHOD] = method = method if method in MCP_METHODS else OTHER
    return ReadableSpan(
        name=span.name if span.name.startswith(SPAN_PREFIX) else f"{method or OTHER} {attributes.get(TOOL, '')}".rstrip(),
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


class Traces:
    """Writes a span for each layer of a call, below FastMCP's span of the request."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer: Tracer = provider.get_tracer("akamai-mcp", __version__)

    def __call__(self, record: CallRecord) -> None:
        """Write the spans of a call."""
        request = trace.get_current_span()
        if not request.is_recording():
            return
        request.set_attributes(to_attributes(record))
        if record.outcome not in GOOD:
            request.set_status(Status(StatusCode.ERROR))
        spans: dict[int, Span] = {}
        for visit in record.visits:
            outer = spans.get(id(visit.outer), request)
            spans[id(visit)] = span = self._begin(visit, outer, record)
            span.end(_wall(record, visit.ended or visit.began))

    def _begin(self, visit: Visit, outer: Span, record: CallRecord) -> Span:
        upstream = visit.layer == "upstream"
        span = self._tracer.start_span(
            SPAN_PREFIX + visit.layer,
            trace.set_span_in_context(outer),
            kind=SpanKind.CLIENT if upstream else SpanKind.INTERNAL,
            start_time=_wall(record, visit.began),
        )
        if upstream and visit.status is not None:
            span.set_attribute("http.response.status_code", visit.status)
        if visit.status is None or is_server_error(visit.status):
            span.set_status(Status(StatusCode.ERROR))
        return span

    async def aclose(self) -> None:
        """Send the last spans, for at most 3 seconds: a collector that does not answer must not delay the shutdown."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # the event loop has closed
                loop.call_soon_threadsafe(done.set)

        Thread(target=shut_down, name="last-spans", daemon=True).start()
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await done.wait()
        except TimeoutError:
            return


def to_attributes(record: CallRecord) -> dict[str, Any]:
    """The attributes of a call: names from the catalogue and the configuration, and numbers."""
    facts = {
        "request": record.identifier,
        "tool": record.tool,
        "customer": record.customer,
        "operation": record.operation,
        "outcome": record.outcome,
        "result_bytes": record.result_bytes,
    }
    return {SPAN_PREFIX + name: value for name, value in facts.items() if value != ""}


def _wall(record: CallRecord, moment: float) -> int:
    return round((record.began_at + moment - record.began) * NANO)


def open_traces(environment: Mapping[str, str] = os.environ) -> Traces:
    """Create traces for the collector of the OTEL_ variables. Raises SettingsError if they ask for something unsupported."""
    check_variables(environment)
    resource = Resource.create({SERVICE_NAME: environment.get("OTEL_SERVICE_NAME") or "akamai-mcp", SERVICE_VERSION: __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(FilteringExporter(OTLPSpanExporter())))
    trace.set_tracer_provider(provider)
    propagate.set_global_textmap(ReceiveOnly())
    return Traces(provider)


def check_variables(environment: Mapping[str, str]) -> None:
    """Check the OTEL_ variables. Raises SettingsError for an unsupported exporter or protocol."""
    exporter = environment.get("OTEL_TRACES_EXPORTER") or "otlp"
    protocol = (
        environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get("OTEL_EXPORTER_OTLP_PROTOCOL") or "http/protobuf"
    )
    if exporter != "otlp" or protocol != "http/protobuf":
        raise SettingsError(
            f"Spans cannot be exported by {exporter[:40]!r} over {protocol[:40]!r}.",
            advice="Only otlp over http/protobuf is supported: unset OTEL_TRACES_EXPORTER and OTEL_EXPORTER_OTLP_PROTOCOL.",
        )
