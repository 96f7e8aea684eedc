"""Middleware that answers malformed messages over HTTP before the SDK parses them.

The SDK answers some of them with another code or without their id, reads UTF-16 and lone surrogates, and logs tracebacks with
their content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, authorization_context
from mcp_types import JSONRPCMessage
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from akamai_mcp.calls.turns import Turns, in_turn
from akamai_mcp.media_types import JSON_TYPE
from akamai_mcp.server.http.answer_form import answering, is_short
from akamai_mcp.server.http.middleware import access_of
from akamai_mcp.server.messages.folded import unfold
from akamai_mcp.server.messages.reading import MAX_MESSAGE_BYTES, Refusal, read_message
from akamai_mcp.server.messages.refusal_log import RefusalLog

_SESSION: Final = re.compile(rb"event: endpoint\r?\ndata: [^\r\n]*[?&]session_id=([0-9a-f]+)")


class MessageMiddleware:
    """Answers malformed messages posted to `path` with an HTTP status of 400 or 413 and a JSON-RPC error."""

    def __init__(self, app: ASGIApp, path: str, *, authenticated: bool) -> None:
        self._app = app
        self._turns = Turns()
        self._path = path
        self._authenticated = authenticated
        self._log = RefusalLog("http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a well-formed message on, or answer it."""
        if not _is_post(scope, self._path) or (self._authenticated and access_of(scope) is None):
            await self._app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            return
        body = unfold(body)
        read = read_message(body)
        if not isinstance(read, Refusal):
            async with in_turn(self._turns, _whose(scope, read)):
                with answering(is_json=is_short(read)):
                    await self._app(scope, _replayed(body, receive), send)
            return
        self._log.write(read)
        status = 413 if len(body) > MAX_MESSAGE_BYTES else 400
        await Response(_written(read), status_code=status, media_type=JSON_TYPE)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class EventStream:
    """The open event stream of an SSE session, and whose it is."""

    send: Send
    owner: Any


@dataclass(slots=True)
class SseMessageMiddleware:
    """Answers malformed messages posted to `path` on the session's event stream, where an SSE client waits for answers."""

    app: ASGIApp
    path: str
    _streams: dict[str, EventStream] = field(default_factory=dict, init=False)
    _log: RefusalLog = field(default_factory=lambda: RefusalLog("sse"), init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a well-formed message on, or answer it; remember each event stream as long as it is open."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "GET":
            await self._watch(scope, receive, send)
        else:
            await self._check(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = ""

        async def watched(message: Message) -> None:
            nonlocal session
            await send(message)
            if not session and (found := _SESSION.match(message.get("body", b""))):
                session = found[1].decode()
                self._streams[session] = EventStream(send, _owner(scope))

        try:
            await self.app(scope, receive, watched)
        finally:
            self._streams.pop(session, None)

    async def _check(self, scope: Scope, receive: Receive, send: Send) -> None:
        stream = self._streams.get(QueryParams(scope["query_string"]).get("session_id", ""))
        # The SDK refuses a session that is unknown or another caller's before it reads the body.
        if not _is_post(scope, self.path) or stream is None or stream.owner != _owner(scope):
            await self.app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            return
        body = unfold(body)
        read = read_message(body)
        if not isinstance(read, Refusal):
            await self.app(scope, _replayed(body, receive), send)
            return
        self._log.write(read)
        await Response("Accepted", status_code=202)(scope, receive, send)
        event = f"event: message\r\ndata: {_written(read)}\r\n\r\n"
        await stream.send({"type": "http.response.body", "body": event.encode(), "more_body": True})


def _is_post(scope: Scope, path: str) -> bool:
    return scope["type"] == "http" and scope["method"] == "POST" and str(scope["path"]).rstrip("/") == path.rstrip("/")


def _whose(scope: Scope, message: JSONRPCMessage) -> str:
    """Whose turn a message takes: a token's owner, or what is called at a client's address, where callers are not known."""
    if owner := _owner(scope):
        return str(owner)
    params = getattr(message, "params", None) or {}
    arguments = params.get("arguments")
    named = arguments if isinstance(arguments, dict) else {}
    client = (scope.get("client") or ("",))[0]
    return str((client, params.get("name"), named.get("name"), named.get("customer")))


def _owner(scope: Scope) -> Any:
    user = scope.get("user")
    return authorization_context(user) if isinstance(user, AuthenticatedUser) else None


def _written(refusal: Refusal) -> str:
    return refusal.answer().model_dump_json(by_alias=True, exclude_unset=True)


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body, or the start of one that is too large; None if the client left."""
    body = bytearray()
    while len(body) <= MAX_MESSAGE_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The messages of a request whose body was read."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay() -> Message:
        return next(messages, None) or await receive()

    return replay
