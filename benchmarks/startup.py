"""The time from the start of a process to its first responses, and the size of its tools/list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from benchmarks.figures import Bar, Figure, Measure
from benchmarks.stdio import StdioServer
from benchmarks.subjects import CHECKOUT, OURS, STOCK, Place

ROUNDS: Final = 15
FIRST_ROUNDS: Final = 5
CHECKOUT_ROUNDS: Final = 3
START_BAR: Final = Bar(most=1.0, of_ratio=True)
FIRST_START_BAR: Final = Bar(most=4000)
LISTING_BAR: Final = Bar(most=2800)
# A model's tokenizer is not at hand; JSON of English names and sentences has about four characters to a token.
CHARACTERS_PER_TOKEN: Final = 4


async def start_once(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Milliseconds from the start to the responses to initialize and tools/list."""
    async with StdioServer(command, environment) as server:
        await server.initialize()
        initialized = server.since_spawn()
        await server.request("tools/list")
        return initialized, server.since_spawn()


async def measure_starts(place: Place) -> list[Figure]:
    """Measure a stock server with one tool and ours with its index prepared, alternating."""
    await start_once(OURS, place.environment)  # prepares the index and warms the files' cache for both
    await start_once(STOCK, place.environment)
    stock, ours = [], []
    for _ in range(ROUNDS):
        stock.append(await start_once(STOCK, place.environment))
        ours.append(await start_once(OURS, place.environment))
    figures: list[Figure] = []
    for number, answer in enumerate(("initialize", "tools/list")):
        measure = Measure(what=f"spawn to {answer}", unit="ms")
        bare, own = [times[number] for times in stock], [times[number] for times in ours]
        figures += [measure.of("stock FastMCP, one tool", bare), measure.of("akamai-mcp", own, bare, START_BAR)]
    return figures


async def measure_first_starts(place: Place) -> list[Figure]:
    """Measure starts that build the index: of the embedded documents, and of an official checkout if there is one."""
    first, again = Measure(what="first start to tools/list", unit="ms"), Measure(what="next start to tools/list", unit="ms")
    embedded = [await first_start(place) for _ in range(FIRST_ROUNDS)]
    figures = [first.of("akamai-mcp, embedded documents", embedded, bar=FIRST_START_BAR)]
    if CHECKOUT.is_dir():
        official = [await first_start(place, specs_dir=str(CHECKOUT)) for _ in range(CHECKOUT_ROUNDS)]
        figures.append(first.of("akamai-mcp, official checkout", official, bar=FIRST_START_BAR))
        figures.append(again.of("akamai-mcp, official checkout", await second_starts(place, specs_dir=str(CHECKOUT))))
    return figures


async def first_start(place: Place, **settings: str) -> float:
    """Milliseconds to tools/list with an empty cache folder."""
    return (await start_once(OURS, place.ours(cache_dir=place.empty_cache(), **settings)))[1]


async def second_starts(place: Place, **settings: str) -> list[float]:
    """Milliseconds to tools/list of several starts with the index prepared."""
    environment = place.ours(cache_dir=place.empty_cache(), **settings)
    await start_once(OURS, environment)
    return [(await start_once(OURS, environment))[1] for _ in range(FIRST_ROUNDS)]


async def measure_listing(place: Place) -> list[Figure]:
    """The size of the default tools/list."""
    async with StdioServer(OURS, place.environment) as server:
        await server.initialize()
        tools = (await server.request("tools/list"))["tools"]
    tokens = len(orjson.dumps(tools).decode()) / CHARACTERS_PER_TOKEN
    return [Measure(what="default tools/list", unit="tokens").of(f"akamai-mcp, {len(tools)} tools", [tokens], bar=LISTING_BAR)]
