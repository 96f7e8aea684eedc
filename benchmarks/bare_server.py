"""The minimal server that makes a signed call: FastMCP, one tool, edgegrid-python, one pooled httpx client.

It serves stdio, or stateless HTTP at the port HTTP_PORT.
The environment sets the target: BARE_HOST, BARE_PATH (with `{propertyId}`), BARE_CA, BARE_TOKENS (three, comma-separated).
`--uvloop` uses the event loop of akamai-mcp; `--aiohttp` uses httpx-aiohttp as the client (dependency group `bench`).
"""

from __future__ import annotations

import importlib
import logging
import os
import ssl
import sys
import time
import uuid
from functools import partial
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
from akamai.edgegrid.edgegrid import EdgeGridAuthHeaders
from fastmcp import FastMCP

UVLOOP, AIOHTTP = ("--uvloop" in sys.argv[1:]), ("--aiohttp" in sys.argv[1:])
HOST, PATH = os.environ["BARE_HOST"], os.environ["BARE_PATH"]
CONTEXT = ssl.create_default_context(cafile=os.environ["BARE_CA"])
CLIENT_TOKEN, CLIENT_SECRET, ACCESS_TOKEN = os.environ["BARE_TOKENS"].split(",")

mcp = FastMCP("bare")
signer = EdgeGridAuthHeaders(CLIENT_TOKEN, CLIENT_SECRET, ACCESS_TOKEN)


def open_client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    if AIOHTTP:
        client_type: type[httpx.AsyncClient] = importlib.import_module("httpx_aiohttp").HttpxAiohttpClient
        return client_type(verify=CONTEXT, limits=limits)
    return httpx.AsyncClient(verify=CONTEXT, limits=limits)


client = open_client()


@mcp.tool
async def get_property(propertyId: str) -> dict[str, Any]:  # noqa: N803 - Akamai's name
    """Get a property."""
    url = f"https://{HOST}{PATH.format(propertyId=propertyId)}"
    request = client.build_request("GET", url, headers={"Accept": "application/json", "PAPI-Use-Prefixes": "true"})
    parts = SimpleNamespace(method="GET", url=url, headers=request.headers.copy(), body=b"")
    stamp = time.strftime("%Y%m%dT%H:%M:%S+0000", time.gmtime())
    request.headers["Authorization"] = signer.make_auth_header(parts, stamp, str(uuid.uuid4()))
    response = await client.send(request)
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


if __name__ == "__main__":
    logging.getLogger("httpx").setLevel(logging.WARNING)
    port = os.environ.get("HTTP_PORT")
    over_http = partial(mcp.run_http_async, port=int(port or 0), stateless_http=True, log_level="error")
    run = over_http if port else mcp.run_stdio_async
    anyio.run(partial(run, show_banner=False), backend_options={"use_uvloop": UVLOOP})
