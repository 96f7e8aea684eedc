"""The routes beside MCP. A further one is added in `build_routes`, behind `guarded` unless it may be read by anyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from akamai_mcp.server.health import look, standard_checks
from akamai_mcp.server.websocket import Verify, WebSocketDoor

if TYPE_CHECKING:
    from akamai_mcp.server.app import AkamaiServer


def build_routes(server: AkamaiServer, verify: Verify | None) -> list[BaseRoute]:
    """Health for machines, and MCP over a WebSocket."""

    async def alive(_: Request) -> Response:
        return JSONResponse({"alive": True})

    async def ready(_: Request) -> Response:
        readiness = await look([*standard_checks(server.parts), *server.checks])
        return JSONResponse(readiness.as_json(), status_code=200 if readiness.is_ready else 503)

    return [
        Route("/healthz", alive, methods=["GET"]),
        Route("/readyz", ready, methods=["GET"]),
        WebSocketRoute("/ws", WebSocketDoor(server, verify)),
    ]
