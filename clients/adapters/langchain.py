"""langchain-mcp-adapters: tools are called as LangChain's, with the arguments that its conversion of the schemas lets through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.resources import get_mcp_resource
from langchain_mcp_adapters.tools import load_mcp_tools

from clients.target import Target

SERVER = "akamai"


class LangChain:
    """Calls converted tools in one session."""

    def __init__(self, session: Any, tools: list[BaseTool]) -> None:
        self._session = session
        self._tools = {tool.name: tool for tool in tools}

    async def tools(self) -> list[str]:
        """The converted tools."""
        return list(self._tools)

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """The text of the message that answers a model's tool call."""
        asked = {"type": "tool_call", "id": "1", "name": tool, "args": arguments}
        answer: ToolMessage = await self._tools[tool].ainvoke(asked)
        return str(answer.text)

    async def read(self, uri: str) -> str:
        """The text of the resource as a blob of LangChain."""
        return "".join(blob.as_string() for blob in await get_mcp_resource(self._session, uri))


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[LangChain]:
    """Connect to a URL, or to a command on stdio."""
    command = {"transport": "stdio", "command": target.command[0], "args": list(target.command[1:]), "env": target.environment}
    http = {"transport": "streamable_http", "url": target.url}
    client = MultiServerMCPClient({SERVER: http if target.url else command})
    async with client.session(SERVER) as session:
        yield LangChain(session, await load_mcp_tools(session))
