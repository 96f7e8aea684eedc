"""`akamai-mcp serve --transport http|sse`: the HTTP server for a team."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import anyio

from akamai_mcp.cli.ports import require_free
from akamai_mcp.cli.printing.messages import tell_error
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.server.app import AkamaiServer
from akamai_mcp.server.http.server import DrainingServer, build_http_server
from akamai_mcp.server.idle_loading import Step, loading_when_idle, postponed_steps
from akamai_mcp.settings import Settings


def serve_http(server: AkamaiServer, settings: Settings) -> int:
    """Serve until a signal; return 2 if a setting is invalid or its port is taken."""
    listen, auth = settings.listen_policy(), settings.auth_policy()
    mode = "with tokens" if auth.is_on else "without authentication"

    def announce(port: int) -> None:
        where = replace(listen, port=port).url
        print(f"akamai-mcp: {listen.transport} on {where} {mode}", file=sys.stderr, flush=True)

    try:
        listener = build_http_server(server, listen, auth, announce)
        require_free(listen.bind, listen.port, "--port or AKAMAI_MCP_PORT")
    except AkamaiMcpError as error:
        tell_error(error)
        return 2
    steps = postponed_steps(server.parts, strict_validation=settings.validation == "strict")
    anyio.run(_serve, listener, server, steps, backend_options={"use_uvloop": sys.platform != "win32"})
    return 0


async def _serve(listener: DrainingServer, server: AkamaiServer, steps: Sequence[Step]) -> None:
    async with loading_when_idle(steps, server.in_flight):
        await listener.serve()
