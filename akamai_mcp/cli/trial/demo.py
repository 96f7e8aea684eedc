"""`akamai-mcp demo`: the main steps end to end, against a fake Akamai on this machine.

The real server runs as a child process on stdio, driven by a real MCP client. Each step is checked against what the fake
Akamai received and what the client read; the exit status is 0 only if every step passed.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import orjson
from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from rich.console import Console

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.server import SandboxServer
from akamai_mcp.settings import load_settings

TITLE: Final = "[bold]akamai-mcp demo[/]  a fake Akamai on loopback, the real server on stdio, a real MCP client"
LOOKS: Final = 3
LIST_NAME: Final = "Blocked scrapers"
READS: Final = 3
PROGRAM: Final = """
import asyncio
async def count(kind):
    found = await call("network-lists/v2#get-network-lists", {"listType": kind})
    return len(found["networkLists"])
await asyncio.gather(*[count(kind) for kind in ("IP", "GEO", "ASN")])
"""


class StepFailed(Exception):
    """A step did not have the expected result."""


def expect(condition: object, complaint: str) -> None:
    """Check a condition. Raises StepFailed with the complaint."""
    if not condition:
        raise StepFailed(complaint)


@dataclass(slots=True, kw_only=True)
class Stage:
    """What the steps share: the client, the fake Akamai, and results of earlier steps."""

    client: Client[Any]
    fake: FakeAkamai
    operation: str = ""
    list_id: str = ""
    token: str = ""

    async def ask(self, tool: str, **arguments: Any) -> tuple[bool, dict[str, Any]]:
        """Call a tool and return (is_error, content)."""
        result = await self.client.call_tool(tool, arguments, raise_on_error=False)
        return bool(result.is_error), dict(result.structured_content or {})


Step = Callable[[Stage], Awaitable[str]]


async def list_tools(stage: Stage) -> str:
    """The default tool list is small."""
    tools = await stage.client.list_tools()
    size = sum(len(tool.model_dump_json(by_alias=True, exclude_none=True)) for tool in tools)
    expect({"akamai_list_operations", "akamai_read"} <= {tool.name for tool in tools}, "a fixed tool is missing")
    _, stats = await stage.ask("akamai_registry_stats")
    reach = f"{stats['operations']:,} operations of {stats['documents']} documents"
    return f"{len(tools)} tools in about {size // 4:,} tokens reach {reach}"


async def search(stage: Stage) -> str:
    """A task in plain words finds its operation."""
    _, found = await stage.ask("akamai_list_operations", query="make a new list of IP addresses to block", limit=5)
    names = [row["name"] for row in found["operations"]]
    expect("akamai_netlists_post_network_lists" in names, f"found {names}")
    stage.operation = "akamai_netlists_post_network_lists"
    return f'"make a new list of IP addresses to block" -> {stage.operation} (place {names.index(stage.operation) + 1})'


async def describe(stage: Stage) -> str:
    """Describe shows what a call needs."""
    _, facts = await stage.ask("akamai_describe_operation", name=stage.operation)
    required = facts["body"]["schema"].get("required", [])
    expect(facts["callWith"] == "akamai_write" and required, "no required fields or another caller")
    return f"{facts['request']}, body needs {', '.join(required)}, call with {facts['callWith']}"


async def read(stage: Stage) -> str:
    """A read is signed and answered."""
    failed, answer = await stage.ask("akamai_read", name="network-lists/v2#get-network-lists")
    expect(not failed and answer["status"] == 200, f"answered {answer}")
    expect(stage.fake.requests[-1].method == "GET", "no GET arrived")
    return f"GET {stage.fake.requests[-1].target} -> 200, {len(answer['body']['networkLists'])} network lists"


async def write(stage: Stage) -> str:
    """A write arrives with its body, and its answer names the new list."""
    body = {"name": LIST_NAME, "type": "IP", "list": ["192.0.2.7", "198.51.100.0/24"]}
    failed, answer = await stage.ask("akamai_write", name=stage.operation, arguments={"body": body})
    expect(not failed and answer["status"] in {200, 201}, f"answered {answer}")
    expect(orjson.loads(stage.fake.requests[-1].body) == body, "the body arrived changed")
    stage.list_id = answer["body"]["uniqueId"]
    return f"POST {stage.fake.requests[-1].target} -> {answer['status']}, created {stage.list_id}"


async def read_back(stage: Stage) -> str:
    """The new list can be read, though perhaps not at once: what was just created may be missing for a moment."""
    for _ in range(LOOKS):
        failed, answer = await stage.ask("akamai_netlists_get_network_list", networkListId=stage.list_id)
        if not failed:
            break
    expect(not failed and answer["body"]["name"] == LIST_NAME, f"answered {answer}")
    return f"its own tool, akamai_netlists_get_network_list, reads {answer['body']['name']!r} back"


async def refuse(stage: Stage) -> str:
    """A destructive call is refused until it is confirmed, and nothing is sent."""
    before = len(stage.fake.requests)
    failed, answer = await stage.ask(
        "akamai_destroy", name="network-lists/v2#delete-network-list", arguments={"networkListId": stage.list_id}
    )
    expect(failed and answer["sent"] is False, f"answered {answer}")
    expect(len(stage.fake.requests) == before, "a request was sent")
    stage.token = answer["confirm"]
    return f"{answer['problem']['title']}: refused, nothing sent"


async def destroy(stage: Stage) -> str:
    """A confirmed call is sent."""
    failed, answer = await stage.ask(
        "akamai_destroy",
        name="network-lists/v2#delete-network-list",
        arguments={"networkListId": stage.list_id},
        confirm=stage.token,
    )
    expect(not failed and stage.fake.requests[-1].method == "DELETE", f"answered {answer}")
    return f"with the token of the refusal, DELETE {stage.fake.requests[-1].target} -> {answer['status']}"


async def program(stage: Stage) -> str:
    """A program makes many calls in one, if programs are installed."""
    if "akamai_query" not in {tool.name for tool in await stage.client.list_tools()}:
        return "skipped: install akamai-mcp[programs]"
    before = len(stage.fake.requests)
    failed, answer = await stage.ask("akamai_query", program=PROGRAM)
    expect(not failed and answer["calls"] == READS, f"answered {answer}")
    return f"one program read {len(stage.fake.requests) - before} lists at once: {answer['body']}"


async def missing(stage: Stage) -> str:
    """An error is an error, with Akamai's problem document and advice."""
    failed, answer = await stage.ask(
        "akamai_read", name="akamai_netlists_get_network_list", arguments={"networkListId": stage.list_id}
    )
    expect(failed and answer["status"] == 404, f"answered {answer}")
    return f"404 {answer['problem'].get('title', '')}: {answer['advice']}"


