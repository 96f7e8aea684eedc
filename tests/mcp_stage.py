"""A fake Akamai, the server and an MCP client put together: what the tests that go through MCP stand on."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import pytest
from fastmcp import Client
from fastmcp.client.transports import ClientTransport, FastMCPTransport
from fastmcp.client.transports.base import TransportOptions, VersionAwareClientSession
from forked_server import Forked, can_fork, forked
from mcp_types import BlobResourceContents, CallToolResult

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.guide import Guide, load_guide
from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai, RecordedRequest
from akamai_mcp.sandbox.faults import Fault
from akamai_mcp.sandbox.habits.habits import NONE, Habits
from akamai_mcp.sandbox.routing import Route, Router, load_routes
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.sandbox.signature import Credentials
from akamai_mcp.server.app import AkamaiServer, build_server
from akamai_mcp.settings import Settings

METHODS = {"get", "head", "post", "put", "patch", "delete"}
ERAS = ("auto", "legacy")
ACCOUNT_KEY = "1-PLANTED:1-2RBL"
FIRST = Credentials()
SECOND = Credentials(
    client_token="akab-second-client-token", client_secret="c2Vjb25kLXNlY3JldA==", access_token="akab-second-access-token"
)
CHILD_SECONDS = 30.0
LONGEST_LINE = 16 * 1024 * 1024
# Comes long after any time limit that a test sets; with a status of its own it then has no effect on what is stored.
UNANSWERED = Fault(delay=30.0, status=503)
DOCUMENTED = 1571
FROM_CLIENTS = 454
OPERATIONS = DOCUMENTED + FROM_CLIENTS
MIB = 1024 * 1024
MOST_MEMORY = 300 * MIB
# A server takes 130 MiB while it streams: with a file of so many in memory it would be above the limit.
STREAMED = 100 * MIB
MOST_WHILE_STREAMING = 200 * MIB

MakeSettings = Callable[..., Settings]
BuildServer = Callable[[Settings], AkamaiServer]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOperation:
    """An operation as its document's file says it, read without the code under test; `source` says what shows it, if no document."""

    key: str
    method: str
    path: str
    source: str


@cache
def own_guide() -> Guide:
    """The guide of the embedded documents, read once in a process: its YAML takes a second."""
    return load_guide(embedded_folder() / "guide")


