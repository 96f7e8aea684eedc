"""Commands as whole processes beside the import of FastMCP, and the first call of a session beside the later ones."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.calls import OPERATION
from benchmarks.figures import Bar, Figure, Measure
from benchmarks.guards import GROUP
from benchmarks.loopback import LOOPBACK, running_upstream
from benchmarks.stdio import BenchmarkError, StdioServer
from benchmarks.subjects import COMMAND, OURS, Place

ROUNDS: Final = 15
SESSIONS: Final = 9
LATER: Final = 100
IDLE_SECONDS: Final = 3.0
IMPORT: Final = (sys.executable, "-c", "import fastmcp")
DRY_RUN: Final = (
    "call",
    "papi/v1#get-property",
    "--dry-run",
    "--json",
    '{"propertyId": "prp_1", "contractId": "c", "groupId": "g"}',
)
COMMANDS: Final[Mapping[str, tuple[tuple[str, ...], Bar]]] = {
    "akamai-mcp customers --json": ((*COMMAND, "customers", "--json"), Bar(most=0.8, of_ratio=True)),
    "akamai-mcp call, dry run": ((*COMMAND, *DRY_RUN), Bar(most=1.2, of_ratio=True)),
}
FIRST_BAR: Final = Bar(most=10.0, of_ratio=True)


async def measure_commands(place: Place) -> list[Figure]:
    """Two commands and the import of FastMCP, in turns."""
    environment = place.ours(edgerc=place.write_edgerc(f"{LOOPBACK}:1"))  # nothing is sent to it
    bare: list[float] = []
    ours: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(ROUNDS + 1):
        imported = await run_once(IMPORT, environment)
        taken = {name: await run_once(command, environment) for name, (command, _) in COMMANDS.items()}
        if number:  # the first round prepares the index and warms the files' cache for all
            bare.append(imported)
            for name, milliseconds in taken.items():
                ours[name].append(milliseconds)
    measure = Measure(what="a command, as a process", unit="ms")
    figures = [measure.of(name, ours[name], bare, bar) for name, (_, bar) in COMMANDS.items()]
    return [measure.of("python -c 'import fastmcp'", bare), *figures]


async def run_once(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Milliseconds of a process that must end well."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise BenchmarkError(f"{' '.join(command[2:5])}: {errors.decode(errors='replace')[-400:]}")
    return (time.perf_counter() - started) * 1000


async def measure_first_calls(place: Place) -> list[Figure]:
    """The first call of sessions that were idle for a while, and the later calls of the same sessions."""
    firsts, later = [], []
    async with running_upstream(place) as upstream:
        environment = place.ours(edgerc=place.write_edgerc(upstream.host), ca_bundle=upstream.ca)
        for _ in range(SESSIONS):
            times = await session(environment)
            firsts.append(times[0])
            later.append(statistics.median(times[1:]))
    measure = Measure(what=f"first call, {IDLE_SECONDS:.0f} s after tools/list", unit="ms")
    return [measure.of("a later call of the session", later), measure.of("akamai-mcp, own tool", firsts, later, FIRST_BAR)]


async def session(environment: Mapping[str, str]) -> list[float]:
    """Milliseconds of the calls of one session, each for another property."""
    times = []
    async with StdioServer(OURS, environment) as server:
        await server.initialize()
        await server.request("tools/list")
        await asyncio.sleep(IDLE_SECONDS)
        for number in range(LATER + 1):
            started = time.perf_counter()
            await server.call(OPERATION, {"propertyId": f"prp_{number}", **GROUP})
            times.append((time.perf_counter() - started) * 1000)
    return times
