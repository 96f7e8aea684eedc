"""Logs and metrics of a service for a team: who may see them, and who called."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from fastmcp import Client
from mcp_stage import MakeSettings, Stage
from prometheus_client.parser import text_string_to_metric_families
from redis_stage import KEY, RedisProcess, one_redis, redis  # noqa: F401 - fixtures
from service_stage import WAYS, OpenService, TokenBook, bearer

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.server.app import build_server

READ = {"name": "network-lists/v2#get-network-lists"}
ROLES = '[second-only]\ncustomers = ["second"]\neffects = ["read"]\n'


@pytest.mark.parametrize("way", WAYS)
async def test_calls_by_every_transport_are_logged_with_their_caller_and_layers(
    open_service: OpenService, book: TokenBook, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    book.give(ann="reader")
    async with (
        open_service(way, auth_tokens_file=book.path, log_level="info", log_format="json") as service,
        service.enter(way, book.token("ann")) as stage,
    ):
        await stage.ask("akamai_read", READ)
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    (line,) = [line for line in found if line["event"] == "call"]
    assert (line["caller"], line["operation"], line["outcome"]) == ("token:ann", READ["name"], "ok")
    assert "upstream" in line["layers"]
    assert book.token("ann") not in json.dumps(found)


async def test_metrics_are_shown_to_callers_whom_every_customer_concerns(
    open_service: OpenService, book: TokenBook, tmp_path: Path
) -> None:
    roles = tmp_path / "roles.toml"
    roles.write_text(ROLES, encoding="utf-8")
    book.give(ops="admin", bob="second-only")
    async with open_service(metrics=True, auth_tokens_file=book.path, auth_roles_file=roles) as service:
        async with service.enter("http", book.token("ops")) as stage:
            await stage.ask("akamai_read", READ)
        statuses = {
            name: (await service.request("GET", "/metrics", headers=bearer(name and book.token(name)))).status_code
            for name in ("", "nobody", "bob", "ops")
        }
        shown = (await service.request("GET", "/metrics", headers=bearer(book.token("ops")))).text
    assert (statuses[""], statuses["nobody"], statuses["bob"], statuses["ops"]) == (401, 401, 403, 200)
    assert 'akamai_mcp_calls_total{customer="default",outcome="ok",product="network-lists"} 1.0' in shown
    assert "ops" not in shown.replace("akamai_mcp_", "")


async def test_metrics_are_there_without_tokens_where_none_are_asked_for(open_service: OpenService) -> None:
    async with open_service(metrics=True) as service:
        assert (await service.request("GET", "/metrics")).status_code == 200
        assert (await service.request("GET", "/metrics", headers={"host": "attacker.example"})).status_code == 421


async def test_there_is_no_route_of_metrics_where_none_are_collected_or_they_have_a_port(
    open_service: OpenService, unused_tcp_port: int
) -> None:
    async with open_service() as service:
        assert (await service.request("GET", "/metrics")).status_code == 404
    async with open_service(metrics_port=unused_tcp_port) as service:
        assert (await service.request("GET", "/metrics")).status_code == 404


async def test_metrics_say_whether_redis_is_reached(
    settings: MakeSettings,
    fake: FakeAkamai,
    redis: RedisProcess,  # noqa: F811
) -> None:
    server = build_server(settings(metrics=True, redis_url=redis.url, shared_key=KEY))
    assert server.observability
    assert server.observability.metrics

    def value(name: str) -> float:
        families = text_string_to_metric_families(server.observability.metrics.exposition()[1].decode())
        return next(sample.value for family in families for sample in family.samples if sample.name == f"akamai_mcp_{name}")

    async with Client(server) as client:
        stage = Stage(client=client, fake=fake)
        async with asyncio.timeout(20):
            while not value("redis_joined"):
                await asyncio.sleep(0.02)
        assert not (await stage.ask("akamai_read", READ)).failed
        names = {
            layer
            for layer in ("announce", "replicas")
            if f'layer="{layer}"' in server.observability.metrics.exposition()[1].decode()
        }
        assert names == {"announce", "replicas"}
        redis.pause()
        async with asyncio.timeout(20):
            while value("redis_joined"):
                await stage.ask("akamai_read", READ, cache="refresh")
        redis.resume()
