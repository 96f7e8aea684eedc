"""An example plugin: says whether a team may change things now."""

from __future__ import annotations

from datetime import UTC, datetime

from fastmcp import FastMCP

WORKDAYS = range(5)
HOURS = range(8, 16)


def create_server() -> FastMCP:
    """The server whose tools are mounted."""
    server = FastMCP("change windows")

    @server.tool(annotations={"readOnlyHint": True})
    def is_open(at: str = "") -> dict[str, object]:
        """Whether changes are allowed at a time in ISO 8601, by default now: on workdays from 8 to 16 UTC."""
        time = datetime.fromisoformat(at).astimezone(UTC) if at else datetime.now(UTC)
        return {"open": time.weekday() in WORKDAYS and time.hour in HOURS, "at": time.isoformat()}

    return server
