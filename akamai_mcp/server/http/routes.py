"""The routes beside MCP. Add a new one in `build_routes`, wrapped in `guarded` unless anybody may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from akamai_mcp.access.callers import NOBODY, current_caller
from akamai_mcp.server.http.health import look, standard_checks
from akamai_mcp.server.http.middleware import guarded
from akamai_mcp.server.http.websocket import Verify, WebSocketEndpoint

if TYPE_CHECKING:
    from akamai_mcp.server.app import AkamaiServer


def build_routes(server: AkamaiServer, verify: Verify | None) -> list[BaseRoute]:
    """Build the routes of health checks, metrics and MCP over WebSocket."""

    async def alive(_: Request) -> Response:
        return JSONResponse({"alive": True})

    async def ready(_: Request) -> Response:
        readiness = await look([*standard_checks(server.parts), *server.checks])
        return JSONResponse(readiness.as_json(), status_code=200 if readiness.is_ready else 503)

    return [
        *_metrics(server, authenticated=verify is not None),
        Route("/healthz", alive, methods=["GET"]),
        Route("/readyz", ready, methods=["GET"]),
        WebSocketRoute("/ws", WebSocketEndpoint(server, verify)),
    ]


def _metrics(server: AkamaiServer, *, authenticated: bool) -> list[BaseRoute]:
    """The metrics route, if metrics are on and have no port of their own; only for callers who may see every customer."""
    if server.observability is None or server.observability.metrics is None or server.observability.has_port:
        return []
    from akamai_mcp.server.observability.metrics import metrics_route  # 20 ms, and an optional dependency

    route = metrics_route(server.observability.metrics, refuse_bounded if authenticated else None)
    return [Route("/metrics", guarded(route, authenticated=authenticated), methods=["GET"])]


async def refuse_bounded(_: Request) -> Response | None:
    """Reject callers who may not see every customer: the metrics have customer names as labels."""
    bounded = current_caller(NOBODY).is_bounded
    return JSONResponse({"error": "insufficient_scope"}, status_code=403) if bounded else None
