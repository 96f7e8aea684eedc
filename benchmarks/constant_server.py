"""The minimal server that answers a call: FastMCP on stdio, one tool that returns the JSON in the file CONSTANT_FILE.

`--uvloop` uses the event loop of akamai-mcp.
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
    anyio.run(partial(mcp.run_stdio_async, show_banner=False), backend_options={"use_uvloop": "--uvloop" in sys.argv[1:]})
