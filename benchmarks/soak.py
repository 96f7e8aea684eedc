"""`python -m benchmarks.soak`: make many mixed calls through one server and check that nothing grows.

Loopback only, limited in calls (`--calls`) and time (`--minutes`). The exit status is 1 if resident memory, without
that of open connections, grows by more than 2 KiB per 1,000 calls in the second half, if descriptors grow, or if a call fails
unexpectedly.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table

from akamai_mcp.errors import UnknownOperationError, UpstreamBusyError, UpstreamError
from benchmarks.loopback import running_upstream
from benchmarks.stdio import BenchmarkError, StdioServer
from benchmarks.subjects import OURS, Place, prepared_place

CALLS: Final = 200_000
MINUTES: Final = 20.0
CONCURRENCY: Final = 32
SAMPLES: Final = 200
MOST_SLOPE: Final = 2.0
LEAST_SAMPLES: Final = 8
PAGE: Final = 140
SEED: Final = 20_000
CUSTOMERS: Final = ("default", "second")
GROUP: Final = {"contractId": "ctr_1-1TJZH5", "groupId": "grp_15225"}
BOUNDED: Final = 200
KEPT_BYTES: Final = "1000000"

# What is asked for (in thousandths), and the failures that it may end in.
BUSY: Final = UpstreamBusyError.title
KINDS: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    "read, kept": (390, ()),
    "read, kept, ever new": (50, ()),
    "read, never kept": (250, ()),
    "read, refreshed": (30, ()),
    "read, without the cache": (20, ()),
    "write": (90, ()),
    "write that is refused (400)": (10, ("400",)),
    "read of what is not there (404)": (50, ("404",)),
    "read of another API": (40, (BUSY,)),
    "read that is repeated (503, then 200)": (15, ("503", BUSY)),
    "read whose connection is dropped": (5, (UpstreamError.title, BUSY)),
    "write that fails (500)": (15, ("500", BUSY)),
    "read of an API that always fails (503)": (10, ("503", BUSY)),
    "search": (15, ()),
    "unknown operation": (10, (UnknownOperationError.title,)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakCall:
    """One call: its kind, the tool and its arguments."""

    kind: str
    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The server after a number of calls: resident KiB, open descriptors, sockets among them, threads."""

    calls: int
    resident: int
    descriptors: int
    sockets: int
    threads: int


@dataclass(slots=True, kw_only=True)
class Record:
    """The results of a run."""

    done: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)
    pooled: int = 0
    left: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    exit_status: int | None = None


def plan(count: int) -> Iterator[SoakCall]:
    """The calls of a run, always in the same mix."""
    chance = random.Random(SEED)
    kinds, weights = list(KINDS), [weight for weight, _ in KINDS.values()]
    for number in range(count):
        kind = chance.choices(kinds, weights)[0]
        asked = write_call(kind, number, chance.randrange(BOUNDED))
        yield SoakCall(
            kind=kind,
            tool=asked[0],
            arguments=asked[1] | ({} if asked[0] == "akamai_list_operations" else {"customer": CUSTOMERS[number % 2]}),
        )


