"""The alerts for Prometheus ask for metrics that there are, and fire when they should."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.record import OutcomeLabel
from akamai_mcp.pipeline.stack import PipelinePolicies, build_pipeline
from akamai_mcp.pipeline.transport.transport import Transport, TransportPolicy
from akamai_mcp.replicas.policy import SharingPolicy
from akamai_mcp.replicas.replica import Replicas
from akamai_mcp.server.observability.metrics import Metrics

RULES = Path(__file__).parents[2] / "deploy/prometheus-alerts.yaml"
CASES = Path(__file__).with_name("alerts_cases.yaml")
PROMTOOL = shutil.which("promtool")


def rules() -> list[dict[str, Any]]:
    return yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]


@pytest.fixture(scope="module")
def exposed() -> str:
    """The metrics of a server that has replicas and callers."""
    replicas = Replicas(SharingPolicy(url="redis://127.0.0.1:1", key=b"k" * 32, longest_call=1.0), PipelinePolicies(), Counters())
    pipeline = build_pipeline(Transport(TransportPolicy()), PipelinePolicies(), sharing=replicas.sharing)
    metrics = Metrics(pipeline, replicas)
    metrics.add_refusals({"token": 1})
    return metrics.exposition("application/openmetrics-text")[1].decode()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_metrics_that_the_server_has(rule: dict[str, Any], exposed: str) -> None:
    families = set(re.findall(r"^# TYPE (\w+)", exposed, re.MULTILINE))
    asked = set(re.findall(r"\bakamai_mcp_\w+", rule["expr"]))
    assert asked or rule["expr"].startswith("up{")
    assert {re.sub(r"_(?:total|bucket)$", "", name) for name in asked} <= families


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_how_urgent_it_is(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"info", "warning", "critical"}
    assert rule["annotations"].keys() == {"summary", "description"}
    used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["description"]))
    kept = {name for group in re.findall(r"by \(([^)]*)\)", rule["expr"]) for name in re.split(r",\s*", group)}
    assert used <= (kept or {"instance", "customer", "api"})


def test_outcomes_that_alerts_name_are_outcomes() -> None:
    named = {word for rule in rules() for text in re.findall(r'outcome=~?"([^"]*)"', rule["expr"]) for word in text.split("|")}
    assert named
    assert named <= set(OutcomeLabel.__args__)  # type: ignore[attr-defined]


@pytest.mark.skipif(not PROMTOOL, reason="promtool is not installed (Debian: prometheus)")
def test_alerts_fire_when_they_should_and_not_before(tmp_path: Path) -> None:
    for path in (RULES, CASES):
        shutil.copy(path, tmp_path)
    for command in (["check", "rules", RULES.name], ["test", "rules", CASES.name]):
        done = subprocess.run([str(PROMTOOL), *command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
