"""The cost of a cache hit beside a tool that returns a constant, and the requests that coalescing and breaker save."""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from typing import Any, Final

import orjson

from akamai_mcp.pipeline.circuit_breaker import BreakerPolicy
from benchmarks.calls import OPERATION
from benchmarks.figures import Bar, Figure, Measure
from benchmarks.loopback import Upstream, running_upstream
from benchmarks.stdio import BenchmarkError, StdioServer
from benchmarks.subjects import CONSTANT, OURS, Place

ROUNDS: Final = 9
WARM_UP: Final = 100
IN_TURN: Final = 200
IDENTICAL: Final = 100
REFUSED: Final = 20
HIT: Final = "cache hit"
MORE: Final = "cache hit, more than the constant"
HIT_BAR: Final = Bar(most=0.2)
GROUP: Final = {"contractId": "ctr_1-1TJZH5", "groupId": "grp_15225"}


async def measure_guards(place: Place) -> list[Figure]:
    """Measure cache hits, alternating with a constant tool, then count coalesced and refused calls."""
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(running_upstream(place))
        environment = place.ours(edgerc=place.write_edgerc(upstream.host), ca_bundle=upstream.ca)
        ours = await stack.enter_async_context(StdioServer(OURS, environment))
        await ours.initialize()
        figures = await _hits(place, ours, upstream)
        return [*figures, await _coalesced(ours, upstream), *await _refused(ours, upstream)]


async def _hits(place: Place, ours: StdioServer, upstream: Upstream) -> list[Figure]:
    arguments = _property("prp_mark-kept")
    await ours.call(OPERATION, arguments)
    answer = await ours.call(OPERATION, arguments)  # a hit, which says so, and so is a little longer
    path = place.folder / "constant.json"
    path.write_bytes(orjson.dumps(answer["structuredContent"]))
    constant = place.environment | {"CONSTANT_FILE": str(path)}
    async with StdioServer(CONSTANT, constant) as plain, StdioServer((*CONSTANT, "--uvloop"), constant) as fast:
        await plain.initialize()
        await fast.initialize()
        subjects = [(plain, "get_property"), (fast, "get_property"), (ours, OPERATION)]
        medians: list[list[float]] = [[] for _ in subjects]
        for server, tool in subjects:
            await _in_turn(server, tool, arguments, WARM_UP)
        before = await upstream.counted()
        for number in range(ROUNDS):
            for index, (server, tool) in list(enumerate(subjects))[:: -1 if number % 2 else 1]:
                medians[index].append(await _in_turn(server, tool, arguments, IN_TURN))
        if (await upstream.counted()).requests != before.requests:
            raise BenchmarkError("A read that should have been a cache hit went to the upstream.")
    bare, bare_fast, own = medians
    hit, more = Measure(what=HIT, unit="ms"), Measure(what=MORE, unit="ms")
    return [
        hit.of("constant tool", bare),
        hit.of("constant tool, uvloop", bare_fast, bare),
        hit.of("akamai-mcp, own tool", own, bare),
        more.of("constant tool", [a - b for a, b in zip(own, bare, strict=True)], bar=HIT_BAR),
        more.of("constant tool, uvloop", [a - b for a, b in zip(own, bare_fast, strict=True)], bar=HIT_BAR),
    ]


async def _coalesced(ours: StdioServer, upstream: Upstream) -> Figure:
    before = await upstream.counted()
    await asyncio.gather(*(ours.call(OPERATION, _property("prp_mark-slow")) for _ in range(IDENTICAL)))
    sent = (await upstream.counted()).requests - before.requests
    what = f"{IDENTICAL} identical reads at once"
    return Measure(what=what, unit="requests").of("akamai-mcp, at the upstream", [sent], bar=Bar(most=1))


async def _refused(ours: StdioServer, upstream: Upstream) -> list[Figure]:
    """Read an API that always fails, one call after the other, until consecutive failures open the circuit."""
    before, most = await upstream.counted(), BreakerPolicy().failures
    refused = 0
    for number in range(REFUSED):
        result = await ours.request("tools/call", {"name": OPERATION, "arguments": _property(f"prp_{number}-mark-503")})
        refused += "times in a row" in result["content"][0]["text"]
    sent = (await upstream.counted()).requests - before.requests
    what = f"{REFUSED} reads of a failing API"
    return [
        Measure(what=what, unit="requests").of("akamai-mcp, at the upstream", [sent], bar=Bar(most=most)),
        Measure(what=what, unit="calls").of("akamai-mcp, refused at once", [refused]),
    ]


async def _in_turn(server: StdioServer, tool: str, arguments: dict[str, Any], count: int) -> float:
    times = []
    for _ in range(count):
        started = time.perf_counter()
        await server.call(tool, arguments)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def _property(identifier: str) -> dict[str, Any]:
    return {"propertyId": identifier, **GROUP}
