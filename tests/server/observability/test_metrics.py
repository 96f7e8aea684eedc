"""Metrics of calls, through MCP and as a scraper gets them."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastmcp import Client
from mcp_stage import FIRST, MakeSettings, Stage, start_child
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from akamai_mcp.errors import SettingsError
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.server.app import AkamaiServer, build_server
from akamai_mcp.server.observability.metrics import OTHER, Bounded, event_name, metrics_route, status_class

READ = {"name": "network-lists/v2#get-network-lists"}
WHOSE = {"customer": "default", "product": "network-lists"}


class Scraped:
    """The samples of one scrape."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def get(self, name: str, **labels: str) -> float:
        """The sum of the samples of a name that have these labels."""
        return sum(s.value for s in self._samples if s.name == f"akamai_mcp_{name}" and labels.items() <= s.labels.items())


@asynccontextmanager
async def measured(settings: MakeSettings, fake: FakeAkamai, **changes: Any) -> AsyncIterator[tuple[Stage, AkamaiServer]]:
    server = build_server(settings(metrics=True, **changes))
    async with Client(server) as client:
        yield Stage(client=client, fake=fake), server


def scrape(server: AkamaiServer) -> Scraped:
    assert server.observability
    assert server.observability.metrics
    content_type, text = server.observability.metrics.exposition()
    assert content_type.startswith("text/plain")
    return Scraped(text.decode())


@pytest.mark.smoke
async def test_calls_are_counted_by_customer_product_and_outcome(settings: MakeSettings, fake: FakeAkamai) -> None:
    async with measured(settings, fake) as (stage, server):
        await stage.ask("akamai_read", READ)
        await stage.ask("akamai_read", READ)
        await stage.ask("akamai_read", READ, customer="second")
        await stage.ask("akamai_destroy", name="network-lists/v2#delete-network-list", arguments={"networkListId": "1"})
        await stage.ask("akamai_list_operations", query="purge")
        seen = scrape(server)
    assert seen.get("calls_total", **WHOSE, outcome="ok") == 2
    assert seen.get("calls_total", customer="second", product="network-lists", outcome="ok") == 1
    assert seen.get("calls_total", **WHOSE, outcome="asked") == 1
    assert seen.get("calls_total", customer="", product="", outcome="ok") == 1
    assert seen.get("call_seconds_count", **WHOSE) == 3


async def test_cache_hits_attempts_and_bytes_are_counted(settings: MakeSettings, fake: FakeAkamai) -> None:
    async with measured(settings, fake) as (stage, server):
        first = await stage.ask("akamai_read", READ)
        second = await stage.ask("akamai_read", READ)
        seen = scrape(server)
    sent = len((first.text + second.text).encode())
    assert (seen.get("cache_hits_total", **WHOSE), seen.get("cache_misses_total", **WHOSE)) == (1, 1)
    assert (seen.get("attempts_total", **WHOSE), seen.get("exchanges_total", **WHOSE)) == (1, 2)
    assert seen.get("upstream_answers_total", **WHOSE, status="2xx") == 1
    assert seen.get("received_bytes_total", **WHOSE) > 0
    assert seen.get("result_bytes_total", **WHOSE) == sent
    assert seen.get("result_tokens_sum", product="network-lists") == sent / 4
    assert (seen.get("layer_seconds_count", layer="cache"), seen.get("layer_seconds_count", layer="upstream")) == (2, 1)


async def test_retries_and_what_came_back_are_counted(settings: MakeSettings, fake: FakeAkamai) -> None:
    async with measured(settings, fake, retries=2) as (stage, server):
        fake.faults.add(Fault(status=429, retry_after="0"))
        fake.faults.add(Fault(drop=True))
        assert not (await stage.ask("akamai_read", READ)).failed
        seen = scrape(server)
    assert seen.get("retries_total", **WHOSE) == 2
    answers = {status: seen.get("upstream_answers_total", **WHOSE, status=status) for status in ("429", "none", "2xx")}
    assert answers == {"429": 1, "none": 1, "2xx": 1}


async def test_calls_that_joined_another_are_counted(settings: MakeSettings, fake: FakeAkamai) -> None:
    async with measured(settings, fake) as (stage, server):
        fake.faults.add(Fault(delay=0.1))
        await asyncio.gather(*(stage.ask("akamai_read", READ) for _ in range(5)))
        seen = scrape(server)
    assert seen.get("coalesced_total", **WHOSE) + seen.get("cache_hits_total", **WHOSE) == 4
    assert seen.get("attempts_total", **WHOSE) == 1


async def test_waits_for_a_place_are_counted_and_timed(settings: MakeSettings, fake: FakeAkamai) -> None:
    async with measured(settings, fake, concurrency=1) as (stage, server):
        fake.faults.add(Fault(delay=1.0))
        await asyncio.gather(
            *(
                stage.ask(
                    "akamai_read", {"name": "network-lists/v2#get-network-list", "arguments": {"networkListId": str(number)}}
                )
                for number in range(2)
            )
        )
        seen = scrape(server)
    assert seen.get("limiter_waits_total", **WHOSE) == 1
    assert seen.get("layer_seconds_sum", layer="limits") > 0.1


