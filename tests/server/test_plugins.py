"""Plugins and mounted servers: off unless named, called by their own names, out of reach for readers and programs."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastmcp import Client, FastMCP
from fastmcp.server.dependencies import get_http_headers
from mcp_stage import BuildServer, MakeSettings, OpenStage, start_child

from akamai_mcp.cli.doctor.command import check_plugins
from akamai_mcp.errors import SettingsError
from akamai_mcp.server.mounting import _servers

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "plugin"
TOOL = "windows_is_open"
SUNDAY = "2026-11-22T10:00:00+00:00"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, installed from its folder without a network."""
    target = tmp_path_factory.mktemp("plugin")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(target), str(EXAMPLE)], check=True, timeout=120)
    return target


@pytest.fixture
def plugin(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(installed))
    yield
    sys.modules.pop("change_windows", None)


NOISY = """
import os
print("imported", flush=True)
os.write(1, b"written")
from fastmcp import FastMCP

def make():
    print("made")
    server = FastMCP("noisy")

    @server.tool
    def shout() -> str:
        print("called", flush=True)
        return "quiet"

    return server
"""


def install(folder: Path, name: str, source: str) -> None:
    """A package with one plugin, whose function is `make`."""
    facts = folder / f"{name}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (facts / "entry_points.txt").write_text(f"[akamai_mcp.plugins]\n{name} = {name}_plugin:make\n", encoding="utf-8")
    (folder / f"{name}_plugin.py").write_text(source, encoding="utf-8")


@pytest.mark.parametrize("source", ["1 / 0", "raise SystemExit(3)", "def make(): return 1", "make = 1"])
def test_a_plugin_that_cannot_be_loaded_stops_the_start_with_its_name(
    settings: MakeSettings, served: BuildServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    install(tmp_path, "broken", source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "broken_plugin", raising=False)
    with pytest.raises(SettingsError, match="The plugin broken"):
        served(settings(plugins=("broken",)))


async def test_what_a_plugin_prints_is_on_standard_error(child_environment: dict[str, str], tmp_path: Path) -> None:
    install(tmp_path, "noisy", NOISY)
    environment = child_environment | {"PYTHONPATH": str(tmp_path), "AKAMAI_MCP_PLUGINS": "noisy"}
    async with start_child(environment, tmp_path) as child:
        await child.hello()
        reply = await child.call("noisy_shout")
        _, errors = await child.end()
    assert reply["result"]["content"][0]["text"] == "quiet"
    assert all(line.startswith("{") for line in child.lines)
    assert all(word in errors for word in ("imported", "written", "made", "called"))


async def names(client: Client) -> set[str]:
    return {tool.name for tool in await client.list_tools()}


@pytest.mark.usefixtures("plugin")
async def test_a_named_plugin_is_listed_and_called_beside_our_tools(open_stage: OpenStage) -> None:
    async with open_stage(plugins=("windows",)) as stage:
        assert {TOOL, "akamai_read"} <= await names(stage.client)
        reply = await stage.ask(TOOL, at=SUNDAY)
        assert not reply.failed, reply.text
        assert json.loads(reply.text) == {"open": False, "at": SUNDAY}
        assert not (await stage.ask("akamai_papi_get_contracts")).failed


@pytest.mark.usefixtures("plugin")
async def test_a_plugin_that_is_not_named_is_neither_imported_nor_listed_nor_called(open_stage: OpenStage) -> None:
    async with open_stage() as stage:
        assert TOOL not in await names(stage.client)
        assert (await stage.ask(TOOL)).problem.startswith("No operation is named")
    assert "change_windows" not in sys.modules


@pytest.mark.usefixtures("plugin")
async def test_a_caller_who_may_only_read_neither_sees_nor_calls_it(open_stage: OpenStage) -> None:
    async with open_stage(plugins=("windows",), read_only=True) as stage:
        assert TOOL not in await names(stage.client)
        assert (await stage.ask(TOOL)).problem.startswith("No operation is named")


@pytest.mark.usefixtures("plugin")
async def test_a_program_cannot_reach_it(open_stage: OpenStage) -> None:
    async with open_stage(plugins=("windows",)) as stage:
        reply = await stage.ask("akamai_query", program=f"await call('{TOOL}', {{}})")
        assert reply.failed
        assert "No operation is named" in reply.text


@pytest.mark.usefixtures("plugin")
async def test_a_name_that_neither_has_is_answered_with_advice(open_stage: OpenStage) -> None:
    async with open_stage(plugins=("windows",)) as stage:
        assert (await stage.ask("windows_is_shut")).problem.startswith("No operation is named")


@pytest.mark.usefixtures("plugin")
def test_doctor_says_the_version_and_imports_nothing(settings: MakeSettings) -> None:
    (finding,) = check_plugins(settings(plugins=("windows",), mount=("wiki=https://wiki.example.com/mcp",)))
    assert "windows (akamai-mcp-example-plugin 1.2.3)" in finding.found
    assert "wiki (https://wiki.example.com/mcp)" in finding.found
    assert "change_windows" not in sys.modules


@pytest.fixture
async def wiki() -> AsyncIterator[str]:
    """The URL of another MCP server, which says what headers reach it."""
    other: FastMCP[Any] = FastMCP("wiki")

    @other.tool
    def headers() -> list[str]:
        return sorted(get_http_headers(include_all=True))

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(other.http_app(), log_level="error", lifespan="on", ws="none"))
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.should_exit = True
            await task


async def test_a_mounted_server_is_listed_and_called_by_its_name(open_stage: OpenStage, wiki: str) -> None:
    async with open_stage(mount=(f"wiki={wiki}",)) as stage:
        assert {"wiki_headers", "akamai_read"} <= await names(stage.client)
        reply = await stage.ask("wiki_headers")
        assert not reply.failed, reply.text
        assert "authorization" not in reply.text


def test_a_mounted_server_never_gets_what_a_caller_sent() -> None:
    ((_, proxy),) = _servers((), ("wiki=https://wiki.example.com/mcp",))
    assert proxy.client_factory()._transport_options.forward_incoming_headers is False


@pytest.mark.parametrize(
    "changes",
    [
        {"plugins": ("absent",)},
        {"plugins": ("akamai",)},
        {"plugins": ("../x",)},
        {"mount": ("wiki",)},
        {"mount": ("wiki=http://wiki.example.com/mcp",)},
        {"mount": ("wiki=https://user:secret@wiki.example.com/mcp",)},
        {"mount": ("wiki=https://[wiki/mcp",)},
        {"mount": ("wiki=https:///mcp",)},
        {"mount": ("akamai=https://wiki.example.com/mcp",)},
        {"mount": ("wiki=https://a.example/mcp", "wiki=https://b.example/mcp")},
    ],
)
def test_what_cannot_be_used_stops_the_start(
    settings: MakeSettings, served: BuildServer, changes: dict[str, tuple[str, ...]]
) -> None:
    with pytest.raises(SettingsError) as error:
        served(settings(**changes))
    assert error.value.advice
    assert "secret" not in str(error.value)
