"""Refused requests: a bearer token or a WebSocket handshake that is not accepted is counted, and logged at a bounded rate."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, Literal

import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from akamai_mcp.access.authentication import AuthPolicy
from akamai_mcp.logs import get_logger

Kind = Literal["token", "handshake"]
KINDS: Final[tuple[Kind, ...]] = ("token", "handshake")
LINE_SECONDS: Final = 10.0  # between two lines of one kind; a scan of the port must not fill the log
MAX_ADDRESS: Final = 45  # characters of the longest IPv6 address (RFC 4291, with an IPv4 part)
UNAUTHORIZED: Final = 401
# uvicorn and websockets report with these what a client did, as an ERROR with a traceback.
HANDSHAKE_LINES: Final = ("opening handshake failed", "ASGI callable returned without completing handshake")
WITHOUT_LOGIN: Final = "The bearer token is not valid. Ask the operator of this server for a valid one."
WITH_LOGIN: Final = "The bearer token is invalid or has expired. Obtain a new one from the authorization server."


class Refusals:
    """Counts refusals by kind, and logs the first of each kind and then at most one line in ten seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.counts: Counter[Kind] = Counter()
        self._clock = clock
        self._logged: dict[Kind, tuple[float, int]] = {}

    def note(self, kind: Kind, address: str = "") -> None:
        """Count a refusal of a client at this address."""
        self.counts[kind] += 1
        when, counted = self._logged.get(kind, (float("-inf"), 0))
        if (now := self._clock()) - when < LINE_SECONDS:
            return
        self._logged[kind] = now, self.counts[kind]
        get_logger().warning(f"{kind} refused", client=printable(address), refusals=self.counts[kind] - counted)


class RefusalsMiddleware:
    """Notes each response 401 and each refused WebSocket handshake; the body of a 401 says what a client can do."""

    def __init__(self, app: ASGIApp, refusals: Refusals, auth: AuthPolicy) -> None:
        self._app = app
        self._refusals = refusals
        self._text = WITH_LOGIN if auth.jwt else WITHOUT_LOGIN

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at the beginning of its response."""
        address = (scope.get("client") or ("",))[0]
        kept: list[Message] = []

        async def watched(message: Message) -> None:
            if message["type"] in {"websocket.http.response.start", "websocket.close"} and scope["type"] == "websocket":
                if message["type"] != "websocket.close" or not scope.get("accepted"):
                    self._refusals.note("handshake", address)
            elif message["type"] == "websocket.accept":
                scope["accepted"] = True
            elif message["type"] == "http.response.start" and message["status"] == UNAUTHORIZED:
                self._refusals.note("token", address)
                kept.append(message)
                return
            if kept and message["type"] == "http.response.body":
                await self._explain(kept.pop(), message, send)
                return
            await send(message)

        await self._app(scope, receive, watched)

    async def _explain(self, start: Message, body: Message, send: Send) -> None:
        """Send a 401 of one line. A request without a token keeps its empty response (RFC 6750, section 3.1)."""
        if body.get("body"):
            text = orjson.dumps({"error": "invalid_token", "error_description": self._text})
            headers = MutableHeaders(raw=list(start["headers"]))
            headers["content-length"] = str(len(text))
            headers["www-authenticate"] = challenge(headers.get("www-authenticate", ""), self._text)
            start, body = {**start, "headers": headers.raw}, {**body, "body": text}
        await send(start)
        await send(body)


class HandshakeFilter(logging.Filter):
    """Turns the framework's ERROR about a refused handshake into a counted refusal."""

    def __init__(self, refusals: Refusals) -> None:
        super().__init__()
        self._refusals = refusals

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a line about a handshake, which is noted instead."""
        if not str(record.msg).startswith(HANDSHAKE_LINES):
            return True
        if record.msg.startswith(HANDSHAKE_LINES[0]):  # the other one follows a refusal that was noted
            self._refusals.note("handshake")
        return False


def challenge(original: str, text: str) -> str:
    """The WWW-Authenticate header with this description; where to log in (RFC 9728) is kept."""
    login = [part for part in original.removeprefix("Bearer ").split(", ") if part.startswith("resource_metadata=")]
    return "Bearer " + ", ".join(['error="invalid_token"', f'error_description="{text}"', *login])


def printable(address: Any) -> str:
    """An address for a log line: bounded, and without control characters."""
    return "".join(letter for letter in str(address)[:MAX_ADDRESS] if letter.isprintable())
