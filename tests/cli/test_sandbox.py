"""A fake account to try things with: alone, and with a server that brings one of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from mcp_stage import CHILD_SECONDS

from akamai_mcp.cli import main
from akamai_mcp.cli.commands import build_parser
from akamai_mcp.cli.install.clients import CLIENTS
from akamai_mcp.cli.install.command import new_entry
from akamai_mcp.cli.serve import read_options
from akamai_mcp.cli.trial.accounts import point_at
from akamai_mcp.cli.trial.sandbox import next_steps, require_own, sandbox
from akamai_mcp.errors import SettingsError

# An environment in which every variable leads elsewhere than to the sandbox.
ELSEWHERE = {
    "AKAMAI_HOST": "akab-real.luna.akamaiapis.net",
    "AKAMAI_CLIENT_TOKEN": "akab-real",
    "AKAMAI_MCP_CUSTOMERS_FILE": "/nonexistent",
    "AKAMAI_MCP_CUSTOMER": "acme",
    "AKAMAI_MCP_EDGERC": "/nonexistent",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that can be answered")
def test_the_sandbox_says_what_to_do_next_and_those_commands_work(index_folder: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AKAMAI_")}
    environment |= {"AKAMAI_MCP_CACHE_DIR": str(index_folder)}
    command = [sys.executable, "-m", "akamai_mcp"]
    with subprocess.Popen([*command, "sandbox", "--folder", str(tmp_path)], env=environment, stdout=subprocess.PIPE) as served:
        assert served.stdout
        told = [served.stdout.readline().decode() for _ in range(11)]
        (exports,) = [line.split()[1:] for line in told if line.lstrip().startswith("export ")]
        environment |= dict(word.split("=", 1) for word in exports)
        calls = [line.split()[1:] for line in told if line.startswith("  akamai-mcp c")]
        ended = [
            subprocess.run([*command, *words], env=environment, capture_output=True, timeout=CHILD_SECONDS, check=False)
            for words in calls
        ]
        served.send_signal(signal.SIGTERM)
        rest = served.stdout.read().decode()
    assert [done.returncode for done in ended] == [0, 0], [done.stderr for done in ended]
    assert json.loads(ended[0].stdout)["status"] == 200
    assert (served.returncode, "what was changed in it is forgotten" in rest) == (0, True)
    assert stat.S_IMODE((tmp_path / ".edgerc").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text", ["[default]\nhost = akab-real.luna.akamaiapis.net\n", "no header\n", "[default]\nclient_token = akab-real\n", ""]
)
def test_credentials_of_a_real_account_are_not_overwritten(tmp_path: Path, text: str) -> None:
    (tmp_path / ".edgerc").write_text(text)
    with pytest.raises(SettingsError, match="other credentials than a sandbox's"):
        sandbox(Namespace(folder=tmp_path, port=0), wait=lambda: None)
    assert (tmp_path / ".edgerc").read_text() == text


def test_credentials_of_an_earlier_sandbox_are(tmp_path: Path) -> None:
    (tmp_path / ".edgerc").write_text("[default]\nhost = 127.0.0.1:4000\n")
    require_own(tmp_path / ".edgerc")


def test_variables_that_lead_elsewhere_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in ELSEWHERE.items():
        monkeypatch.setenv(name, value)
    told = next_steps("https://127.0.0.1:1", tmp_path)
    (unset,) = [line.split()[1:] for line in told.splitlines() if line.lstrip().startswith("unset ")]
    assert {"AKAMAI_HOST", "AKAMAI_CLIENT_TOKEN", "AKAMAI_MCP_CUSTOMER", "AKAMAI_MCP_CUSTOMERS_FILE"} <= set(unset)
    assert "NO_PROXY=127.0.0.1" in told


def test_an_environment_has_no_other_account_than_the_fake_one() -> None:
    environment = ELSEWHERE | {"NO_PROXY": "internal.example", "OTHER": "stays", "AKAMAI_MCP_RETRIES": "0"}
    point_at(environment, Path("/s/.edgerc"), Path("/s/ca.pem"), "sandbox")
    assert {name: value for name, value in environment.items() if name.startswith("AKAMAI_")} == {
        "AKAMAI_MCP_EDGERC": "/s/.edgerc",
        "AKAMAI_MCP_SECTION": "sandbox",
        "AKAMAI_MCP_CA_BUNDLE": "/s/ca.pem",
        "AKAMAI_MCP_RETRIES": "0",
    }
    assert (environment["NO_PROXY"], environment["OTHER"]) == ("internal.example,127.0.0.1", "stays")


async def test_an_entry_with_a_sandbox_works_by_itself_whatever_the_environment_says(index_folder: Path) -> None:
    options = build_parser().parse_args(["install", "claude-code", "--sandbox"])
    entry = new_entry(CLIENTS["claude-code"], options)
    environment = ELSEWHERE | {"PATH": os.environ["PATH"], "AKAMAI_MCP_CACHE_DIR": str(index_folder)}
    transport = StdioTransport(command=entry["command"], args=entry["args"], env=environment)
    async with Client(transport, timeout=CHILD_SECONDS) as client:
        created = await client.call_tool(
            "akamai_write",
            {
                "name": "network-lists/v2#post-network-lists",
                "arguments": {"body": {"name": "mine", "type": "IP", "list": ["192.0.2.1"]}},
            },
        )
        customers = await client.call_tool("akamai_list_customers", {"check": True})
    assert created.structured_content["body"]["name"] == "mine"
    (customer,) = customers.structured_content["customers"]
    assert (customer["name"], customer["check"]["state"]) == ("sandbox", "works")
    assert customer["host"].startswith("127.0.0.1:")


@pytest.mark.parametrize("words", [("--edgerc", "x"), ("--section", "x"), ("--customers-file", "x"), ("--ca-bundle", "x")])
def test_a_sandbox_beside_another_account_is_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["--sandbox", *words])
    assert "an account of its own" in capsys.readouterr().err


def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["sandbox", "--folder", str(tmp_path), "--port", str(taken.getsockname()[1])]) == 1
    assert "is taken" in capsys.readouterr().err
