"""A separate port for /metrics: for stdio, and for HTTP if the metrics must not be on the public port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from akamai_mcp.logs import get_logger
from akamai_mcp.server.observability.metrics import Metrics, RouteGuard, metrics_route


class QuietServer(uvicorn.Server):
    """A server that leaves signals to the main server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Catch no signal."""
        yield


@asynccontextmanager
async def serve_metrics(metrics: Metrics, host: str, port: int, hosts: tuple[str, ...] = ()) -> AsyncIterator[None]:
    """Serve /metrics; a port that cannot be opened is logged, and the server works without metrics."""
    try:
        listener = listen(host, port)
    except OSError as error:
        get_logger().error("metrics are not served", host=host, port=port, reason=error.strerror or type(error).__name__)
        yield
        return
    server = QuietServer(_config(metrics, (host, *hosts)))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        listener.close()


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket. Raises OSError."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family)


def is_own_host(host: str, allowed: tuple[str, ...]) -> bool:
    """True for a Host header that no page of the web can have: an address, a name without a dot, or an allowed name.

    In DNS rebinding a page reaches a private address under a public name of its own, which has a dot.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if name in {one.lower().rpartition(":")[0] or one.lower() for one in allowed} or host.lower() in allowed:
        return True
    try:
        ip_address(name)
    except ValueError:
        return bool(name) and "." not in name
    return True


def host_guard(allowed: tuple[str, ...]) -> RouteGuard:
    """Create the check of the Host header."""

    async def refuse_foreign(request: Request) -> Response | None:
        try:
            own = is_own_host(request.headers.get("host", ""), allowed)
        except ValueError:
            own = False
        return None if own else Response("Invalid Host header", status_code=421)

    return refuse_foreign


def _config(metrics: Metrics, hosts: tuple[str, ...]) -> uvicorn.Config:
    return uvicorn.Config(
        Starlette(routes=[Route("/metrics", metrics_route(metrics, host_guard(hosts)))]),
        lifespan="off",
        ws="none",
        http="h11",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
