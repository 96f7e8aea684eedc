"""The inspector's command line: each step is a process of its own. Needs only the standard library."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from clients.target import Target

COMMAND = "INSPECTOR_COMMAND"  # the inspector's own command, as JSON


class Inspector:
    """Runs the inspector once for each request."""

    def __init__(self, command: list[str], target: list[str]) -> None:
        self._command = command
        self._target = target

    async def tools(self) -> list[str]:
        """The tools that are listed; strict mode refuses schemas that some client would refuse."""
        return [tool["name"] for tool in (await self._run("tools/list", "--strict"))["tools"]]

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """The text of the result."""
        words = [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in arguments.items()]
        given = [part for word in words for part in ("--tool-arg", word)]
        result = await self._run("tools/call", "--tool-name", tool, *given)
        return "".join(block["text"] for block in result["content"] if block["type"] == "text")

    async def read(self, uri: str) -> str:
        """The text of the resource."""
        return "".join(part["text"] for part in (await self._run("resources/read", "--uri", uri))["contents"])

    async def _run(self, method: str, *words: str) -> dict[str, Any]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._command, *self._target, "--method", method, *words, stdout=pipe, stderr=pipe
        )
        output, errors = await process.communicate()
        try:
            return dict(json.loads(output))
        except ValueError:
            raise ValueError(f"ended with {process.returncode}: {(errors or output).decode()}") from None


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[Inspector]:
    """Prepare the words that name the server: a URL, or a command with its environment."""
    settings = {name: value for name, value in target.environment.items() if name.startswith(("AKAMAI_", "PYTHON"))}
    given = [word for name, value in settings.items() for word in ("-e", f"{name}={value}")]
    words = [target.url, "--transport", "http"] if target.url else [*target.command, *given]
    yield Inspector(json.loads(os.environ[COMMAND]), words)
