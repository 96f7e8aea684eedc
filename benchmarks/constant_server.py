"""The minimal server that answers a call: FastMCP, one tool that returns the JSON in the file CONSTANT_FILE.

It serves stdio, or stateless HTTP at the port HTTP_PORT. `--uvloop` uses the event loop of akamai-mcp.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from fastmcp import FastMCP

CONSTANT = json.loads(Path(os.environ["CONSTANT_FILE"]).read_text(encoding="utf-8"))

mcp = FastMCP("constant")


@mcp.tool
async def get_property(propertyId: str, contractId: str, groupId: str) -> dict[str, Any]:  # noqa: ARG001, N803 - Akamai's names
    """Get a property."""
    answer: dict[str, Any] = CONSTANT
    return answer


if __name__ == "__main__":
    port = os.environ.get("HTTP_PORT")
    over_http = partial(mcp.run_http_async, port=int(port or 0), stateless_http=True, log_level="error")
    run = over_http if port else mcp.run_stdio_async
    anyio.run(partial(run, show_banner=False), backend_options={"use_uvloop": "--uvloop" in sys.argv[1:]})
