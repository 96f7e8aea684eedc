"""How `serve` reads its options, and what it says before it serves."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterator

import pytest
from mcp_stage import CHILD_SECONDS
from service_process import start

from akamai_mcp.cli.healthcheck import url_of
from akamai_mcp.cli.ports import require_free
from akamai_mcp.cli.serve import read_options
from akamai_mcp.errors import SettingsError


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of this machine on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture(autouse=True)
def no_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AKAMAI_MCP_TRANSPORT", raising=False)


@pytest.mark.parametrize("words", [("--port", "9000"), ("--host", "127.0.0.1"), ("--path", "/mcp"), ("--insecure",)])
def test_an_option_of_a_server_over_http_means_one(words: tuple[str, ...]) -> None:
    assert read_options(words)["transport"] == "http"
    assert url_of(("akamai-mcp", "serve", *words), {}) is not None


def test_without_such_an_option_the_transport_stays_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_options(("--section", "prod")) == {"section": "prod"}
    monkeypatch.setenv("AKAMAI_MCP_TRANSPORT", "sse")
    assert read_options(("--port", "9000"))["transport"] == "sse"


@pytest.mark.parametrize("named", ["option", "variable"])
def test_a_port_for_stdio_is_refused(named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--port", "9000"]
    if named == "option":
        words += ["--transport", "stdio"]
    else:
        monkeypatch.setenv("AKAMAI_MCP_TRANSPORT", "stdio")
    with pytest.raises(SystemExit) as left:
        read_options(words)
    assert left.value.code == 2
    assert "--port is for a server over HTTP" in capsys.readouterr().err


async def test_a_taken_port_is_told_with_advice_and_nothing_is_announced(child_environment: dict[str, str], taken: int) -> None:
    async with start(child_environment, taken) as process:
        async with asyncio.timeout(CHILD_SECONDS):
            out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert err.decode().strip() == (
        f"akamai-mcp: 127.0.0.1:{taken} is taken: another program listens on it. "
        "Stop that program, or choose another port: --port or AKAMAI_MCP_PORT."
    )


def test_an_address_is_free_or_the_reason_is_told(taken: int) -> None:
    require_free("127.0.0.1", 0, "--port")
    for host, port in (("127.0.0.1", taken), ("203.0.113.7", 0), ("no such name.invalid", 0)):
        with pytest.raises(SettingsError) as refused:
            require_free(host, port, "--port")
        assert refused.value.advice.startswith(("Stop", "Choose"))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
async def test_a_server_that_a_person_starts_in_a_terminal_says_that_it_waits(child_environment: dict[str, str]) -> None:
    import pty

    keyboard, terminal = pty.openpty()
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "akamai_mcp"),
        env=child_environment,
        stdin=terminal,
        stdout=pipe,
        stderr=pipe,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(CHILD_SECONDS):
            line = (await process.stderr.readline()).decode()
        assert "waiting for an MCP client on standard input" in line
        assert "akamai-mcp install CLIENT" in line
    finally:
        process.kill()
        await process.communicate()
        os.close(keyboard)
        os.close(terminal)
