"""The server over HTTP as a process: how it starts, that its standard output stays empty, and how it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import httpx2
import pytest
import websockets
from fastmcp import Client
from mcp_stage import CHILD_SECONDS
from service_process import free_port, start, until_ready
from service_stage import WAYS, TokenBook, bearer, free_socket, transport_to

from akamai_mcp.cli import main
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

# By a listed tool: of others the client wants the list once more, on a new connection.
TOOL = "akamai_write"
CREATE = {"name": "network-lists/v2#post-network-lists", "arguments": {"body": {"name": "x", "type": "IP", "list": []}}}
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")


@posix
@pytest.mark.parametrize("way", WAYS)
async def test_a_write_under_way_is_answered_before_the_server_goes(
    child_environment: dict[str, str], fake: FakeAkamai, way: str
) -> None:
    transport, kind, era = WAYS[way]
    port = free_port()
    async with start(child_environment, port, "--transport", transport) as process:
        await until_ready(port)
        # A client that says goodbye may find the server gone already.
        with suppress(httpx2.ConnectError):
            async with Client(transport_to(port, kind, {}), mode=era) as client:
                await client.list_tools()
                fake.faults.add(Fault(delay=1.0))
                call = asyncio.create_task(client.call_tool(TOOL, CREATE))
                while not fake.requests:
                    await asyncio.sleep(0.005)
                process.send_signal(signal.SIGTERM)
                answer = await asyncio.wait_for(call, CHILD_SECONDS)
        assert answer.structured_content is not None
        assert answer.structured_content["status"] == 201
        out, errors = await asyncio.wait_for(process.communicate(), CHILD_SECONDS)
        assert (process.returncode, out) == (0, b"")
        assert b"Traceback" not in errors


@posix
async def test_an_idle_server_ends_at_once_whatever_is_connected(child_environment: dict[str, str]) -> None:
    port = free_port()
    async with start(child_environment, port, "--transport", "http") as process:
        await until_ready(port)
        async with websockets.connect(f"ws://127.0.0.1:{port}/ws", subprotocols=["mcp"], proxy=None) as connection:
            process.send_signal(signal.SIGTERM)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await connection.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        assert await asyncio.wait_for(process.wait(), CHILD_SECONDS) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--transport", "http", "--host", "0.0.0.0"], b"callers would not have to authenticate"),
        (["--transport", "sse", "--host", "::"], b"callers would not have to authenticate"),
        (["--transport", "http", "--path", "/ws"], b"AKAMAI_MCP_PATH"),
    ],
)
async def test_what_would_be_unsafe_does_not_start(child_environment: dict[str, str], arguments: list[str], words: bytes) -> None:
    async with start(child_environment, free_port(), *arguments) as process:
        out, errors = await asyncio.wait_for(process.communicate(), CHILD_SECONDS)
        assert (process.returncode, out) == (2, b"")
        assert words in errors
        assert len(errors.splitlines()) == 1


async def test_a_port_that_is_taken_ends_the_start_with_a_status(child_environment: dict[str, str]) -> None:
    with free_socket() as taken:
        taken.listen()
        async with start(child_environment, taken.getsockname()[1], "--transport", "http") as process:
            out, errors = await asyncio.wait_for(process.communicate(), CHILD_SECONDS)
            assert process.returncode
            assert out == b""
            assert b"Traceback" not in errors
            assert b"is taken" in errors


async def test_no_token_is_written_to_standard_error(child_environment: dict[str, str], book: TokenBook) -> None:
    book.give(ops="admin")
    port = free_port()
    environment = child_environment | {"AKAMAI_MCP_AUTH_TOKENS_FILE": str(book.path), "AKAMAI_MCP_LOG_LEVEL": "debug"}
    async with start(environment, port, "--transport", "http") as process:
        await until_ready(port)
        for token in (book.token("ops"), "a-wrong-token-that-nobody-holds"):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                await client.post("/mcp?access_token=in-the-query", json={}, headers=bearer(token))
        process.terminate()
        out, errors = await asyncio.wait_for(process.communicate(), CHILD_SECONDS)
        assert out == b""
        for secret in (book.token("ops"), "a-wrong-token", "in-the-query"):
            assert secret.encode() not in errors


def test_the_token_command_makes_a_token_that_its_line_takes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from akamai_mcp.access.tokens import TokenFile

    assert main(["token", "ops", "reader", "dns-team"]) == 0
    token, line = (text.split(": ", 1)[1].strip() for text in capsys.readouterr().out.splitlines())
    (tmp_path / "tokens").write_text(line + "\n", encoding="utf-8")
    holder = TokenFile(tmp_path / "tokens").find(token)
    assert holder is not None
    assert (holder.name, holder.roles) == ("ops", ("reader", "dns-team"))
    assert token not in line
    assert main(["token", "a:b", "reader"]) == 1


def test_the_process_of_stdio_does_not_load_what_only_http_needs() -> None:
    import subprocess

    late = ("akamai_mcp.server.http.server", "akamai_mcp.access.authentication", "akamai_mcp.server.http.auth", "akamai_mcp.server.http.middleware", "akamai_mcp.server.http.health", "akamai_mcp.access.listening", "akamai_mcp.access.tokens",
            "akamai_mcp.access.roles", "websockets", "fastmcp.server.auth.providers.jwt", "tomllib")  # fmt: skip
    code = f"import sys; import akamai_mcp.server.app, akamai_mcp.cli.serve; print(json.dumps([n for n in {late!r} if n in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", f"import json; {code}"], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == []
