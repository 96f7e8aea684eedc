"""The dashboard asks for metrics and labels that there are, by the names under which a scraper gets them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from mcp_stage import (  # noqa: F401 - fixtures
    MakeSettings,
    Stage,
    clean_environment,
    edgerc,
    fake,
    one_authority,
    sandbox,
    settings,
)
from prometheus_client.parser import text_string_to_metric_families

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.server.app import build_server

BOARD = json.loads((Path(__file__).parents[1] / "docs" / "grafana" / "akamai-mcp.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]]
QUERIES = [variable["definition"] for variable in BOARD["templating"]["list"] if variable["type"] == "query"]
METRIC = re.compile(r"\b(?:akamai_mcp|process)_[a-z_]+")
LABELS = re.compile(r"by \(([^)]*)\)|(\w+)=~?\"|label_values\(\w+, (\w+)\)")
READ = {"name": "network-lists/v2#get-network-lists"}


@pytest.fixture
async def exposed(settings: MakeSettings, fake: FakeAkamai) -> dict[str, set[str]]:  # noqa: F811
    """The labels of each series of a server that was called, failed and opened a circuit."""
    server = build_server(settings(metrics=True))
    async with Client(server) as client:
        stage = Stage(client=client, fake=fake)
        await stage.ask("akamai_read", READ)
        fake.faults.add(Fault(status=500, times=None))
        for _ in range(9):
            await stage.ask("akamai_read", READ, cache="off")
        assert server.observability
        assert server.observability.metrics
        text = server.observability.metrics.exposition()[1].decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        found.setdefault(f"{family.name}_total" if family.type == "counter" else family.name, set())
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def names(expression: str) -> set[str]:
    return set(METRIC.findall(expression))


def labels(expression: str) -> set[str]:
    found = {part.strip() for groups in LABELS.findall(expression) for group in groups for part in group.split(",")}
    return found - {"", "le"}


def test_the_dashboard_shows_what_the_docs_promise() -> None:
    assert len(EXPRESSIONS) > 20
    asked = set().union(*map(names, EXPRESSIONS))
    for promised in ("calls", "cache_hits", "coalesced", "retries", "limiter_waits", "received_bytes"):
        assert f"akamai_mcp_{promised}_total" in asked
    assert {"akamai_mcp_call_seconds_bucket", "akamai_mcp_open_circuits", "akamai_mcp_result_tokens_bucket"} <= asked


async def test_every_metric_and_label_that_the_dashboard_asks_for_exists(exposed: dict[str, set[str]]) -> None:
    used = {name for name, found in exposed.items() if found}
    for expression in [*EXPRESSIONS, *QUERIES]:
        asked = names(expression)
        assert asked, expression
        assert asked <= exposed.keys(), expression
        if asked <= used:
            known = set().union(*(exposed[name] for name in asked))
            assert labels(expression) - {"instance"} <= known, expression


def test_legends_name_labels_that_their_expression_keeps() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) - {"instance"}
            kept = {part.strip() for group in re.findall(r"by \(([^)]*)\)", target["expr"]) for part in group.split(",")}
            assert shown <= kept, target["expr"]


def test_panels_have_places_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
