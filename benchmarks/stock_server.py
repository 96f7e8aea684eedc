"""The minimal FastMCP server on stdio, with one tool; the start-up of akamai-mcp is measured against it."""

from __future__ import annotations

from fastmcp import FastMCP

mcp = FastMCP("stock")


@mcp.tool
def echo(text: str) -> str:
    """Return the text."""
    return text


if __name__ == "__main__":
    mcp.run(show_banner=False)
