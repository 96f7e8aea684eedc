"""A separate port for /metrics: for stdio, and for HTTP if the metrics must not be on the public port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from akamai_mcp.logs import get_logger
from akamai_mcp.server.observability.metrics import Metrics, metrics_route


class QuietServer(uvicorn.Server):
    """A server that leaves signals to the main server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Catch no signal."""
        yield


@asynccontextmanager
async def serve_metrics(metrics: Metrics, host: str, port: int) -> AsyncIterator[None]:
    """Serve /metrics; a port that cannot be opened is logged, and the server works without metrics."""
    try:
        listener = listen(host, port)
    except OSError as error:
        get_logger().error("metrics are not served", host=host, port=port, reason=error.strerror or type(error).__name__)
        yield
        return
    server = QuietServer(_config(metrics))
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


def _config(metrics: Metrics) -> uvicorn.Config:
    return uvicorn.Config(
        Starlette(routes=[Route("/metrics", metrics_route(metrics))]),
        lifespan="off",
        ws="none",
        http="h11",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
