"""The cost of a call through a server: one at a time, and 32 at once.

Every call reads a different property, so that neither cache nor coalescing can answer it.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

from benchmarks.figures import Bar, Figure, Measure
from benchmarks.loopback import Upstream, running_upstream
from benchmarks.stdio import StdioServer
from benchmarks.subjects import BARE, OURS, TOKENS, Place

WARM_UP: Final = 100
ROUNDS: Final = 7
IN_TURN: Final = 150
AT_ONCE: Final = 800
CONCURRENCY: Final = 32
PATH: Final = "/papi/v1/properties/{propertyId}?contractId=ctr_1-1TJZH5&groupId=grp_15225"
OPERATION: Final = "akamai_papi_get_property"
CALL_BAR: Final = Bar(most=1.15, of_ratio=True)
RATE_BAR: Final = Bar(most=1.0, of_ratio=True)
OWN: Final = "akamai-mcp"
LATENCY: Final = "call, one after the other"

Arguments = Callable[[str], dict[str, Any]]


@dataclass(slots=True, kw_only=True)
class Subject:
    """A running server, its call, and the measurements of each round: ms, ms at p90, calls/s."""

    name: str
    server: StdioServer
    tool: str
    arguments: Arguments
    medians: list[float] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    async def call(self, number: int) -> None:
        """Call for a property that no call has read before."""
        await self.server.call(self.tool, self.arguments(f"prp_{number}"))


async def measure_calls(place: Place) -> list[Figure]:
    """Latency and throughput of the bare servers and of ours, alternating."""
    numbers = itertools.count(1)
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(running_upstream(place))
        subjects = [await stack.enter_async_context(subject) for subject in _subjects(place, upstream)]
        for subject in subjects:
            await _in_turn(subject, numbers, WARM_UP)
            await _at_once(subject, numbers, WARM_UP)
        for number in range(ROUNDS):
            for subject in subjects[:: -1 if number % 2 else 1]:
                times = await _in_turn(subject, numbers, IN_TURN)
                subject.medians.append(statistics.median(times))
                subject.slowest.append(statistics.quantiles(times, n=10)[-1])
                subject.rates.append(await _at_once(subject, numbers, AT_ONCE))
    return _figures(subjects)


def _figures(subjects: list[Subject]) -> list[Figure]:
    bare, *others = subjects
    rows: list[Figure] = []
    for what, unit, values in (
        (LATENCY, "ms", attrgetter("medians")),
        (f"{LATENCY}, p90", "ms", attrgetter("slowest")),
        (f"calls, {CONCURRENCY} under way", "calls/s", attrgetter("rates")),
    ):
        measure = Measure(what=what, unit=unit)
        rows.append(measure.of(bare.name, values(bare)))
        rows += [measure.of(other.name, values(other), values(bare)) for other in others]
    return rows + _beside_the_best(subjects)


def _beside_the_best(subjects: Sequence[Subject]) -> list[Figure]:
    """Our figures against the fastest bare server of this run."""
    ours = [subject for subject in subjects if subject.name.startswith(OWN)]
    best = min((s for s in subjects if s not in ours), key=lambda subject: statistics.median(subject.medians))
    one = Measure(what=f"call, beside the {best.name}", unit="ms")
    many = Measure(what=f"ms a call, {CONCURRENCY} under way, beside it", unit="ms")
    return [
        *(one.of(s.name, s.medians, best.medians, CALL_BAR) for s in ours),
        *(many.of(s.name, _milliseconds(s.rates), _milliseconds(best.rates), RATE_BAR) for s in ours),
    ]


def _milliseconds(rates: Sequence[float]) -> list[float]:
    return [1000 / rate for rate in rates]


async def _in_turn(subject: Subject, numbers: itertools.count[int], count: int) -> list[float]:
    times = []
    for number in itertools.islice(numbers, count):
        started = time.perf_counter()
        await subject.call(number)
        times.append((time.perf_counter() - started) * 1000)
    return times


async def _at_once(subject: Subject, numbers: itertools.count[int], count: int) -> float:
    work = itertools.islice(numbers, count)

    async def worker() -> None:
        for number in work:
            await subject.call(number)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
    return count / (time.perf_counter() - started)


def _subjects(place: Place, upstream: Upstream) -> Sequence[AbstractAsyncContextManager[Subject]]:
    bare = place.environment | {
        "BARE_HOST": upstream.host,
        "BARE_PATH": PATH,
        "BARE_CA": upstream.ca,
        "BARE_TOKENS": ",".join(TOKENS),
    }
    ours = place.ours(edgerc=place.write_edgerc(upstream.host), ca_bundle=upstream.ca)

    def wanted(identifier: str) -> dict[str, Any]:
        return {"propertyId": identifier}

    def own(identifier: str) -> dict[str, Any]:
        return {"propertyId": identifier, "contractId": "ctr_1-1TJZH5", "groupId": "grp_15225"}

    def by_name(identifier: str) -> dict[str, Any]:
        return {"name": OPERATION, "arguments": own(identifier)}

    subjects = [
        _running("bare server", StdioServer(BARE, bare), "get_property", wanted),
        _running("akamai-mcp, own tool", StdioServer(OURS, ours), OPERATION, own),
        _running("akamai-mcp, akamai_read", StdioServer(OURS, ours), "akamai_read", by_name),
    ]
    if importlib.util.find_spec("uvloop"):
        subjects.append(_running("bare server, uvloop", StdioServer((*BARE, "--uvloop"), bare), "get_property", wanted))
    if importlib.util.find_spec("uvloop") and importlib.util.find_spec("httpx_aiohttp"):
        fast = StdioServer((*BARE, "--uvloop", "--aiohttp"), bare)
        subjects.append(_running("bare server, aiohttp + uvloop", fast, "get_property", wanted))
    return subjects


@asynccontextmanager
async def _running(name: str, child: StdioServer, tool: str, arguments: Arguments) -> AsyncIterator[Subject]:
    async with child as server:
        await server.initialize()
        yield Subject(name=name, server=server, tool=tool, arguments=arguments)
