"""pydantic-ai: a whole agent whose model is a function that asks for the scenario's calls."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelMessage, ModelResponse, RetryPromptPart, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from clients.target import Target


class PydanticAi:
    """Runs the agent once for each call, so that arguments and results go the way of a model's."""

    def __init__(self, toolset: MCPToolset[None]) -> None:
        self._toolset = toolset

    async def tools(self) -> list[str]:
        """The tools of the toolset."""
        return [tool.name for tool in await self._toolset.list_tools()]

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """The text that the model gets for its call."""

        def model(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
            answers = [part for part in messages[-1].parts if isinstance(part, ToolReturnPart | RetryPromptPart)]
            if not answers:
                return ModelResponse(parts=[ToolCallPart(tool, json.dumps(arguments))])
            return ModelResponse(parts=[TextPart(_text(answers[0]))])

        agent = Agent(FunctionModel(model), toolsets=[self._toolset])
        return str((await agent.run("call the tool")).output)

    async def read(self, uri: str) -> str:
        """The text of the resource."""
        return str(await self._toolset.read_resource(uri))


def _text(answer: ToolReturnPart | RetryPromptPart) -> str:
    """The text of the tool's result; that of a failed call stands within an object that says so."""
    text = answer.model_response() if isinstance(answer, RetryPromptPart) else answer.model_response_str()
    return str(json.loads(text)["error"]) if text.startswith('{"error":') else text


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[PydanticAi]:
    """Connect to a URL, or to a command on stdio."""
    command = StdioTransport(target.command[0], list(target.command[1:]), env=target.environment)
    async with MCPToolset(target.url or command) as toolset:
        yield PydanticAi(toolset)
