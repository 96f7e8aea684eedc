"""Spans: one for each layer below the request's, to the collector alone, with nothing in them that was given or answered."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from mcp_stage import FIRST, HELLO, MakeSettings, start_child
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from akamai_mcp.errors import SettingsError
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.server.app import build_server
from akamai_mcp.server.observability.traces import ReceiveOnly, check_variables

READ = {"name": "network-lists/v2#get-network-lists"}
DELETE = {"name": "network-lists/v2#delete-network-list", "arguments": {"networkListId": "planted-argument"}}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
LAYERS = ["akamai.cache", "akamai.coalesce", "akamai.retry", "akamai.breaker", "akamai.limits", "akamai.upstream"]


class FakeCollector:
    """Takes spans over HTTP as a collector does."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.raw.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def resources(self) -> list[Any]:
        return [part for raw in self.raw for part in ExportTraceServiceRequest.FromString(raw).resource_spans]

    @property
    def spans(self) -> list[Span]:
        return [span for part in self.resources for scope in part.scope_spans for span in scope.spans]

    def of_tool(self, tool: str) -> Span:
        (found,) = [span for span in self.spans if span.name == f"tools/call {tool}"]
        return found

    def below(self, span: Span) -> list[Span]:
        return [inner for inner in self.spans if inner.parent_span_id == span.span_id]

    def chain(self, span: Span) -> list[str]:
        """The names of the spans below one, each below the other."""
        names = []
        while inner := self.below(span):
            names.append(inner[0].name)
            span = inner[0]
        return names


@pytest.fixture
def collector() -> Iterator[FakeCollector]:
    running = FakeCollector()
    yield running
    running.stop()


@pytest.fixture
def environment(child_environment: dict[str, str], collector: FakeCollector) -> dict[str, str]:
    """A child that sends its spans to the collector."""
    return {**child_environment, "AKAMAI_MCP_TRACES": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}


def facts(span: Span) -> dict[str, Any]:
    return {item.key: getattr(item.value, item.value.WhichOneof("value")) for item in span.attributes}


@pytest.mark.smoke
async def test_each_layer_is_a_span_below_the_one_around_it_and_the_clients_trace_goes_on(
    environment: dict[str, str], collector: FakeCollector, tmp_path: Path
) -> None:
    async with start_child(environment, tmp_path) as child:
        await child.hello()
        meta = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        await child.ask("tools/call", {"name": "akamai_read", "arguments": READ, "_meta": meta})
        assert await child.end() == (0, "")
    call = collector.of_tool("akamai_read")
    assert (call.trace_id.hex(), call.parent_span_id.hex()) == (TRACE, PARENT)
    assert collector.chain(call) == LAYERS
    assert facts(call)["akamai.operation"] == READ["name"]
    assert (facts(call)["akamai.customer"], facts(call)["akamai.outcome"]) == ("default", "ok")
    (upstream,) = [span for span in collector.spans if span.name == "akamai.upstream"]
    assert facts(upstream) == {"http.response.status_code": 200}
    for inner in collector.spans:
        if inner.name.startswith("akamai."):
            assert call.start_time_unix_nano <= inner.start_time_unix_nano <= inner.end_time_unix_nano <= call.end_time_unix_nano
    names = {item.key: item.value.string_value for part in collector.resources for item in part.resource.attributes}
    assert names["service.name"] == "akamai-mcp"


async def test_the_context_of_a_trace_goes_neither_to_akamai_nor_to_the_client(
    environment: dict[str, str], collector: FakeCollector, fake: FakeAkamai, tmp_path: Path
) -> None:
    async with start_child(environment, tmp_path) as child:
        await child.ask("initialize", {**HELLO, "capabilities": {"elicitation": {}}})
        await child.write('{"jsonrpc": "2.0", "method": "notifications/initialized"}')
        await child.call("akamai_read", **READ)
        await child.write(
            json.dumps(
                {"jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": {"name": "akamai_destroy", "arguments": DELETE}}
            )
        )
        while "elicitation/create" not in (question := await child.read()):
            pass
        refusal = {"jsonrpc": "2.0", "id": json.loads(question)["id"], "result": {"action": "decline"}}
        await child.write(json.dumps(refusal))
        await child.read()
        await child.end()
    assert collector.spans
    assert {"traceparent", "tracestate", "baggage"} & {
        name.lower() for sent in fake.requests for name, _ in sent.headers
    } == set()
    assert "traceparent" not in "".join(child.lines)


async def test_spans_hold_no_credential_no_argument_and_nothing_of_an_answer(
    environment: dict[str, str], collector: FakeCollector, fake: FakeAkamai, tmp_path: Path
) -> None:
    async with start_child(environment, tmp_path) as child:
        await child.hello()
        fake.faults.add(Fault(status=500, headers={"x-planted": "planted-answer"}))
        await child.call("akamai_read", **READ)
        await child.call("akamai_destroy", **DELETE)
        await child.call("akamai_planted_tool")
        await child.call("akamai_raw_request", method="GET", path="/planted/path", queryParams={"q": "planted-query"})
        await child.ask("resources/read", {"uri": "akamai://planted/resource"})
        await child.ask("planted/method")
        await child.end()
    raw = b"".join(collector.raw)
    assert len(collector.spans) > 6
    assert b"planted" not in raw
    for secret in (FIRST.client_token, FIRST.client_secret, FIRST.access_token):
        assert secret.encode() not in raw
    assert {len(span.events) for span in collector.spans} == {0}
    outcomes = {facts(span).get("akamai.outcome") for span in collector.spans}
    assert {"failed", "asked", "invalid"} <= outcomes


async def test_a_collector_that_does_not_answer_holds_nobody_up(environment: dict[str, str], tmp_path: Path) -> None:
    nowhere = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    async with start_child({**environment, **nowhere}, tmp_path) as child:
        await child.hello()
        assert not (await child.call("akamai_read", **READ))["result"]["isError"]
        status, _ = await child.end()
    assert status == 0


def test_a_context_is_received_and_never_given() -> None:
    from opentelemetry import trace

    context = ReceiveOnly().extract({"traceparent": f"00-{TRACE}-{PARENT}-01"})
    assert f"{trace.get_current_span(context).get_span_context().trace_id:x}" == TRACE
    carrier: dict[str, str] = {}
    ReceiveOnly().inject(carrier, context)
    assert (carrier, ReceiveOnly().fields) == ({}, set())


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_TRACES_EXPORTER": "console"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"},
    ],
)
def test_an_exporter_that_is_not_there_is_refused_at_the_start(variables: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        check_variables(variables)
    check_variables({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_TRACES_EXPORTER": "otlp"})


def test_without_the_sdk_the_start_says_which_extra_brings_it(settings: MakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "akamai_mcp.server.observability.traces", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError) as refused:
        build_server(settings(traces=True))
    assert "akamai-mcp[otel]" in refused.value.advice
