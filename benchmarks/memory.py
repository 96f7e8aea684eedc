"""The peak memory of a server: in use against the sandbox, and while building its index."""

from __future__ import annotations

from typing import Any, Final

import orjson

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.server import SandboxServer
from benchmarks.figures import Bar, Figure, Measure
from benchmarks.stdio import BenchmarkError, StdioServer
from benchmarks.subjects import CHECKOUT, OURS, STOCK, Place

CALLS: Final = 20
ROUNDS: Final = 3
MEMORY_BAR: Final = Bar(most=130)


async def measure_memory(place: Place) -> list[Figure]:
    """The peaks of a stock server after tools/list and of ours in use and while building the index."""
    stock = [await _listed(STOCK, place.environment) for _ in range(ROUNDS)]
    fake = FakeAkamai.from_specs(embedded_folder())
    with SandboxServer(fake) as sandbox:
        edgerc = str(sandbox.write_edgerc(place.folder / "edgerc-sandbox"))
        environment = place.ours(edgerc=edgerc, ca_bundle=str(sandbox.ca_bundle))
        used = [await _used(environment) for _ in range(ROUNDS)]
    first = [await _first(place) for _ in range(ROUNDS)]
    peak = Measure(what="peak memory", unit="MB")
    figures = [
        peak.of("stock FastMCP, listed", stock),
        peak.of(f"akamai-mcp, {CALLS} operations read", used, stock, MEMORY_BAR),
        peak.of("akamai-mcp, first start", first, stock, MEMORY_BAR),
    ]
    if CHECKOUT.is_dir():
        checkout = [await _first(place, specs_dir=str(CHECKOUT)) for _ in range(ROUNDS)]
        figures.append(peak.of("akamai-mcp, first start, official checkout", checkout, stock, MEMORY_BAR))
    return figures


async def _first(place: Place, **settings: str) -> float:
    return await _listed(OURS, place.ours(cache_dir=place.empty_cache(), **settings))


async def _listed(command: tuple[str, ...], environment: dict[str, str]) -> float:
    async with StdioServer(command, environment) as server:
        await server.initialize()
        await server.request("tools/list")
        return server.peak_memory()


async def _used(environment: dict[str, str]) -> float:
    """The peak after listing, describing and reading one operation of each of many products."""
    async with StdioServer(OURS, environment) as server:
        await server.initialize()
        await server.request("tools/list")
        done = 0
        for product in (await _ask(server, "akamai_list_operations"))["products"]:
            done += await _read_one(server, product)
            if done == CALLS:
                return server.peak_memory()
    raise BenchmarkError(f"Only {done} operations could be read.")


async def _read_one(server: StdioServer, product: str) -> bool:
    filters = {"product": product, "readOnly": True, "method": "GET", "limit": 1}
    rows = (await _ask(server, "akamai_list_operations", **filters))["operations"]
    if not rows:
        return False
    example = (await _ask(server, "akamai_describe_operation", name=rows[0]["name"]))["example"]
    await server.request("tools/call", {"name": "akamai_read", "arguments": example})
    return True


async def _ask(server: StdioServer, tool: str, **arguments: Any) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads((await server.call(tool, arguments))["content"][0]["text"])
    return answer
