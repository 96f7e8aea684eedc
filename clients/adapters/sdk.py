"""The client of the MCP Python SDK, by itself or in front of a bridge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp import Client, StdioServerParameters

from clients.target import Target


class Sdk:
    """Calls tools and hands on the text of their results."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def tools(self) -> list[str]:
        """The tools that are listed."""
        return [tool.name for tool in (await self._client.list_tools()).tools]

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """The text of the result."""
        result = await self._client.call_tool(tool, arguments)
        return "".join(block.text for block in result.content if block.type == "text")

    async def read(self, uri: str) -> str:
        """The text of the resource."""
        return "".join(getattr(part, "text", "") for part in (await self._client.read_resource(uri)).contents)


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[Sdk]:
    """Connect to a URL, or to a command on stdio."""
    command = StdioServerParameters(command=target.command[0], args=list(target.command[1:]), env=target.environment)
    async with Client(target.url or command, mode="legacy" if target.has_sessions else "auto") as client:
        yield Sdk(client)