async def test_an_open_circuit_and_what_it_refuses_show(settings: MakeSettings, fake: FakeAkamai) -> None:
    async with measured(settings, fake) as (stage, server):
        fake.faults.add(Fault(status=500, times=None))
        for _ in range(9):
            await stage.ask("akamai_read", READ, cache="off")
        seen = scrape(server)
    assert seen.get("open_circuits", api="network-lists/v2") == 1
    assert (seen.get("breaker_opened_total", **WHOSE), seen.get("breaker_refusals_total", **WHOSE)) == (1, 1)
    assert seen.get("calls_total", **WHOSE, outcome="held") == 1
    assert seen.get("in_flight") == 0


async def test_what_akamai_said_of_a_limit_shows(settings: MakeSettings, fake: FakeAkamai) -> None:
    async with measured(settings, fake) as (stage, server):
        fake.faults.add(Fault(headers={"x-ratelimit-limit": "100", "x-ratelimit-remaining": "80"}))
        await stage.ask("akamai_read", READ)
        seen = scrape(server)
    whose = {"customer": "default", "api": "network-lists/v2"}
    assert (seen.get("rate_limit_calls", **whose), seen.get("rate_limit_remaining_calls", **whose)) == (100, 80)


async def test_no_credential_and_no_argument_is_in_the_metrics(settings: MakeSettings, fake: FakeAkamai) -> None:
    async with measured(settings, fake) as (stage, server):
        await stage.ask("akamai_read", READ, customer="planted")
        await stage.ask("akamai_raw_request", method="GET", path="/planted/x", queryParams={"q": "planted"})
        await stage.ask("akamai_planted")
        text = scrape(server).text
    assert "planted" not in text
    assert not [secret for secret in (FIRST.client_token, FIRST.client_secret, FIRST.access_token) if secret in text]


def test_names_beyond_a_bound_are_one() -> None:
    bounded = Bounded(2)
    assert [bounded(name) for name in ("a", "b", "c", "a", "d")] == ["a", "b", OTHER, "a", OTHER]


@pytest.mark.parametrize(
    ("event", "name"), [("cacheHits", "cache_hits"), ("calls", "exchanges"), ("upstream", "attempts"), ("retries", "retries")]
)
def test_an_event_is_called_as_metrics_are(event: str, name: str) -> None:
    assert event_name(event) == name


@pytest.mark.parametrize(("status", "name"), [(None, "none"), (204, "2xx"), (404, "4xx"), (429, "429"), (503, "5xx")])
def test_a_status_is_counted_by_its_class(status: int | None, name: str) -> None:
    assert status_class(status) == name


async def get(server: AkamaiServer, guarded: bool, **headers: str) -> httpx.Response:
    async def guard(request: Request) -> Response | None:
        allowed = request.headers.get("authorization") == "Bearer scraper"
        return None if allowed else PlainTextResponse("no", 401)

    assert server.observability
    assert server.observability.metrics
    app = Starlette(routes=[Route("/metrics", metrics_route(server.observability.metrics, guard if guarded else None))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://metrics") as client:
        return await client.get("/metrics", headers=headers)


async def test_the_route_shows_metrics_to_whom_its_guard_lets_in(settings: MakeSettings) -> None:
    server = build_server(settings(metrics=True))
    assert (await get(server, True)).status_code == 401
    for answer in (await get(server, False), await get(server, True, Authorization="Bearer scraper")):
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/plain")
        assert 'akamai_mcp_build_info{version="' in answer.text


async def test_a_scraper_that_asks_for_openmetrics_gets_it(settings: MakeSettings) -> None:
    answer = await get(build_server(settings(metrics=True)), False, Accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def test_a_server_on_stdio_serves_metrics_on_a_port_of_its_own(child_environment: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    async with start_child({**child_environment, "AKAMAI_MCP_METRICS_PORT": str(port)}, tmp_path) as child:
        await child.hello()
        await child.call("akamai_read", **READ)
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}/metrics")
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 404
        assert Scraped(answer.text).get("calls_total", **WHOSE, outcome="ok") == 1
        assert await child.end() == (0, "")


async def test_a_port_that_is_taken_is_told_and_keeps_nobody_from_working(
    child_environment: dict[str, str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with start_child({**child_environment, "AKAMAI_MCP_METRICS_PORT": port}, tmp_path) as child:
            await child.hello()
            assert not (await child.call("akamai_read", **READ))["result"]["isError"]
            status, err = await child.end()
    assert status == 0
    assert re.search(rf"metrics are not served .*port={port} ", err)


def test_without_the_library_the_start_says_which_extra_brings_it(
    settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(SettingsError) as refused:
        build_server(settings(metrics=True))
    assert "akamai-mcp[metrics]" in refused.value.advice
