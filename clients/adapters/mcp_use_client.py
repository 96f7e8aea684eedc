"""mcp-use: tools are called as those that it converts for LangChain, with a pydantic class for each schema."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.tools import BaseTool
from mcp_use import MCPClient
from mcp_use.agents.adapters.langchain_adapter import LangChainAdapter
from mcp_use.client.session import MCPSession

from clients.target import Target

SERVER = "akamai"


class McpUse:
    """Calls converted tools."""

    def __init__(self, session: MCPSession, tools: list[BaseTool]) -> None:
        self._session = session
        self._tools = {tool.name: tool for tool in tools}

    async def tools(self) -> list[str]:
        """The converted tools."""
        return list(self._tools)

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """The text of the message that answers a model's tool call; of a failed call it is what the library says of it."""
        asked = {"type": "tool_call", "id": "1", "name": tool, "args": arguments}
        text = str((await self._tools[tool].ainvoke(asked)).text)
        return str(json.loads(text)["details"]) if text.startswith('{"error":') else text

    async def read(self, uri: str) -> str:
        """The text of the resource."""
        return "".join(getattr(part, "text", "") for part in (await self._session.read_resource(uri)).contents)


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[McpUse]:
    """Connect to a URL, or to a command on stdio."""
    command = {"command": target.command[0], "args": list(target.command[1:]), "env": target.environment}
    client = MCPClient({"mcpServers": {SERVER: {"url": target.url} if target.url else command}})
    session = await client.create_session(SERVER)
    try:
        adapter = LangChainAdapter()
        await adapter.create_all(client)
        yield McpUse(session, adapter.tools)
    finally:
        await client.close_all_sessions()
