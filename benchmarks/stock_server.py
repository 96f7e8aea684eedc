"""The least that FastMCP serves on stdio: one tool, nothing else. The start-up of akamai-mcp is measured against it."""

from __future__ import annotations

from fastmcp import FastMCP

mcp = FastMCP("stock")


@mcp.tool
def echo(text: str) -> str:
    """Give the text back."""
    return text


if __name__ == "__main__":
    mcp.run(show_banner=False)
