"""How long one caller's small read takes while another makes many large ones at once, over HTTP.

The other caller is a process of its own, so that its work is not taken for the server's.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from benchmarks.calls import OPERATION
from benchmarks.figures import Bar, Figure, Measure
from benchmarks.loopback import running_upstream
from benchmarks.over_http import Connection, HttpServer, running_http
from benchmarks.stdio import BenchmarkError
from benchmarks.subjects import HERE, OURS, Place

LARGE: Final = 200
ROUNDS: Final = 5
IDLE: Final = 4.0  # seconds in which the server loads what its start postponed
BETWEEN: Final = 0.5  # seconds between two rounds
PAUSE: Final = 0.005  # seconds between two small reads
PATIENCE: Final = 30.0  # seconds for a round of large reads
BESIDE: Final = f"read beside {LARGE} reads of 25 kB"
WORST_BAR: Final = Bar(most=50)


async def measure_fairness(place: Place) -> list[Figure]:
    """Milliseconds of the small reads alone and beside the large ones, and of the longest of all rounds."""
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(running_upstream(place))
        settings = place.ours(
            transport="http", log_level="error", edgerc=place.write_edgerc(upstream.host, "second"), ca_bundle=upstream.ca
        )
        server = await stack.enter_async_context(
            running_http(OURS, settings, place.folder / "fairness.log", port_setting="AKAMAI_MCP_PORT")
        )
        crowd = await stack.enter_async_context(_running_crowd(server.port))
        numbers = itertools.count(1)
        await asyncio.sleep(IDLE)
        await _beside(server, numbers, crowd)  # opens the connections to the upstream
        alone = await _alone(server, numbers)
        beside = [await _beside(server, numbers, crowd) for _ in range(ROUNDS)]
    times = list(itertools.chain.from_iterable(beside))
    return [
        Measure(what="read, nothing beside it", unit="ms").of("akamai-mcp", alone),
        Measure(what=BESIDE, unit="ms").of("akamai-mcp", times),
        Measure(what=f"{BESIDE}, the slowest", unit="ms").of("akamai-mcp", [max(times)], bar=WORST_BAR),
    ]


@asynccontextmanager
async def _running_crowd(port: int) -> AsyncIterator[Process]:
    command = (sys.executable, "-m", "benchmarks.crowd", str(port), str(LARGE))
    process = await asyncio.create_subprocess_exec(*command, cwd=HERE.parent, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


async def _alone(server: HttpServer, numbers: itertools.count[int]) -> Sequence[float]:
    """The milliseconds of 200 small reads without any other."""
    async with server.connections(1) as (own,):
        await own.call(*_small(next(numbers)))
        return [await _timed(own, next(numbers)) for _ in range(LARGE)]


async def _beside(server: HttpServer, numbers: itertools.count[int], crowd: Process) -> Sequence[float]:
    """The milliseconds of each small read from the moment when the large ones are sent until they are answered."""
    await asyncio.sleep(BETWEEN)
    await _said(crowd, "ready")
    async with server.connections(1) as (own,):
        await own.call(*_small(next(numbers)))
        assert crowd.stdin is not None
        first, *_ = itertools.islice(numbers, LARGE)
        crowd.stdin.write(f"{first}\n".encode())
        work = asyncio.create_task(_said(crowd, "done"))
        times: list[float] = []
        while not work.done():
            times.append(await _timed(own, next(numbers)))
            await asyncio.sleep(PAUSE)
        await work
        return times


async def _said(crowd: Process, word: str) -> None:
    assert crowd.stdout is not None
    async with asyncio.timeout(PATIENCE):
        line = await crowd.stdout.readline()
    if line.decode().strip() != word:
        raise BenchmarkError(f"The other caller said {line.decode()!r} instead of {word!r}.")


async def _timed(connection: Connection, number: int) -> float:
    begun = time.perf_counter()
    await connection.call(*_small(number))
    return (time.perf_counter() - begun) * 1000


def _small(number: int) -> tuple[str, dict[str, Any]]:
    arguments = {"propertyId": f"prp_{number}", "contractId": "ctr_1-1TJZH5", "groupId": "grp_15225"}
    return OPERATION, {**arguments, "customer": "second"}
