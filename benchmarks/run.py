"""`python -m benchmarks.run`: measure everything, print a table, write benchmarks/results.json.

Loopback only; takes about five minutes, at most eight. The exit status is 1 if something could not be measured in that time.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Final

from rich.console import Console

from benchmarks.calls import measure_calls
from benchmarks.commands import measure_commands, measure_first_calls
from benchmarks.fairness import measure_fairness
from benchmarks.figures import Figure, save, show
from benchmarks.guards import measure_guards
from benchmarks.memory import measure_memory
from benchmarks.programs import measure_programs
from benchmarks.service import measure_service
from benchmarks.startup import measure_first_starts, measure_listing, measure_starts
from benchmarks.stdio import BenchmarkError
from benchmarks.subjects import HERE, Place, prepared_place

MOST_SECONDS: Final = 480.0
PAGE: Final = 140
PARTS: Final[tuple[Callable[[Place], Awaitable[list[Figure]]], ...]] = (
    measure_starts,
    measure_first_starts,
    measure_commands,
    measure_memory,
    measure_first_calls,
    measure_calls,
    measure_guards,
    measure_programs,
    measure_service,
    measure_fairness,
    measure_listing,
)


async def measure(console: Console) -> list[Figure]:
    """Measure every figure, part by part."""
    figures: list[Figure] = []
    with prepared_place() as place:
        async with asyncio.timeout(MOST_SECONDS):
            for part in PARTS:
                started = time.perf_counter()
                figures += await part(place)
                console.print(f"[dim]{part.__name__.replace('_', ' ')}: {time.perf_counter() - started:.0f} s[/]")
    return figures


def main() -> int:
    """Measure, print and write."""
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=PAGE)
    started = time.perf_counter()
    try:
        figures = asyncio.run(measure(console))
    except TimeoutError:
        console.print(f"[red]Not done within {MOST_SECONDS:.0f} s.[/]")
        return 1
    except BenchmarkError as error:
        console.print(f"[red]{error}[/]")
        return 1
    show(console, figures)
    save(HERE / "results.json", figures, time.perf_counter() - started)
    return 0


if __name__ == "__main__":
    sys.exit(main())
