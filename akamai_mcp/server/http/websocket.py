"""MCP over WebSocket (RFC 6455): one JSON-RPC message per text frame, with the same sessions as every other transport."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from fastmcp.server.auth import AccessToken
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from akamai_mcp.server.http.middleware import access_of
from akamai_mcp.server.messages.connection import serve_connection
from akamai_mcp.server.messages.lines import LongLine
from akamai_mcp.server.messages.refusal_log import RefusalLog

if TYPE_CHECKING:
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
        self._log = RefusalLog("websocket")

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
        await serve_connection(self._server, self._messages(websocket), partial(_write, websocket), self._log)

    async def _messages(self, websocket: WebSocket) -> AsyncIterator[bytes | LongLine]:
        while (text := await _next_text(websocket)) is not None:
            if not await self._still_valid(websocket):
                await websocket.close(POLICY, "The token is no longer valid.")
                return
            yield text.encode()

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


async def _write(websocket: WebSocket, text: str) -> bool:
    """Send a frame; return False if the client left before its result arrived."""
    try:
        await websocket.send_text(text)
    except (WebSocketDisconnect, RuntimeError):
        return False
    return True
