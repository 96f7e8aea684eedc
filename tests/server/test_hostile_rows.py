"""While one call asks for much work, another caller's read is answered within a second and the memory stays bounded."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from hostile_rows import ARGUMENTS, COMPARISONS, READ, SELECTIONS, SHORT, Row, answers, documents, refused_by_akamai
from mcp_stage import CHILD_SECONDS, MIB, MOST_MEMORY, Child, peak_memory, start_child
from service_process import free_port, start, until_ready

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

MOST_WAIT = 1.0  # seconds
TURN = 0.02
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


class Server(Protocol):
    """A running server that answers several requests at once."""

    pid: int

    async def ask(self, method: str, params: Mapping[str, Any]) -> str:
        """The answer as text."""
        ...


@dataclass(slots=True, kw_only=True)
class OverStdio:
    child: Child
    pid: int
    _last: int = 0
    _waiting: dict[int, asyncio.Future[str]] = field(default_factory=dict)

    async def ask(self, method: str, params: Mapping[str, Any]) -> str:
        self._last += 1
        waiter = self._waiting[self._last] = asyncio.get_running_loop().create_future()
        message = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": params}
        async with asyncio.timeout(CHILD_SECONDS):
            await self.child.write(json.dumps(message, separators=(",", ":")))
            return await waiter

    async def listen(self) -> None:
        while True:
            line = await self.child.read()
            self._waiting.pop(json.loads(line)["id"]).set_result(line)


@dataclass(slots=True, kw_only=True)
class OverHttp:
    client: httpx.AsyncClient
    pid: int

    async def ask(self, method: str, params: Mapping[str, Any]) -> str:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return (await self.client.post("/mcp", content=json.dumps(message, separators=(",", ":")), headers=JSON)).text


Open = Callable[[dict[str, str], Path], AbstractAsyncContextManager[Server]]


@asynccontextmanager
async def over_stdio(environment: dict[str, str], folder: Path) -> AsyncIterator[Server]:
    async with start_child(environment, folder) as child:
        await child.hello()
        server = OverStdio(child=child, pid=child.process.pid)
        listening = asyncio.create_task(server.listen())
        try:
            yield server
        finally:
            listening.cancel()
            await asyncio.wait([listening])


@asynccontextmanager
async def over_http(environment: dict[str, str], folder: Path) -> AsyncIterator[Server]:
    del folder
    port = free_port()
    async with start(environment, port, "--transport", "http") as process:
        await until_ready(port)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=CHILD_SECONDS) as client:
            yield OverHttp(client=client, pid=process.pid)


OPEN: dict[str, Open] = {"stdio": over_stdio, "http": over_http}


def worked(pid: int) -> float:
    """The processor time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def forget_peak(pid: int) -> None:
    """Let the peak of a process begin again at what it has now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


async def call(server: Server, tool: str, arguments: Mapping[str, Any]) -> str:
    return await server.ask("tools/call", {"name": tool, "arguments": arguments})


async def longest_wait(server: Server, work: asyncio.Task[str]) -> float:
    """The longest that another caller's read waits while the work lasts: in seconds, without what other processes took of them."""
    longest = 0.0
    while True:
        begun, before = time.monotonic(), worked(server.pid)
        assert '"isError":false' in await call(server, "akamai_read", {"name": SHORT, "cache": "off"})
        longest = max(longest, min(time.monotonic() - begun, worked(server.pid) - before))
        if work.done():
            return longest
        await asyncio.sleep(TURN)


async def begin(server: Server, row: Row, fake: FakeAkamai) -> asyncio.Task[str]:
    """Begin a row's request."""
    whole = ""
    if row.kept:
        fake.faults.add(row.kept)
        kept = await call(server, "akamai_read", {"name": READ, "cache": "off"})
        whole = "akamai://results/" + kept.partition("akamai://results/")[2].partition('"')[0].rstrip("\\")
    if row.answer:
        fake.faults.add(row.answer)
    if row.uri:
        return asyncio.create_task(server.ask("resources/read", {"uri": row.uri.replace("{whole}", whole)}))
    name = str(row.arguments.get("name", "")).replace("{whole}", whole)
    arguments = {**row.arguments, **({"name": name} if name else {})}
    return asyncio.create_task(call(server, row.tool, arguments))


