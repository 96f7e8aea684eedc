"""Observability of calls: call log, metrics and traces; loaded only if one of them is configured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mcp_types
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from fastmcp.tools.base import InputRequiredToolResult, ToolResult

from akamai_mcp.access.callers import Caller, current_caller
from akamai_mcp.errors import SettingsError
from akamai_mcp.logs import get_logger
from akamai_mcp.pipeline.record import CallRecord, open_record
from akamai_mcp.server.observability.call_log import CallLog
from akamai_mcp.settings import Settings

if TYPE_CHECKING:
    from akamai_mcp.parts import Parts
    from akamai_mcp.server.observability.metrics import Metrics
    from akamai_mcp.server.observability.traces import Traces

Listener = Callable[[CallRecord], None]


class ObservabilityMiddleware(Middleware):
    """Creates a record of each tool call, cancelled ones included, and passes it to every listener."""

    def __init__(self, listeners: tuple[Listener, ...], get_caller: Callable[[], Caller] = current_caller) -> None:
        self._listeners = listeners
        self._get_caller = get_caller

    async def on_call_tool(
        self,
        context: MiddlewareContext[mcp_types.CallToolRequestParams],
        call_next: CallNext[mcp_types.CallToolRequestParams, ToolResult],
    ) -> ToolResult:
        """Run the call with a record."""
        with open_record(self._notify) as record:
            record.caller = self._get_caller().name
            try:
                result = await call_next(context)
                note_result(record, result)
            except asyncio.CancelledError:
                record.outcome = "cancelled"
                raise
            except Exception as error:
                record.failed(error)
                raise
        return result

    def _notify(self, record: CallRecord) -> None:
        for listener in self._listeners:
            try:
                listener(record)
            except Exception as error:  # noqa: BLE001 - a failed listener must not fail the call
                get_logger().error("call not recorded", error=type(error).__name__, listener=type(listener).__name__)


def note_result(record: CallRecord, result: ToolResult) -> None:
    """Record whether a result is an error, and its size in bytes."""
    if isinstance(result, InputRequiredToolResult):
        record.outcome = "asked"
        return
    if result.is_error and record.outcome == "ok":
        record.outcome = "failed"
    record.result_bytes = sum(map(block_size, result.content))


def block_size(block: mcp_types.ContentBlock) -> int:
    """The bytes of a block's text or blob; structured content, which repeats the text, is not counted."""
    if isinstance(block, mcp_types.TextContent):
        return len(block.text.encode())
    resource = getattr(block, "resource", None)
    return len(getattr(resource, "blob", "") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observability:
    """The configured listeners."""

    log: CallLog | None = None
    metrics: Metrics | None = None
    traces: Traces | None = None
    get_caller: Callable[[], Caller] = current_caller
    has_port: bool = False

    def middleware(self) -> ObservabilityMiddleware:
        """Create the middleware that notifies them of each call."""
        return ObservabilityMiddleware(
            tuple(listener for listener in (self.log, self.metrics, self.traces) if listener), self.get_caller
        )

    @asynccontextmanager
    async def running(self, settings: Settings) -> AsyncIterator[None]:
        """Serve the metrics on their own port if they have one, and send the last spans at the end."""
        try:
            if self.metrics and settings.metrics_port:
                from akamai_mcp.server.observability.metrics_port import serve_metrics  # 16 ms: only for a port of its own

                async with serve_metrics(self.metrics, settings.metrics_host, settings.metrics_port, settings.allowed_hosts):
                    yield
            else:
                yield
        finally:
            if self.traces:
                await self.traces.aclose()


def create_observability(settings: Settings, parts: Parts, get_caller: Callable[[], Caller]) -> Observability:
    """Create the listeners from the settings. Raises SettingsError if a library is not installed."""
    metrics, traces = None, None
    if settings.measures:
        from akamai_mcp.server.observability.metrics import open_metrics  # 17 ms, and an optional dependency

        metrics = open_metrics(parts.pipeline, parts.replicas)
    if settings.traces:
        traces = _open_traces()
    return Observability(
        log=CallLog() if settings.logs_calls else None,
        metrics=metrics,
        traces=traces,
        get_caller=get_caller,
        has_port=settings.metrics_port is not None,
    )


def _open_traces() -> Traces:
    try:
        from akamai_mcp.server.observability.traces import open_traces  # 40 ms, and an optional dependency
    except ImportError as error:
        raise SettingsError(
            "AKAMAI_MCP_TRACES needs the OpenTelemetry SDK, which is not installed.",
            advice="Install the extra: akamai-mcp[otel].",
        ) from error
    return open_traces()