@cache
def operations_in_files() -> tuple[FileOperation, ...]:
    """Every operation of the embedded documents and of what only Akamai's clients show, counted in their files."""
    root = embedded_folder()
    found: list[FileOperation] = []
    for file in sorted(root.glob("*/*/openapi*.json")):
        document = json.loads(file.read_bytes())
        base = urlsplit(document["servers"][0]["url"].replace("{hostname}", "host")).path.rstrip("/")
        name = file.parent.relative_to(root).as_posix()
        found += [
            FileOperation(
                key=f"{name}#{item[method]['operationId']}",
                method=method.upper(),
                path=base + template,
                source=item[method].get("x-source", ""),
            )
            for template, item in document["paths"].items()
            for method in item.keys() & METHODS
        ]
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a tool call brought: whether it failed, its JSON, and the same as text."""

    failed: bool
    content: dict[str, Any]
    text: str
    attachments: tuple[BlobResourceContents, ...] = ()

    @property
    def problem(self) -> str:
        """The problem's detail, or its title, or whatever stands in its place."""
        problem = self.content.get("problem")
        return str(problem.get("detail") or problem.get("title")) if isinstance(problem, dict) else str(problem)

    @property
    def advice(self) -> str:
        return str(self.content.get("advice", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A connected client and the fake Akamai behind its server."""

    client: Client[Any]
    fake: FakeAkamai

    async def ask(self, tool: str, arguments: dict[str, Any] | None = None, /, **more: Any) -> Reply:
        """Call a tool; failures come back as replies."""
        # `call_tool` would list the tools as well, for the schema of the answer (UnlistedSession).
        result = await self.client.call_tool_mcp(tool, {**(arguments or {}), **more})
        text = "".join(block.text for block in result.content if block.type == "text")
        beside = tuple(block.resource for block in result.content if block.type == "resource")
        return Reply(failed=bool(result.is_error), content=dict(result.structured_content or {}), text=text, attachments=beside)

    async def agreed(self, tool: str, arguments: dict[str, Any] | None = None, /, **more: Any) -> Reply:
        """Call a tool, and once more with the token where it asks for a confirmation: what an agent does for a user."""
        reply = await self.ask(tool, arguments, **more)
        return await self.ask(tool, arguments, **more, confirm=reply.content["confirm"]) if "confirm" in reply.content else reply

    async def refused(self, tool: str, arguments: dict[str, Any] | None = None, /, **more: Any) -> Reply:
        """Call a tool that must fail without anything being sent."""
        before = len(self.fake.requests)
        reply = await self.ask(tool, arguments, **more)
        assert reply.failed
        assert len(self.fake.requests) == before
        assert reply.content["sent"] is False
        return reply

    async def arrived(self, requests: int) -> None:
        """Wait until so many requests have reached the fake Akamai."""
        async with asyncio.timeout(CHILD_SECONDS):
            while len(self.fake.requests) < requests:
                await asyncio.sleep(0.005)

    @property
    def seen(self) -> RecordedRequest:
        """The last request that reached the fake Akamai."""
        return self.fake.requests[-1]


class UnlistedSession(VersionAwareClientSession):
    """Does not list the tools to find the schema of an answer: this server declares none, and a list takes 2.5 ms.

    Otherwise a session would list them at its first call, and at each call of a tool that no list has.
    """

    async def validate_tool_result(self, name: str, result: CallToolResult) -> None:
        """There is no schema to compare with; `test_no_tool_declares_the_schema_of_its_answer` holds it."""


class Unlisted(ClientTransport):
    """A transport whose sessions list tools only when they are asked to."""

    @asynccontextmanager
    async def connect_session(self, *, transport_options: TransportOptions | None = None, **session: Any) -> AsyncIterator[Any]:
        options = replace(transport_options or TransportOptions(), session_class=UnlistedSession)
        async with super().connect_session(transport_options=options, **session) as opened:
            yield opened


class UnlistedInProcess(Unlisted, FastMCPTransport):
    """To a server of this process."""


OpenStage = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trust store of one public certificate authority, since each client reads its store: all of certifi's take 20 ms."""
    end = "-----END CERTIFICATE-----\n"
    first = Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0] + end
    path = tmp_path_factory.mktemp("trust") / "one.pem"
    path.write_text(first, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, one_authority: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting and no credential of the machine's owner reaches a test, and no test their kept runs."""
    for name in os.environ:
        if name.startswith(("AKAMAI_", "FASTMCP_")) and name != "TEST_AKAMAI_MCP_WHEEL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))


@cache
def all_routes() -> tuple[Route, ...]:
    """The route of each operation of the embedded documents, read once for all fakes of a process."""
    return tuple(load_routes(embedded_folder()))


@cache
def one_router() -> Router:
    """The router of every fake."""
    return Router(route for route in all_routes() if not route.outline.refusal)


def sandbox_server(habits: Habits = NONE) -> SandboxServer:
    """A fake Akamai with two customers, to be entered."""
    return SandboxServer(FakeAkamai(one_router(), accounts=(FIRST, SECOND), habits=habits))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    """A running fake Akamai with two customers."""
    with sandbox_server() as running:
        yield running


@pytest.fixture
def fake(sandbox: SandboxServer) -> Iterator[FakeAkamai]:
    """The fake Akamai, with nothing stored, recorded or ordered."""
    sandbox.fake.reset()
    yield sandbox.fake
    sandbox.fake.reset()


@pytest.fixture(scope="session")
def edgerc(sandbox: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Credentials of the default customer, of a second one, of one with an account key, of one with a wrong secret."""
    path = sandbox.write_edgerc(tmp_path_factory.mktemp("home") / ".edgerc")
    sandbox.write_edgerc(path, "second", SECOND)
    sandbox.write_edgerc(path, "wrong-secret", replace(FIRST, client_secret="d3Jvbmc="))
    sandbox.write_edgerc(path, "switched")
    with path.open("a", encoding="utf-8") as file:  # the last section written is `switched`
        file.write(f"account_key = {ACCOUNT_KEY}\n")
    return path


@pytest.fixture
def settings(edgerc: Path, sandbox: SandboxServer, index_folder: Path) -> MakeSettings:
    """Settings for the sandbox, without repeated attempts unless a test asks for them."""

    def make(**changes: Any) -> Settings:
        chosen = {
            "edgerc": edgerc,
            "ca_bundle": sandbox.ca_bundle,
            "cache_dir": index_folder,
            "retries": 0,
            "inventory": "memory",
        }
        return Settings(**(chosen | changes))

    return make


@pytest.fixture
def served(catalogue: Catalogue, index_folder: Path) -> BuildServer:
    """Build a server over the tests' one catalogue, unless its settings name other documents or another place for their index."""

    def build(chosen: Settings) -> AkamaiServer:
        is_usual = chosen.specs_dir is None and chosen.cache_dir == index_folder
        return build_server(chosen, catalogue if is_usual else None)

    return build


@pytest.fixture
def open_stage(settings: MakeSettings, fake: FakeAkamai, served: BuildServer) -> OpenStage:
    """Open a server with some settings, and a client of an era."""

    @asynccontextmanager
    async def opened(era: str = "auto", **changes: Any) -> AsyncIterator[Stage]:
        async with Client(UnlistedInProcess(served(settings(**changes))), mode=era) as client:
            yield Stage(client=client, fake=fake)

    return opened


@pytest.fixture
async def stage(open_stage: OpenStage) -> AsyncIterator[Stage]:
    """A server with default settings and a client of the newest era."""
    async with open_stage() as opened:
        yield opened


@pytest.fixture(params=ERAS)
async def either(request: pytest.FixtureRequest, open_stage: OpenStage) -> AsyncIterator[Stage]:
    """The same in both eras of the protocol."""
    async with open_stage(request.param) as opened:
        yield opened


@pytest.fixture
def child_environment(edgerc: Path, sandbox: SandboxServer, index_folder: Path) -> dict[str, str]:
    """The environment of a child process that speaks to the sandbox."""
    return {
        **os.environ,
        "AKAMAI_MCP_EDGERC": str(edgerc),
        "AKAMAI_MCP_CA_BUNDLE": str(sandbox.ca_bundle),
        "AKAMAI_MCP_CACHE_DIR": str(index_folder),
        "AKAMAI_MCP_RETRIES": "0",
    }


@pytest.fixture
def sandbox_settings(monkeypatch: pytest.MonkeyPatch, child_environment: dict[str, str], fake: FakeAkamai) -> None:
    """The settings of the sandbox in this process's environment, for commands that run here."""
    for name, value in child_environment.items():
        if name.startswith("AKAMAI_MCP_"):
            monkeypatch.setenv(name, value)


def peak_memory(pid: int) -> int:
    """The most memory that a process has had, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "raw", "version": "0"},
}


@dataclass(slots=True, kw_only=True)
class Child:
    """The server as a child process, spoken to in raw lines of JSON-RPC."""

    process: asyncio.subprocess.Process | Forked
    lines: list[str] = field(default_factory=list)
    _last: int = 0

    async def ask(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        self._last += 1
        await self.write(json.dumps({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params or {}}))
        while True:
            message = json.loads(await self.read())
            if message.get("id") == self._last:
                return dict(message)

    async def hello(self) -> None:
        """The handshake."""
        await self.ask("initialize", HELLO)
        await self.write('{"jsonrpc": "2.0", "method": "notifications/initialized"}')

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool; its result as it stands on the wire."""
        return await self.ask("tools/call", {"name": tool, "arguments": arguments})

    async def write(self, line: str) -> None:
        """Write one line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()

    async def read(self) -> str:
        """The next line of its standard output."""
        assert self.process.stdout is not None
        line = (await asyncio.wait_for(self.process.stdout.readline(), CHILD_SECONDS)).decode()
        assert line, "the server ended"
        self.lines.append(line)
        return line

    async def end(self) -> tuple[int, str]:
        """Close its standard input; (exit status, standard error)."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        rest, errors = await asyncio.wait_for(self.process.communicate(), CHILD_SECONDS)
        self.lines += rest.decode().splitlines()
        return self.process.returncode or 0, errors.decode()


@asynccontextmanager
async def start_child(environment: dict[str, str], folder: Path, *arguments: str) -> AsyncIterator[Child]:
    """The server on stdio; the folder is not the checkout, so that the installed package is the one that runs."""
    start = forked if can_fork(environment) else started
    async with start(environment, folder, arguments, LONGEST_LINE) as process:
        try:
            yield Child(process=process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()


@asynccontextmanager
async def started(
    environment: dict[str, str], folder: Path, arguments: tuple[str, ...], limit: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of its own, from its first import."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "akamai_mcp", *arguments)
    yield await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, limit=limit
    )
