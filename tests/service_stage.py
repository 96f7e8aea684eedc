"""The server over HTTP on a real socket of the loopback, and MCP clients that come to it by every transport."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import websockets
from fastmcp import Client
from fastmcp.client.transports import ClientTransport, SSETransport, StreamableHttpTransport
from fastmcp.client.transports.base import TransportOptions
from mcp.shared.message import SessionMessage
from mcp_stage import BuildServer, MakeSettings, Stage, Unlisted
from mcp_types import jsonrpc_message_adapter

from akamai_mcp.access.tokens import Holder, to_digest
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.server.app import AkamaiServer
from akamai_mcp.server.http.server import DrainingServer, build_http_server

# Transport of the server, how the client comes to it, and in which era it speaks.
WAYS = {
    "http": ("http", "http", "auto"),
    "http legacy": ("http", "http", "legacy"),
    "sse": ("sse", "sse", "legacy"),
    "websocket": ("http", "ws", "auto"),
    "websocket legacy": ("http", "ws", "legacy"),
}


class UnlistedHttp(Unlisted, StreamableHttpTransport):
    """Streamable HTTP."""


class UnlistedSse(Unlisted, SSETransport):
    """The older HTTP with a stream of events."""


class WebSocketTransport(ClientTransport):
    """A client's side of one JSON-RPC message a frame, which FastMCP has not."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url = url
        self._headers = headers

    @asynccontextmanager
    async def connect_session(self, *, transport_options: TransportOptions | None = None, **session: Any) -> AsyncIterator[Any]:
        arriving, read = anyio.create_memory_object_stream[Any](0)
        write, leaving = anyio.create_memory_object_stream[Any](0)

        async def receive(connection: websockets.ClientConnection) -> None:
            async with arriving:
                async for text in connection:
                    await arriving.send(SessionMessage(jsonrpc_message_adapter.validate_json(text)))

        async def send(connection: websockets.ClientConnection) -> None:
            async with leaving:
                async for message in leaving:
                    await connection.send(message.message.model_dump_json(by_alias=True, exclude_unset=True))

        kind = (transport_options or TransportOptions()).session_class
        async with (
            arriving,
            read,
            write,
            leaving,
            websockets.connect(self._url, subprotocols=["mcp"], additional_headers=self._headers, proxy=None) as connection,
            anyio.create_task_group() as group,
        ):
            group.start_soon(receive, connection)
            group.start_soon(send, connection)
            async with kind(read, write, **session) as opened:
                yield opened
            group.cancel_scope.cancel()


class UnlistedWebSocket(Unlisted, WebSocketTransport):
    """One JSON-RPC message a frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running server, and the fake Akamai behind it."""

    port: int
    server: AkamaiServer
    listener: DrainingServer
    fake: FakeAkamai

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def enter(self, way: str = "http", token: str = "", ask: Any = None) -> AsyncIterator[Stage]:
        """A client that comes by one of the ways."""
        _, kind, era = WAYS[way]
        async with Client(transport_to(self.port, kind, bearer(token)), mode=era, elicitation_handler=ask) as client:
            yield Stage(client=client, fake=self.fake)

    async def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A plain request."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            return await client.request(method, path, **more)

    async def request_status(self, **headers: str) -> int:
        """The status that a handshake over streamable HTTP meets."""
        body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
        accept = {"accept": "application/json, text/event-stream"}
        return (await self.request("POST", "/mcp", json=body, headers=accept | headers)).status_code

    async def websocket_status(self, **more: Any) -> int:
        """The status that a WebSocket's handshake meets; 101 where it is let in."""
        try:
            async with self.websocket(**more):
                return 101
        except websockets.InvalidStatus as refused:
            return refused.response.status_code

    def websocket(self, token: str = "", host: str = "", **more: Any) -> websockets.connect:
        chosen: dict[str, Any] = {"subprotocols": ["mcp"], "additional_headers": bearer(token), "proxy": None} | more
        name = host or f"127.0.0.1:{self.port}"  # a Host header of the client's own would be a second one
        return websockets.connect(f"ws://{name}/ws", host="127.0.0.1", port=self.port, **chosen)


HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "0"}}
OpenService = Callable[..., AbstractAsyncContextManager[Service]]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def transport_to(port: int, kind: str, headers: dict[str, str]) -> ClientTransport:
    match kind:
        case "ws":
            return UnlistedWebSocket(f"ws://127.0.0.1:{port}/ws", headers)
        case "sse":
            return UnlistedSse(f"http://127.0.0.1:{port}/sse", headers=headers)
        case _:
            return UnlistedHttp(f"http://127.0.0.1:{port}/mcp", headers=headers)


def free_socket() -> socket.socket:
    opened = socket.socket()
    opened.bind(("127.0.0.1", 0))
    return opened


@dataclass(slots=True, kw_only=True)
class TokenBook:
    """A token file that tests write; each token is its holder's name with a suffix."""

    path: Path
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def give(self, **roles: str) -> None:
        """Write the file anew with these holders and nobody else."""
        lines = [
            Holder(name=name, digest=to_digest(self.token(name)), roles=tuple(of.split(","))).line() for name, of in roles.items()
        ]
        beside = self.path.with_suffix(".new")
        beside.write_text("\n".join(["# holders", *lines]) + "\n", encoding="utf-8")
        beside.chmod(0o600)
        beside.replace(self.path)

    def token(self, name: str) -> str:
        return f"{name}-holds-this-token-of-many-characters"


@pytest.fixture
def book(tmp_path: Path) -> TokenBook:
    return TokenBook(path=tmp_path / "tokens")


@pytest.fixture
def open_service(settings: MakeSettings, fake: FakeAkamai, served: BuildServer) -> OpenService:
    """Start a server with some settings on a free port."""

    @asynccontextmanager
    async def opened(way: str = "http", **changes: Any) -> AsyncIterator[Service]:
        chosen = settings(**{"transport": WAYS[way][0], **changes})
        server = served(chosen)
        listener = build_http_server(server, chosen.listen_policy(), chosen.auth_policy())
        with free_socket() as listening:
            running = asyncio.create_task(
                listener._serve([listening])
            )  # without the signal handlers, which are the test runner's
            try:
                async with asyncio.timeout(20):
                    while not listener.started:
                        await asyncio.sleep(0.005)
                yield Service(port=listening.getsockname()[1], server=server, listener=listener, fake=fake)
            finally:
                listener.should_exit = True
                await running

    return opened


def trusting(ca: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca)
