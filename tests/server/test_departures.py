"""A client that goes away is an end, not an error: no traceback, and over stdio an exit status of 0."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import subprocess
import sys
from typing import Any

import pytest
from malformed import ping
from mcp_stage import HELLO
from service_stage import OpenService, Service

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the SDK's own streams are used on Windows")

COMMAND = [sys.executable, "-m", "akamai_mcp"]
SECONDS = 30
READ = {"name": "akamai_read", "arguments": {"name": "papi/v1#get-contracts"}}
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no seconds: closing aborts the connection


def line(number: int, method: str, params: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"


@pytest.mark.parametrize(
    "message", [line(2, "ping", {}), line(2, "tools/list", {}), b"[]\n"], ids=["ping", "tools/list", "malformed"]
)
def test_a_closed_output_ends_the_server_with_status_0(child_environment: dict[str, str], message: bytes) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(COMMAND, env=child_environment, **pipes) as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        child.stdin.write(line(1, "initialize", HELLO))
        child.stdin.flush()
        child.stdout.readline()
        child.stdout.close()
        child.stdin.write(message)
        child.stdin.flush()  # the input stays open
        assert child.wait(SECONDS) == 0
        assert b"Traceback" not in child.stderr.read()


def test_a_write_under_way_is_finished_for_a_client_that_is_gone(child_environment: dict[str, str], fake: FakeAkamai) -> None:
    fake.faults.add(Fault(delay=0.5))
    create = {"name": "akamai_netlists_post_network_lists", "arguments": {"body": {"name": "x", "type": "IP", "list": []}}}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(COMMAND, env=child_environment, **pipes) as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        child.stdin.write(line(1, "initialize", HELLO))
        child.stdin.flush()
        child.stdout.readline()
        child.stdout.close()
        child.stdin.write(line(2, "tools/call", create) + line(3, "ping", {}))
        child.stdin.flush()
        assert child.wait(SECONDS) == 0
        assert b"Traceback" not in child.stderr.read()
    assert [request.method for request in fake.requests] == ["POST"]
    assert len(fake.store) == 1


@pytest.mark.parametrize("aborts", [True, False])
def test_a_socket_as_input_and_output_ends_as_pipes_do(child_environment: dict[str, str], aborts: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    with subprocess.Popen(COMMAND, env=child_environment, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE) as child:
        theirs.close()
        ours.sendall(line(1, "initialize", HELLO))
        assert ours.recv(65536)
        if aborts:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        ours.close()
        assert child.wait(SECONDS) == 0
        assert child.stderr
        assert b"Traceback" not in child.stderr.read()


def request_of(kind: str, service: Service) -> bytes:
    """A request whose answer takes a while, as raw HTTP."""
    body = line(1, "tools/call", READ)
    era = "mcp-protocol-version: 2025-06-18\r\n"
    lines = {
        "http": f"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:{service.port}\r\n{era}content-length: {len(body)}\r\n",
        "half a body": f"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1:{service.port}\r\n{era}content-length: {len(body) + 1}\r\n",
        "sse": f"GET /sse HTTP/1.1\r\nhost: 127.0.0.1:{service.port}\r\n",
    }
    ends = "content-type: application/json\r\naccept: application/json, text/event-stream\r\n\r\n"
    return (lines[kind] + ends).encode() + (b"" if kind == "sse" else body)


@pytest.mark.parametrize("aborts", [True, False])
@pytest.mark.parametrize("kind", ["http", "half a body", "sse"])
async def test_an_http_client_that_leaves_is_no_error(
    open_service: OpenService, caplog: pytest.LogCaptureFixture, kind: str, aborts: bool
) -> None:
    async with open_service("sse" if kind == "sse" else "http") as service:
        service.fake.faults.add(Fault(delay=0.3))
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(request_of(kind, service))
        await writer.drain()
        if kind == "http":
            async with asyncio.timeout(SECONDS):
                while not service.fake.requests:
                    await asyncio.sleep(0.005)
        elif kind == "sse":
            await reader.readuntil(b"session_id=")
        writer.transport.abort() if aborts else writer.close()
        await asyncio.sleep(0.6)  # the answer that nobody takes is due
        assert (await service.request("GET", "/healthz")).status_code == 200
    assert [record.message for record in caplog.records if record.exc_info] == []


async def test_a_websocket_client_that_leaves_is_no_error(open_service: OpenService, caplog: pytest.LogCaptureFixture) -> None:
    async with open_service() as service:
        service.fake.faults.add(Fault(delay=0.3))
        connection = await service.websocket()
        await connection.send(line(1, "initialize", HELLO).decode())
        await connection.recv()
        await connection.send(line(2, "tools/call", READ).decode())
        async with asyncio.timeout(SECONDS):
            while not service.fake.requests:
                await asyncio.sleep(0.005)
        connection.transport.abort()
        await asyncio.sleep(0.6)  # the answer that nobody takes is due
        async with service.websocket() as other:
            await other.send(ping().decode())
            assert json.loads(await other.recv())["id"] == 41
    assert [record.message for record in caplog.records if record.exc_info] == []
