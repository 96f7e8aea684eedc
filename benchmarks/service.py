"""The cost of a call over stateless HTTP with 16 connections: cached beside a constant tool, sent beside the bare server."""

from __future__ import annotations

import importlib.util
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from benchmarks.calls import OPERATION, PATH
from benchmarks.figures import Bar, Figure, Measure
from benchmarks.loopback import Upstream, running_upstream
from benchmarks.over_http import Call, HttpServer, drain, running_http
from benchmarks.subjects import BARE, CONSTANT, OURS, TOKENS, Place

CONNECTIONS: Final = 16
ROUNDS: Final = 25
WARM_UP: Final = 100
CALLS: Final = 100
CACHED_BAR: Final = Bar(most=1.11, of_ratio=True)  # at least 0.9 times the rate
SENT_BAR: Final = Bar(most=1.0, of_ratio=True)
CACHED: Final = f"cached read over HTTP, {CONNECTIONS} connections"
SENT: Final = f"read over HTTP, {CONNECTIONS} connections"
KEPT: Final = "prp_mark-kept"
OWN_TOOL: Final = "akamai-mcp, own tool"


@dataclass(slots=True, kw_only=True)
class Subject:
    """A server, its call, and the milliseconds per call of each round."""

    name: str
    server: HttpServer
    call: Call
    times: list[float] = field(default_factory=list)

    async def milliseconds(self, numbers: itertools.count[int], count: int) -> float:
        """The time per call. The connections are new, because servers close those that are idle between the rounds."""
        work = list(itertools.islice(numbers, count))
        async with self.server.connections(CONNECTIONS) as connections:
            started = time.perf_counter()
            await drain(connections, work, self.call)
            return (time.perf_counter() - started) * 1000 / count


def read_property(identifier: str) -> tuple[str, dict[str, Any]]:
    """The call that reads a property through our server."""
    return OPERATION, {"propertyId": identifier, "contractId": "ctr_1-1TJZH5", "groupId": "grp_15225"}


async def measure_service(place: Place) -> list[Figure]:
    """Milliseconds per call, cached and sent, alternating between the subjects."""
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(running_upstream(place))
        settings = place.ours(
            transport="http", log_level="error", edgerc=place.write_edgerc(upstream.host), ca_bundle=upstream.ca
        )
        ours = await stack.enter_async_context(
            running_http(OURS, settings, place.folder / "service.log", port_setting="AKAMAI_MCP_PORT")
        )
        return [*await _cached(place, ours), *await _sent(place, ours, upstream)]


async def _cached(place: Place, ours: HttpServer) -> list[Figure]:
    path = place.folder / "constant-http.json"
    path.write_bytes(orjson.dumps(await _hit(ours)))
    constant = place.environment | {"CONSTANT_FILE": str(path)}
    call: Call = lambda _: ("get_property", read_property(KEPT)[1])  # noqa: E731 - beside the other one
    async with AsyncExitStack() as stack:
        plain = await stack.enter_async_context(_bare("constant tool", (*CONSTANT, "--uvloop"), constant, place, call))
        own = Subject(name=OWN_TOOL, server=ours, call=lambda _: read_property(KEPT))
        return await _compare(CACHED, [plain, own], CACHED_BAR)


async def _hit(ours: HttpServer) -> dict[str, Any]:
    """Read the property twice; the second answer comes from the cache and says so."""
    async with ours.connections(1) as (connection,):
        await connection.call(*read_property(KEPT))
        answer = await connection.call(*read_property(KEPT))
    message = orjson.loads(answer[answer.index(b"{") :])
    content: dict[str, Any] = message["result"]["structuredContent"]
    return content


async def _sent(place: Place, ours: HttpServer, upstream: Upstream) -> list[Figure]:
    bare = place.environment | {
        "BARE_HOST": upstream.host,
        "BARE_PATH": PATH,
        "BARE_CA": upstream.ca,
        "BARE_TOKENS": ",".join(TOKENS),
    }
    options = ("--uvloop", *(("--aiohttp",) if importlib.util.find_spec("httpx_aiohttp") else ()))
    call: Call = lambda number: ("get_property", {"propertyId": f"prp_{number}"})  # noqa: E731 - beside the other one
    async with AsyncExitStack() as stack:
        plain = await stack.enter_async_context(_bare("bare server", BARE, bare, place, call))
        fast = await stack.enter_async_context(_bare(f"bare server, {' '.join(options)}", (*BARE, *options), bare, place, call))
        own = Subject(name=OWN_TOOL, server=ours, call=lambda number: read_property(f"prp_{number}"))
        return await _compare(SENT, [plain, fast, own], SENT_BAR)


async def _compare(what: str, subjects: list[Subject], bar: Bar) -> list[Figure]:
    """The subjects' milliseconds per call; the last is ours, and the bar is beside the one before it."""
    numbers = itertools.count(1)
    for subject in subjects:
        await subject.milliseconds(numbers, WARM_UP)
    for number in range(ROUNDS):
        for subject in subjects[:: -1 if number % 2 else 1]:
            subject.times.append(await subject.milliseconds(numbers, CALLS))
    measure = Measure(what=what, unit="ms")
    *others, ours = subjects
    beside = others[-1].times
    return [*(measure.of(other.name, other.times) for other in others), measure.of(ours.name, ours.times, beside, bar)]


@asynccontextmanager
async def _bare(
    name: str, command: tuple[str, ...], environment: dict[str, str], place: Place, call: Call
) -> AsyncIterator[Subject]:
    log = place.folder / "bare.log"
    async with running_http(command, environment, log, port_setting="HTTP_PORT") as server:
        yield Subject(name=name, server=server, call=call)
