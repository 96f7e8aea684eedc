"""`python -m benchmarks.load`: put replicas behind nginx and a Redis under load, and kill one of them.

Loopback only; takes about 90 seconds, at most four minutes. Prints a table and writes benchmarks/load.json. The exit status
is 1 if a promise is broken (a read of protocol 2026-07-28 failed, a write arrived twice) and 2 if nothing could be measured.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.server import SandboxServer
from benchmarks.loopback import running_upstream
from benchmarks.replicas import Programs, Run, drive, running_nginx, running_redis, running_replicas
from benchmarks.stdio import BenchmarkError
from benchmarks.subjects import HERE, Place, prepared_place

MOST_SECONDS: Final = 240.0
REPLICAS: Final = 3
WARM_UP: Final = 3
MEASURED: Final = 10
CONNECTIONS: Final = 32
KILLED_AFTER: Final = 5
UNDER_KILL: Final = 15
KINDS: Final = {"read": 16, "write": 8, "legacy": 8}
NAMES: Final = {
    "read": "reads, protocol 2026-07-28",
    "write": "writes, protocol 2026-07-28",
    "legacy": "reads, protocol 2025-11-25",
}
PAGE: Final = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """The effect of a kill: the calls of each kind, and how often each read and write arrived at Akamai."""

    runs: dict[str, Run]
    writes: Counter[str]
    reads: Counter[str]

    @property
    def lost_reads(self) -> int:
        """The failed reads among those that the proxy may repeat."""
        return self.runs["read"].failed

    @property
    def repeated_writes(self) -> int:
        """The writes that arrived more than once."""
        return sum(count > 1 for count in self.writes.values())

    @property
    def repeated_reads(self) -> int:
        """The reads that arrived more than once."""
        return sum(count > 1 for count in self.reads.values())

    @property
    def missing_writes(self) -> int:
        """The writes that were reported as done but never arrived."""
        return max(0, self.runs["write"].answered - len(self.writes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The figures for a number of replicas: reads per second, and the kill."""

    rates: dict[int, Run]
    killed: Killed


async def measure(programs: Programs) -> Measured:
    """Measure everything, each part with new replicas."""
    with prepared_place() as place:
        async with asyncio.timeout(MOST_SECONDS), running_redis(programs, place) as redis:
            return Measured(rates=await _rates(programs, place, redis), killed=await _kill(programs, place, redis))


async def _rates(programs: Programs, place: Place, redis: str) -> dict[int, Run]:
    """Reads per second, with responses that cost the upstream almost nothing."""
    found = {}
    async with running_upstream(place) as upstream:
        edgerc = place.write_edgerc(upstream.host)
        for count in range(1, REPLICAS + 1):
            async with (
                running_replicas(place, count, redis, edgerc=edgerc, ca_bundle=upstream.ca) as replicas,
                running_nginx(programs, place, replicas) as url,
            ):
                await drive(programs, url, "read", WARM_UP, CONNECTIONS)
                found[count] = await drive(programs, url, "read", MEASURED, CONNECTIONS)
    return found


async def _kill(programs: Programs, place: Place, redis: str) -> Killed:
    """Make all kinds of calls at once and kill one replica meanwhile."""
    fake = FakeAkamai.from_specs(embedded_folder())
    fake.requests = deque()  # every one, where the sandbox by itself keeps the last ten thousand
    with SandboxServer(fake) as sandbox:
        edgerc = sandbox.write_edgerc(place.folder / "edgerc-sandbox")
        settings = {"edgerc": str(edgerc), "ca_bundle": str(sandbox.ca_bundle)}
        async with (
            running_replicas(place, REPLICAS, redis, **settings) as replicas,
            running_nginx(programs, place, replicas) as url,
        ):
            load = asyncio.gather(*(drive(programs, url, kind, UNDER_KILL, among) for kind, among in KINDS.items()))
            await asyncio.sleep(KILLED_AFTER)
            replicas[0].process.kill()
            runs = dict(zip(KINDS, await load, strict=True))
    writes = Counter(orjson.loads(request.body)["name"] for request in fake.requests if request.method == "POST")
    return Killed(runs=runs, writes=writes, reads=Counter(r.target for r in fake.requests if r.method == "GET"))


def judge(killed: Killed) -> list[str]:
    """The broken promises."""
    against = {
        "reads of protocol 2026-07-28 failed": killed.lost_reads,
        "writes arrived more than once": killed.repeated_writes,
        "writes were told to be done and never arrived": killed.missing_writes,
    }
    return [f"{count} {what}" for what, count in against.items() if count]


def unmeasured(measured: Measured) -> list[str]:
    """What could not be measured: calls that failed without a kill, and kinds without any answered call."""
    idle = [f"no {NAMES[kind]} were answered" for kind, run in measured.killed.runs.items() if not run.answered]
    rates = measured.rates.items()
    return idle + [f"{run.failed} reads failed with {count} replicas and none killed" for count, run in rates if run.failed]


def show(console: Console, measured: Measured) -> None:
    """Print the table."""
    table = Table(box=None, header_style="bold")
    for name in ("what", "answered", "calls/s", "p50", "p99", "failed"):
        table.add_column(name, justify="left" if name == "what" else "right", no_wrap=True)
    for count, run in measured.rates.items():
        table.add_row(f"reads, {count} replica{'s' if count > 1 else ''}", *_cells(run))
    for kind, run in measured.killed.runs.items():
        table.add_row(f"{NAMES[kind]}, one of {REPLICAS} killed", *_cells(run))
    console.print(table)
    killed = measured.killed
    console.print(
        f"at the sandbox: {len(killed.writes):,} writes arrived, {killed.repeated_writes} of them more than once; "
        f"{len(killed.reads):,} reads, {killed.repeated_reads} more than once"
    )


def _cells(run: Run) -> tuple[str, ...]:
    return f"{run.answered:,}", f"{run.rate:,.0f}", f"{run.p50_ms:,.0f} ms", f"{run.p99_ms:,.0f} ms", f"{run.failed:,}"


def save(path: Path, measured: Measured, seconds: float) -> None:
    """Write the figures and the kind of machine, without its name or paths."""
    killed = measured.killed
    facts: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)},
        "python": platform.python_version(),
        "seconds": round(seconds),
        "replicas": {str(count): asdict(run) for count, run in measured.rates.items()},
        "oneKilled": {kind: asdict(run) for kind, run in killed.runs.items()},
        "arrived": {"writes": len(killed.writes), "reads": len(killed.reads)},
        "arrivedMoreThanOnce": {"writes": killed.repeated_writes, "reads": killed.repeated_reads},
        "broken": judge(killed),
    }
    path.write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2) + b"\n")


def _tell(console: Console, complaints: Sequence[str], status: int) -> int:
    for complaint in complaints:
        console.print(f"[red]{complaint}[/]")
    return status if complaints else 0


def main() -> int:
    """Measure, print, write, and set the exit status."""
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=PAGE)
    started = time.perf_counter()
    try:
        measured = asyncio.run(measure(Programs.find()))
    except TimeoutError:
        return _tell(console, [f"Not done within {MOST_SECONDS:.0f} s, or something did not start."], 2)
    except BenchmarkError as error:
        return _tell(console, [str(error)], 2)
    show(console, measured)
    save(HERE / "load.json", measured, time.perf_counter() - started)
    return _tell(console, judge(measured.killed), 1) or _tell(console, unmeasured(measured), 2)


if __name__ == "__main__":
    sys.exit(main())
