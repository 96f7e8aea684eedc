"""The client of FastMCP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from clients.target import Target


class FastMcp:
    """Calls tools and hands on the text of their results."""

    def __init__(self, client: Client[Any]) -> None:
        self._client = client

    async def tools(self) -> list[str]:
        """The tools that are listed."""
        return [tool.name for tool in await self._client.list_tools()]

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """The text of the result."""
        result = await self._client.call_tool(tool, arguments, raise_on_error=False)
        return "".join(block.text for block in result.content if block.type == "text")

    async def read(self, uri: str) -> str:
        """The text of the resource."""
        return "".join(getattr(part, "text", "") for part in await self._client.read_resource(uri))


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[FastMcp]:
    """Connect to a URL, or to a command on stdio."""
    command = StdioTransport(target.command[0], list(target.command[1:]), env=target.environment)
    async with Client(target.url or command) as client:
        yield FastMcp(client)
