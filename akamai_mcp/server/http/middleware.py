"""HTTP middleware: rejects foreign Host and Origin headers, and sets the caller of each call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final

from fastmcp.server.auth import AccessToken
from fastmcp.server.http import HostOriginGuardMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from akamai_mcp.access.callers import ANONYMOUS, NOBODY, Caller, calling
from akamai_mcp.access.listening import ListenPolicy

FindCaller = Callable[[AccessToken], Caller]
Endpoint = Callable[[Request], Awaitable[Response]]
SCHEMES: Final = {"ws": "http", "wss": "https"}


class PathMiddleware:
    """Serves each path with and without a slash at its end; a redirect would lead to http behind a proxy with TLS."""

    def __init__(self, app: ASGIApp, paths: Iterable[str]) -> None:
        self._app = app
        self._paths = {path.rstrip("/"): path for path in paths}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its path as it is served."""
        served = self._paths.get(str(scope.get("path", "")).rstrip("/"))
        await self._app({**scope, "path": served, "raw_path": served.encode()} if served else scope, receive, send)


class HostOriginMiddleware:
    """FastMCP's check of Host and Origin, extended to WebSockets, which web pages can open without CORS.

    FastMCP accepts every loopback origin, and so the pages of any program on this machine. Here only the server's own origin
    and the configured ones pass.
    """

    def __init__(self, app: ASGIApp, policy: ListenPolicy) -> None:
        self._app = app
        self._origins = policy.origins
        self._inner = HostOriginGuardMiddleware(
            self._pass_on, allowed_hosts=policy.known_hosts, allowed_origins=policy.origins, mode="strict"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or reject it."""
        if scope["type"] != "websocket":
            await (self._inner if scope["type"] == "http" else self._app)(scope, receive, send)
            return
        as_http = {**scope, "type": "http", "scheme": SCHEMES.get(scope["scheme"], "http"), "guarded": scope}
        await self._inner(as_http, receive, _Denial(send))

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_foreign(scope, self._origins):
            await Response("Forbidden Origin", status_code=403)(scope, receive, send)
            return
        guarded = scope.pop("guarded", None)
        await self._app(guarded or scope, receive, send.inner if isinstance(send, _Denial) else send)


def is_foreign(scope: Scope, allowed: tuple[str, ...]) -> bool:
    """True if the request comes from a page of another origin that is not allowed."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is not None and origin not in {*allowed, f"{scope['scheme']}://{headers.get('host', '')}"}


class _Denial:
    """Sends an HTTP response instead of a WebSocket handshake (ASGI, denial response)."""

    def __init__(self, inner: Send) -> None:
        self.inner = inner

    async def __call__(self, message: Message) -> None:
        await self.inner({**message, "type": f"websocket.{message['type']}"})


class CallerMiddleware:
    """Sets the caller from the verified token; `find` is None if the server needs no authentication."""

    def __init__(self, app: ASGIApp, find: FindCaller | None) -> None:
        self._app = app
        self._find = find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its caller set."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        with calling(partial(self._caller, scope)):
            await self._app(scope, receive, send)

    def _caller(self, scope: Scope) -> Caller:
        if self._find is None:
            return ANONYMOUS
        access = access_of(scope)
        return self._find(access) if access else NOBODY


def access_of(scope: Scope) -> AccessToken | None:
    """Return the verified token of a request, or None."""
    user = scope.get("user")
    access = user.access_token if isinstance(user, AuthenticatedUser) else None
    return access if isinstance(access, AccessToken) else None


def guarded(endpoint: Endpoint, *, authenticated: bool) -> Endpoint:
    """Let an endpoint beside MCP require a token if MCP does."""

    async def answer(request: Request) -> Response:
        if authenticated and access_of(request.scope) is None:
            return JSONResponse({"error": "invalid_token"}, status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return await endpoint(request)

    return answer
