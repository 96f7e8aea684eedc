"""The clients of the suite: the package of each, where its process runs, and how it comes to the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Way = Literal["stdio", "http", "bridge", "gateway"]
WAYS: Final[dict[Way, str]] = {
    "stdio": "starts the server on stdio",
    "http": "streamable HTTP",
    "bridge": "itself on stdio, to streamable HTTP",
    "gateway": "itself over HTTP, to the server on stdio, in a session",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A client or bridge; `host` is the environment that its adapter runs in: its own, another subject's, or "" for this one."""

    name: str
    package: str
    manager: Literal["pip", "npm"]
    adapter: str
    ways: tuple[Way, ...] = ("stdio", "http")
    host: str = ""
    script: str = ""
    beside: tuple[str, ...] = ()  # what is installed with it, where its newest dependencies are not what it was written for


def _python(name: str, adapter: str, package: str = "") -> Subject:
    return Subject(name=name, package=package or name, manager="pip", adapter=adapter, host=name)


SUBJECTS: Final = (
    _python("mcp", "sdk"),
    _python("fastmcp", "fastmcp_client"),
    _python("langchain-mcp-adapters", "langchain"),
    _python("openai-agents", "openai_agents"),
    _python("pydantic-ai-slim", "pydantic_ai_toolset", "pydantic-ai-slim[mcp]"),
    _python("mcp-use", "mcp_use_client"),
    Subject(
        name="inspector",
        package="@modelcontextprotocol/inspector",
        manager="npm",
        adapter="inspector",
        ways=("http",),  # on stdio it starts a server for each request, and a token is of one server
        script="clients/launcher/build/index.js",
    ),
    Subject(
        name="mcp-remote",
        package="mcp-remote",
        manager="npm",
        adapter="sdk",
        ways=("bridge",),
        host="mcp",
        script="dist/proxy.js",
    ),
    Subject(
        name="supergateway",
        package="supergateway",
        manager="npm",
        adapter="sdk",
        ways=("bridge", "gateway"),
        host="mcp",
        script="dist/index.js",
    ),
    # Version 0.0.20 imports what the SDK's 2.0 removed, and passes arguments that FastAPI no longer takes.
    Subject(name="mcpo", package="mcpo", manager="pip", adapter="openapi", ways=("gateway",), beside=("mcp<2", "fastapi<0.120")),
)