def write_call(kind: str, number: int, few: int) -> tuple[str, dict[str, Any]]:
    """The tool and arguments of a kind; `number` is unique, `few` repeats often."""
    prop, gtm = "akamai_papi_get_property", {"domainName": f"d{few}.example.com", "resourceName": f"r{number}"}
    version = {"body": {"createFromVersion": 1}, **GROUP}
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "read, kept": (prop, {"propertyId": f"prp_{few}-mark-kept", **GROUP}),
        "read, kept, ever new": (prop, {"propertyId": f"prp_{number}-mark-kept", **GROUP}),
        "read, never kept": (prop, {"propertyId": f"prp_{number}", **GROUP}),
        "read, refreshed": (prop, {"propertyId": f"prp_{few}-mark-kept", "cache": "refresh", **GROUP}),
        "read, without the cache": (prop, {"propertyId": f"prp_{few}-mark-kept", "cache": "off", **GROUP}),
        "write": ("akamai_papi_post_property_versions", {"propertyId": f"prp_{few}-mark-201", **version}),
        "write that is refused (400)": ("akamai_papi_post_property_versions", {"propertyId": f"prp_{few}-mark-400", **version}),
        "read of what is not there (404)": (prop, {"propertyId": f"prp_{number}-mark-404", **GROUP}),
        "read of another API": ("akamai_gtm_get_resource", gtm),
        "read that is repeated (503, then 200)": ("akamai_gtm_get_resource", gtm | {"resourceName": f"r{number}-mark-flaky"}),
        "read whose connection is dropped": ("akamai_gtm_get_resource", gtm | {"resourceName": f"r{number}-mark-drop"}),
        "write that fails (500)": (
            "akamai_gtm_post_datacenter",
            {"domainName": f"d{few}-mark-500.example.com", "body": {"nickname": "A data centre", "virtual": True}},
        ),
        "read of an API that always fails (503)": (
            "akamai_netlists_get_network_list",
            {"networkListId": f"{number}_mark-503"},
        ),
        "search": ("akamai_list_operations", {"query": f"list the hostnames of property {few}", "limit": 3}),
        "unknown operation": ("akamai_read", {"name": f"akamai_no_such_{few}"}),
    }
    return calls[kind]


async def run(calls: int, minutes: float) -> Record:
    """Make all calls, or as many as the time allows."""
    with prepared_place() as place:
        async with running_upstream(place) as upstream:
            environment = _environment(place, upstream.host, upstream.ca)
            server = StdioServer(OURS, environment)
            async with server:
                await server.initialize()
                record = await _work(server, calls, minutes)
                record.pooled = (await upstream.counted()).connections
                stats = await server.call("akamai_registry_stats", {})
                record.counters = stats["structuredContent"]["pipeline"]
            record.exit_status = server.exit_status
            await asyncio.sleep(0.2)
            record.left = (await upstream.counted()).connections
    return record


def _environment(place: Place, host: str, ca: str) -> dict[str, str]:
    # A small cache is full after the warm-up, and then its size does not depend on the machine's speed.
    return place.ours(edgerc=place.write_edgerc(host, *CUSTOMERS[1:]), ca_bundle=ca, cache_max_bytes=KEPT_BYTES)


