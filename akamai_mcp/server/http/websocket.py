"""MCP over WebSocket (RFC 6455): one JSON-RPC message per text frame, with the same sessions as every other transport."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import anyio
from fastmcp.server.auth import AccessToken
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from akamai_mcp.server.http.middleware import access_of

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    from akamai_mcp.server.app import AkamaiServer

SUBPROTOCOL: Final = "mcp"
UNSUPPORTED: Final = 1003  # RFC 6455, section 7.4.1
POLICY: Final = 1008

Verify = Callable[[str], Awaitable[AccessToken | None]]


class WebSocketEndpoint:
    """The WebSocket endpoint. `verify` checks the token again at each message, because a connection may outlive its token."""

    def __init__(self, server: AkamaiServer, verify: Verify | None) -> None:
        self._server = server
        self._verify = verify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until either side closes it."""
        websocket = WebSocket(scope, receive, send)
        if self._verify and access_of(websocket.scope) is None:
            await websocket.send_denial_response(Response(status_code=401, headers={"WWW-Authenticate": "Bearer"}))
            return
        if SUBPROTOCOL not in websocket.scope.get("subprotocols", ()):
            await websocket.send_denial_response(Response(f"The subprotocol must be {SUBPROTOCOL!r}.", status_code=400))
            return
        await websocket.accept(SUBPROTOCOL)
        await self._serve(websocket)

    async def _serve(self, websocket: WebSocket) -> None:
        arriving, read = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        write, leaving = anyio.create_memory_object_stream[SessionMessage](0)
        core = self._server._mcp_server  # noqa: SLF001 - as FastMCP's own transports do
        async with anyio.create_task_group() as group:
            group.start_soon(self._receive, websocket, arriving)
            group.start_soon(_send, websocket, leaving)
            await core.run(read, write, core.create_initialization_options())
            group.cancel_scope.cancel()

    async def _receive(self, websocket: WebSocket, arriving: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        async with arriving:
            while (text := await _next_text(websocket)) is not None:
                if not await self._still_valid(websocket):
                    await websocket.close(POLICY, "The token is no longer valid.")
                    return
                await arriving.send(_parse(text))

    async def _still_valid(self, websocket: WebSocket) -> bool:
        if self._verify is None:
            return True
        access = access_of(websocket.scope)
        return access is not None and await self._verify(access.token) == access


async def _next_text(websocket: WebSocket) -> str | None:
    """Return the next text frame, or None at the end; a binary frame closes the connection."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        return None
    text = message.get("text")
    if not isinstance(text, str):
        await websocket.close(UNSUPPORTED, "Messages must be text.")
        return None
    return text


async def _send(websocket: WebSocket, leaving: MemoryObjectReceiveStream[SessionMessage]) -> None:
    try:
        async with leaving:
            async for message in leaving:
                await websocket.send_text(message.message.model_dump_json(by_alias=True, exclude_unset=True))
    except (WebSocketDisconnect, RuntimeError):  # the client left before its result arrived
        return


def _parse(text: str) -> SessionMessage | Exception:
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(text, by_name=False))
    except ValueError as error:
        return error
