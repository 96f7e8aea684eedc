"""openai-agents: tools are called as its function tools, with JSON text as a model writes it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agents import FunctionTool
from agents.mcp import MCPServer, MCPServerStdio, MCPServerStreamableHttp, MCPUtil
from agents.tool_context import ToolContext

from clients.target import Target


class OpenAiAgents:
    """Calls function tools, converted to strict schemas where the library can."""

    def __init__(self, server: MCPServer, tools: list[FunctionTool]) -> None:
        self._server = server
        self._tools = {tool.name: tool for tool in tools}

    async def tools(self) -> list[str]:
        """The function tools."""
        return list(self._tools)

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """The text of the output that a model gets."""
        text = json.dumps(arguments)
        context = ToolContext(context=None, tool_name=tool, tool_call_id="1", tool_arguments=text)
        output = await self._tools[tool].on_invoke_tool(context, text)
        return output if isinstance(output, str) else str(output["text"])

    async def read(self, uri: str) -> str:
        """The text of the resource."""
        return "".join(getattr(part, "text", "") for part in (await self._server.read_resource(uri)).contents)


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[OpenAiAgents]:
    """Connect to a URL, or to a command on stdio."""
    server: MCPServer
    if target.url:
        server = MCPServerStreamableHttp({"url": target.url}, client_session_timeout_seconds=60)
    else:
        parameters = {"command": target.command[0], "args": list(target.command[1:]), "env": target.environment}
        server = MCPServerStdio(parameters, client_session_timeout_seconds=60)
    async with server:
        listed = await server.list_tools()
        tools = [MCPUtil.to_function_tool(tool, server, convert_schemas_to_strict=True) for tool in listed]
        yield OpenAiAgents(server, tools)