async def bad_signature(stage: Stage) -> str:
    """The signature check rejects a wrong secret, which is never shown."""
    failed, answer = await stage.ask("akamai_read", name="network-lists/v2#get-network-lists", customer="wrong-secret")
    expect(failed and answer["status"] == 401, f"answered {answer}")
    return f"401 for customer wrong-secret: {answer['problem'].get('detail', '')}"


STEPS: Final[tuple[Step, ...]] = (
    list_tools,
    search,
    describe,
    read,
    write,
    read_back,
    refuse,
    destroy,
    program,
    missing,
    bad_signature,
)


def demo(_: argparse.Namespace) -> int:
    """Run every step; return 0 if all passed."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(TITLE)
    # The client warns about unlisted tools, and the fake's web server about its shutdown: both are expected here.
    for name in ("mcp", "client", "uvicorn"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="akamai-mcp-demo-") as folder:
        return asyncio.run(_run(console, Path(folder)))


async def _run(console: Console, folder: Path) -> int:
    started = time.perf_counter()
    fake = FakeAkamai.from_specs(embedded_folder(), habits=load_settings().habits())
    with SandboxServer(fake) as sandbox:
        console.print(f"   sandbox    {time.perf_counter() - started:6.2f} s  {sandbox.url} with TLS and EdgeGrid signatures")
        edgerc = sandbox.write_edgerc(folder / ".edgerc")
        wrong = replace(fake.credentials, client_secret="d3JvbmcgLSBub3QgdGhlIHNlY3JldCBvZiB0aGlzIGNsaWVudA==")
        sandbox.write_edgerc(edgerc, "wrong-secret", wrong)
        spawned = time.perf_counter()
        async with _connected(edgerc, sandbox.ca_bundle) as client:
            console.print(f"   server     {time.perf_counter() - spawned:6.2f} s  akamai-mcp on stdio, initialized")
            return await _walk(console, Stage(client=client, fake=fake))


@asynccontextmanager
async def _connected(edgerc: Path, ca_bundle: Path) -> AsyncIterator[Client[Any]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AKAMAI_")}
    environment |= {"AKAMAI_MCP_EDGERC": str(edgerc), "AKAMAI_MCP_CA_BUNDLE": str(ca_bundle), "NO_PROXY": "127.0.0.1"}
    for name in ("AKAMAI_MCP_CACHE_DIR",):
        environment |= {name: os.environ[name]} if name in os.environ else {}
    transport = StdioTransport(command=sys.executable, args=["-m", "akamai_mcp"], env=environment)
    async with Client(transport) as client:
        yield client


async def _walk(console: Console, stage: Stage) -> int:
    for step in STEPS:
        name = step.__name__.replace("_", " ")
        started = time.perf_counter()
        try:
            result = await step(stage)
        except (StepFailed, KeyError, IndexError, TypeError, orjson.JSONDecodeError) as error:
            console.print(f"[red] x {name:<14}[/] {type(error).__name__}: {str(error)[:400]}")
            return 1
        milliseconds = (time.perf_counter() - started) * 1000
        console.print(f"[green] + [/]{name:<14}{milliseconds:6.0f} ms  {result}", markup=True)
    console.print("[bold green]Every step passed.[/]")
    return 0