async def find_faults(server: Server, fake: FakeAkamai, rows: Mapping[str, Row]) -> list[str]:
    """What is wrong with the answers to the rows, or with what they do to another caller and to the memory."""
    found: list[str] = []
    for name, row in rows.items():
        fake.reset()
        forget_peak(server.pid)
        work = await begin(server, row, fake)
        await asyncio.sleep(TURN)
        waited, answer, peak = await longest_wait(server, work), await work, peak_memory(server.pid)
        if row.says not in answer or "The server failed" in answer:
            found.append(f"{name}: {answer[:300]}")
        if waited > MOST_WAIT:
            found.append(f"{name}: another caller waited for {waited:.2f} s")
        if peak > MOST_MEMORY:
            found.append(f"{name}: {peak // MIB} MiB")
    return found


@pytest.fixture
def environment(child_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    settings = {"SPECS_DIR": documents(tmp_path / "specs"), "CONFIRM": "never", "CACHE_DIR": tmp_path / "cache"}
    return child_environment | {f"AKAMAI_MCP_{name}": str(value) for name, value in settings.items()}


# The work is done behind both transports by the same code: over stdio one row of each kind shows it.
EACH = {
    "many objects",
    "a search for a slow pattern",
    "zeros in gzip",
    "the largest answer",
    "900,000 query parameters",
    "a long question",
}


def rows_of(work: str) -> Mapping[str, Row]:
    """The rows of one kind of work; over stdio one row of each kind."""
    kinds = {"selections": SELECTIONS, "answers": answers(), "arguments": ARGUMENTS}
    return kinds.get(work) or {name: row for rows in kinds.values() for name, row in rows.items() if name in EACH}


@pytest.mark.parametrize("work", ["selections-http", "answers-http", "arguments-http", "each-stdio"])
async def test_another_caller_is_answered_within_a_second_and_memory_stays_bounded(
    environment: dict[str, str], fake: FakeAkamai, tmp_path: Path, work: str
) -> None:
    kind, _, transport = work.partition("-")
    async with OPEN[transport](environment, tmp_path) as server:
        await call(server, "akamai_read", {"name": SHORT})
        assert await find_faults(server, fake, rows_of(kind)) == []


@pytest.mark.parametrize(("transport", "validation"), [("stdio", "advise"), ("http", "strict")])
async def test_comparisons_with_a_schema_neither_delay_another_caller_nor_fill_the_memory(
    environment: dict[str, str], fake: FakeAkamai, tmp_path: Path, transport: str, validation: str
) -> None:
    rows = {name: refused_by_akamai(says, body) for name, (says, body) in COMPARISONS.items()}
    async with OPEN[transport](environment | {"AKAMAI_MCP_VALIDATION": validation}, tmp_path) as server:
        await call(server, "akamai_read", {"name": SHORT})
        assert await find_faults(server, fake, rows) == []


@pytest.mark.parametrize("transport", ["stdio"])  # documents are read before any transport is opened
async def test_yaml_that_stands_for_more_than_it_says_keeps_no_document_from_being_served(
    environment: dict[str, str], fake: FakeAkamai, tmp_path: Path, transport: str
) -> None:
    async with OPEN[transport](environment, tmp_path) as server:
        assert '"isError":false' in await call(server, "akamai_read", {"name": SHORT})
        problems = await call(server, "akamai_registry_stats", {})
        assert all(f"{kind}{levels}.yaml" in problems for kind in ("merged", "listed") for levels in (7, 8, 30))
        assert worked(server.pid) < 10
        assert peak_memory(server.pid) < MOST_MEMORY
    assert len(fake.requests) == 1


async def test_many_large_answers_at_once_stay_within_the_memory_of_a_few(
    environment: dict[str, str], fake: FakeAkamai, tmp_path: Path
) -> None:
    body = b'{"text":"' + b"x" * (12 * MIB) + b'"}'
    async with over_stdio(environment, tmp_path) as server:
        fake.faults.add(Fault(body=body, times=16))
        asked: Iterable[Any] = (
            call(server, "akamai_read", {"name": READ, "cache": "off", "select": f"text[{number}:9]"}) for number in range(16)
        )
        answers = await asyncio.gather(*asked)
        assert not any("The server failed" in answer for answer in answers)
        assert peak_memory(server.pid) < MOST_MEMORY
