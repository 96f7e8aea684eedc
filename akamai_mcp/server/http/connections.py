"""Bounds on connections: seconds for a request's header and body, bytes of a header, and a number of connections.

uvicorn has none of them with this parser, which is written in C.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from akamai_mcp.access.listening import ConnectionBounds

MAX_HEADER_BYTES: Final = 65_536  # received in parts; what comes in one part with its end may be larger
TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"  # RFC 6585


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which aborts a connection that exceeds a bound; subclasses set the bounds."""

    bounds = ConnectionBounds()
    _timer: asyncio.TimerHandle | None = None
    _awaits: Callable[[], bool] | None = None
    _header_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Accept a connection unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.bounds.connections:
            transport.abort()
            return
        self._watch(self._awaits_header, self.bounds.header_seconds)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; the time for its header or body runs from its first byte."""
        self._watch(self._awaits_header, self.bounds.header_seconds)
        super().data_received(data)
        if self._awaits is None:  # the connection became a WebSocket
            return
        self._header_bytes = self._header_bytes + len(data) if self._awaits_header() else 0
        if self._header_bytes > MAX_HEADER_BYTES and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()
        if self._awaits_body():
            self._watch(self._awaits_body, self.bounds.body_seconds)
        elif not self._awaits_header():
            self._forget()

    def handle_websocket_upgrade(self, *event: Any) -> None:
        """Hand the connection over to the WebSocket protocol, whose pings notice a silent peer."""
        self._forget()
        super().handle_websocket_upgrade(*event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._forget()
        super().connection_lost(exc)

    def _awaits_header(self) -> bool:
        return self.cycle is None or bool(self.cycle.response_complete)

    def _awaits_body(self) -> bool:
        return self.cycle is not None and bool(self.cycle.more_body) and not self.cycle.response_complete

    def _watch(self, awaits: Callable[[], bool], seconds: float) -> None:
        """Start the timer; one that runs for the same purpose goes on, so that single bytes do not prolong it."""
        if self._awaits == awaits or (awaits == self._awaits_header and not self._awaits_header()):
            return
        self._forget()
        self._awaits, self._timer = awaits, self.loop.call_later(seconds, self._expire)

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._awaits = self._timer = None

    def _expire(self) -> None:
        awaits, self._awaits, self._timer = self._awaits, None, None
        if awaits is not None and awaits():
            self.transport.abort()


def bounded_protocol(bounds: ConnectionBounds) -> type[asyncio.Protocol]:
    """Create the protocol class with these bounds."""
    return type("BoundedHttp", (BoundedProtocol,), {"bounds": bounds})
