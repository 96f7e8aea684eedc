"""The HTTP server: streamable HTTP or the older SSE, WebSocket and health checks, with a graceful shutdown."""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import uvicorn
from fastmcp.server.http import create_sse_app, create_streamable_http_app
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from akamai_mcp.access.authentication import AuthPolicy
from akamai_mcp.access.listening import BESIDE, ListenPolicy
from akamai_mcp.errors import SettingsError
from akamai_mcp.server.app import AkamaiServer
from akamai_mcp.server.http.answer_form import JsonWhereShort
from akamai_mcp.server.http.auth import BearerTokens, build_provider
from akamai_mcp.server.http.connections import bounded_protocol
from akamai_mcp.server.http.messages import MessageMiddleware, SseMessageMiddleware
from akamai_mcp.server.http.middleware import CallerMiddleware, HostOriginMiddleware, PathMiddleware
from akamai_mcp.server.http.refusals import HandshakeFilter, Refusals, RefusalsMiddleware
from akamai_mcp.server.http.routes import build_routes
from akamai_mcp.server.messages.reading import MAX_FRAME_BYTES

MESSAGES: Final = "/messages/"
CLOSING_SECONDS: Final = 2  # for connections without a call in progress
CORS_HEADERS: Final = ["Authorization", "Content-Type", "Mcp-Protocol-Version", "Mcp-Session-Id", "Mcp-Method", "Mcp-Name"]


def build_app(server: AkamaiServer, listen: ListenPolicy, auth: AuthPolicy) -> Starlette:
    """Build the ASGI application. Raises SettingsError if the settings are unsafe or invalid."""
    auth.check()
    listen.check(authenticated=auth.is_on)
    tokens = BearerTokens(auth) if auth.is_on else None
    if tokens:
        server.find_caller = tokens.caller_named
    common: dict[str, Any] = {
        "server": server,
        "auth": build_provider(auth, tokens) if tokens else None,
        "routes": build_routes(server, tokens.verify_token if tokens else None),
        "middleware": [
            *_cors(listen),
            Middleware(CallerMiddleware, find=tokens.caller if tokens else None),
            _message_check(listen, authenticated=auth.is_on),
        ],
    }
    if listen.transport == "sse":
        app = create_sse_app(message_path=MESSAGES, sse_path=listen.mcp_path, **common)
    else:
        form: Any = JsonWhereShort()  # a bool for the SDK, which passes it on and asks for its truth at each request
        app = create_streamable_http_app(streamable_http_path=listen.mcp_path, stateless_http=True, json_response=form, **common)
    app.router.redirect_slashes = False
    app.user_middleware.insert(0, Middleware(PathMiddleware, paths=(listen.mcp_path, MESSAGES, *BESIDE)))
    app.user_middleware.insert(0, Middleware(HostOriginMiddleware, policy=listen))
    app.user_middleware.insert(0, Middleware(RefusalsMiddleware, refusals=watch_refusals(server), auth=auth))
    return app


def _message_check(listen: ListenPolicy, *, authenticated: bool) -> Middleware:
    if listen.transport == "sse":
        return Middleware(SseMessageMiddleware, path=MESSAGES)
    return Middleware(MessageMiddleware, path=listen.mcp_path, authenticated=authenticated)


def watch_refusals(server: AkamaiServer) -> Refusals:
    """Create the count of refused requests, and show it in the metrics."""
    refusals = Refusals()
    if server.observability and server.observability.metrics:
        server.observability.metrics.add_refusals(refusals.counts)
    log = logging.getLogger("uvicorn.error")
    for old in [one for one in log.filters if isinstance(one, HandshakeFilter)]:
        log.removeFilter(old)
    log.addFilter(HandshakeFilter(refusals))
    return refusals


def _cors(listen: ListenPolicy) -> list[Middleware]:
    """CORS for the allowed origins; none by default."""
    if not listen.origins:
        return []
    allowed: dict[str, Any] = {"allow_origins": listen.origins, "allow_methods": ["GET", "POST", "DELETE"]}
    exposed = ["Mcp-Session-Id", "WWW-Authenticate"]
    return [Middleware(CORSMiddleware, allow_headers=CORS_HEADERS, expose_headers=exposed, **allowed)]


class DrainingServer(uvicorn.Server):
    """uvicorn with a graceful shutdown: on a signal it accepts no connections and ends when no call is in progress.

    A second signal ends it at once. uvicorn itself would cut event streams and WebSockets off before their calls are answered.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        under_way: Callable[[], int],
        limit: float,
        announce: Callable[[int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self._under_way = under_way
        self._limit = limit
        self._clock = clock
        self._until: float | None = None
        self._idle = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, and tell the port, which the system chose if it was 0."""
        await super().startup(sockets)
        if self.started:
            self._announce(self.servers[0].sockets[0].getsockname()[1])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Start the shutdown; the signal is not raised again, so that the process ends with status 0."""
        if self._until is not None:
            self.should_exit = self.force_exit = True
        else:
            self._until = self._clock() + self._limit

    async def on_tick(self, counter: int) -> bool:
        """Decide ten times a second whether to end."""
        if self._until is not None and not self.should_exit:
            self._drain(self._until)
        return await super().on_tick(counter)

    def _drain(self, until: float) -> None:
        for server in self.servers:
            server.close()
        was_idle, self._idle = self._idle, self._under_way() == 0
        # Idle twice in a row, because a call that was just read may not have started, or its result may not be written.
        self.should_exit = (was_idle and self._idle) or self._clock() >= until


def build_http_server(
    server: AkamaiServer, listen: ListenPolicy, auth: AuthPolicy, announce: Callable[[int], None] = lambda _: None
) -> DrainingServer:
    """Build the server with its listener; `announce` gets the port once it listens. Raises SettingsError."""
    app = build_app(server, listen, auth)
    config = uvicorn.Config(
        app,
        host=listen.bind,
        port=listen.port,
        ssl_certfile=listen.tls_cert,
        ssl_keyfile=listen.tls_key,
        http=bounded_protocol(listen.bounds),
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        forwarded_allow_ips=list(listen.proxies),
        lifespan="on",
        log_config=None,  # uvicorn's own log would write to stdout, and URLs with their query strings
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        reason = type(error).__name__
        raise SettingsError(
            f"AKAMAI_MCP_TLS_CERT or AKAMAI_MCP_TLS_KEY cannot be used ({reason}).",
            advice="Set both to PEM files that belong together.",
        ) from error
    return DrainingServer(config, server.under_way, listen.drain_seconds, announce)