async def _work(server: StdioServer, calls: int, minutes: float) -> Record:
    record, work, step = Record(), plan(calls), max(1, calls // SAMPLES)
    started = time.monotonic()
    until = started + minutes * 60

    async def worker() -> None:
        for asked in itertools.takewhile(lambda _: time.monotonic() < until, work):
            result = await server.request("tools/call", {"name": asked.tool, "arguments": asked.arguments})
            record.done += 1
            record.kinds[asked.kind] += 1
            if result.get("isError"):
                record.failures[asked.kind, failure_title(result["content"][0]["text"])] += 1
            if record.done % step == 0 or record.done == calls:
                record.samples.append(sample(server.pid, record.done))

    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
    record.seconds = time.monotonic() - started
    return record


def sample(pid: int, calls: int) -> Sample:
    """Sample a process from /proc (Linux)."""
    lines = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    facts = {line[0]: line[1] for line in lines if len(line) > 1}
    targets = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            targets.append(str(link.readlink()))
        except OSError:  # closed in between
            continue
    return Sample(
        calls=calls,
        resident=int(facts["VmRSS:"]),
        descriptors=len(targets),
        sockets=sum(target.startswith("socket:") for target in targets),
        threads=int(facts["Threads:"]),
    )


def slope(samples: Sequence[Sample]) -> float:
    """The growth in KiB per 1,000 calls at the same number of connections, by least squares.

    How many connections are open depends on the machine's other work, and each takes memory.
    """
    calls, sockets, resident = (
        _centred([float(getattr(sample, name)) for sample in samples]) for name in ("calls", "sockets", "resident")
    )
    shared, spread = _product(calls, sockets), _product(sockets, sockets)
    part = shared / spread if spread else 0.0
    own = [call - part * socket for call, socket in zip(calls, sockets, strict=True)]  # of the calls, what sockets do not explain
    return 1000 * _product(own, resident) / _product(own, own)


def _centred(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [value - mean for value in values]


def _product(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def grows(samples: Sequence[Sample]) -> bool:
    """True if more descriptors are open at the end than at any time in the first half."""
    half = samples[: len(samples) // 2]
    return samples[-1].descriptors > max(s.descriptors for s in half)


def failure_title(text: str) -> str:
    """The kind of failure in a result's text: Akamai's status, or the title of our own error."""
    content = orjson.loads(text)
    return str(content.get("status") or content["problem"]["title"])


def unexpected(record: Record) -> dict[str, int]:
    """The unexpected failures."""
    return {f"{kind}: {title}": count for (kind, title), count in record.failures.items() if title not in KINDS[kind][1]}


def show(console: Console, record: Record) -> None:
    """Print the results."""
    first, last = record.samples[0], record.samples[-1]
    half = record.samples[len(record.samples) // 2 :]
    facts = {
        "calls": f"{record.done:,} in {record.seconds:.0f} s, {record.done / record.seconds:.0f} calls/s",
        "resident memory": f"{first.resident:,} KiB after {first.calls:,} calls, {half[0].resident:,} at half, "
        f"{last.resident:,} at the end",
        "slope over the second half": f"{slope(half):+.2f} KiB per 1,000 calls, {len(half)} samples (bar: {MOST_SLOPE:g})",
        "descriptors": f"{first.descriptors} at the start, {last.descriptors} at the end, "
        f"at most {max(s.descriptors for s in record.samples)}",
        "of them sockets": f"{first.sockets} at the start, {last.sockets} at the end",
        "threads": f"{first.threads} at the start, {last.threads} at the end",
        "connections at the upstream": f"{record.pooled} pooled after the last call, {record.left} left after the server's end",
        "exit status of the server": str(record.exit_status),
    }
    table = Table(box=None, show_header=False)
    for name, value in facts.items():
        table.add_row(name, value)
    console.print(table)
    calls = Table("kind", "calls", "failed", "as", box=None, header_style="bold")
    for kind in KINDS:
        failed = {title: count for (of, title), count in record.failures.items() if of == kind}
        told = ", ".join(f"{count:,} x {title}" for title, count in failed.items())
        calls.add_row(kind, f"{record.kinds[kind]:,}", f"{sum(failed.values()):,}", told)
    console.print(calls)
    console.print(", ".join(f"{name} {count:,}" for name, count in record.counters.items()))


def judge(record: Record) -> list[str]:
    """The reasons for which the run fails."""
    half = record.samples[len(record.samples) // 2 :]
    against = []
    if slope(half) > MOST_SLOPE:
        against.append(f"resident memory grows by {slope(half):.2f} KiB per 1,000 calls, over {MOST_SLOPE:g}")
    if grows(record.samples):
        against.append("more descriptors are open at the end than ever in the first half")
    if record.left:
        against.append(f"{record.left} connections are left over")
    if record.exit_status:
        against.append(f"the server ended with {record.exit_status}")
    return against + [f"{count} unexpected failures ({what})" for what, count in unexpected(record).items()]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the soak test, print the results, and set the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description="Many mixed calls: does anything grow?")
    parser.add_argument("--calls", type=int, default=CALLS, help="how many calls")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="stop after so many minutes in any case")
    given = parser.parse_args(argv)
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=PAGE)
    try:
        record = asyncio.run(run(given.calls, given.minutes))
    except (BenchmarkError, TimeoutError) as error:
        console.print(f"[red]A call was not answered. {error}[/]")
        return 1
    if len(record.samples) < LEAST_SAMPLES:
        console.print(f"[red]Only {record.done} calls were done: too few to say anything.[/]")
        return 1
    show(console, record)
    against = judge(record)
    for reason in against:
        console.print(f"[red]{reason}[/]")
    return 1 if against else 0


if __name__ == "__main__":
    sys.exit(main())
