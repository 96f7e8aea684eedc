"""How long one caller's small read takes while another makes many large ones at once, over HTTP."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

from benchmarks.calls import OPERATION
from benchmarks.figures import Bar, Figure, Measure
from benchmarks.loopback import running_upstream
from benchmarks.over_http import Connection, HttpServer, drain, running_http
from benchmarks.subjects import OURS, Place

LARGE: Final = 200
ROUNDS: Final = 5
IDLE: Final = 4.0  # seconds in which the server loads what its start postponed
BETWEEN: Final = 0.5  # seconds between two rounds
PAUSE: Final = 0.005  # seconds between two small reads
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
        numbers = itertools.count(1)
        await asyncio.sleep(IDLE)
        await _round(server, numbers, LARGE)  # opens the connections to the upstream
        alone = await _round(server, numbers, 0)
        beside = [await _round(server, numbers, LARGE) for _ in range(ROUNDS)]
    times = list(itertools.chain.from_iterable(beside))
    return [
        Measure(what="read, nothing beside it", unit="ms").of("akamai-mcp", alone),
        Measure(what=BESIDE, unit="ms").of("akamai-mcp", times),
        Measure(what=f"{BESIDE}, the slowest", unit="ms").of("akamai-mcp", [max(times)], bar=WORST_BAR),
    ]


async def _round(server: HttpServer, numbers: itertools.count[int], large: int) -> Sequence[float]:
    """The milliseconds of each small read during so many large ones, or of 200 without any."""
    await asyncio.sleep(BETWEEN)
    async with server.connections(large) as connections, server.connections(1) as (own,):
        await own.call(*_small(next(numbers)))
        if not large:
            return [await _timed(own, next(numbers)) for _ in range(LARGE)]
        work = asyncio.create_task(drain(connections, list(itertools.islice(numbers, large)), _large))
        times: list[float] = []
        while not work.done():
            times.append(await _timed(own, next(numbers)))
            await asyncio.sleep(PAUSE)
        await work
        return times


async def _timed(connection: Connection, number: int) -> float:
    begun = time.perf_counter()
    await connection.call(*_small(number))
    return (time.perf_counter() - begun) * 1000


def _large(number: int) -> tuple[str, dict[str, Any]]:
    return OPERATION, {"propertyId": f"prp_{number}-mark-large", "contractId": "ctr_1-1TJZH5", "groupId": "grp_15225"}


def _small(number: int) -> tuple[str, dict[str, Any]]:
    arguments = {"propertyId": f"prp_{number}", "contractId": "ctr_1-1TJZH5", "groupId": "grp_15225"}
    return OPERATION, {**arguments, "customer": "second"}
