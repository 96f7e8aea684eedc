"""`make fuzz`: a million shots at the path of a call, fifty thousand through MCP at the sandbox, a million steps of consent,
a quarter of a million spellings of paths, a hundred thousand values that ask for much work and twenty thousand hostile programs;
the exit status says what broke.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.documents.location import embedded_folder, locate, open_catalogue
from akamai_mcp.logs import configure_logs
from fuzzing.agreement import fuzz_agreement
from fuzzing.core import Core, fire, in_batches, show
from fuzzing.heavy import report_heavy
from fuzzing.lines import fuzz_lines
from fuzzing.programs import fuzz_programs
from fuzzing.respelling import fuzz_paths

MOST_SHOWN = 20


async def fuzz_core(catalogue: Catalogue, folder: Path, shots: int, seed: int) -> Counter[str]:
    """Fire at the core; the counts, with what broke under its own words."""
    random = Random(seed)
    core = Core(catalogue, folder, random)
    broken: Counter[str] = Counter()
    begun = time.monotonic()
    done = 0
    for entry, batch in in_batches(catalogue, random, shots, wild=True):
        for shot, what in await fire(core, batch):
            broken[what[:60]] += 1
            if broken.total() <= MOST_SHOWN:
                print(show(entry, shot, what), flush=True)
        done += len(batch)
    seconds = time.monotonic() - begun
    print(f"core: {done} inputs in {seconds:.0f} s, {dict(core.counts)}, {broken.total()} broke a promise", flush=True)
    return broken


async def fuzz_decisions(catalogue: Catalogue, steps: int, paths: int, seed: int) -> Counter[str]:
    """Whether a call may be sent: steps of consent, and other spellings of paths; what broke."""
    broken: Counter[str] = Counter()
    begun = time.monotonic()
    for name, count, (counts, faults) in (
        ("consent", steps, await fuzz_agreement(catalogue, steps, seed)),
        ("paths", paths, fuzz_paths(catalogue, paths, seed)),
    ):
        broken.update(fault[:60] for fault in faults)
        print(f"{name}: {count} inputs, {dict(counts)}, {len(faults)} broke a promise {faults[:MOST_SHOWN]}", flush=True)
    print(f"consent and paths took {time.monotonic() - begun:.0f} s", flush=True)
    return broken


async def report_programs(catalogue: Catalogue, folder: Path, count: int, seed: int) -> list[str]:
    """Hostile programs; what broke."""
    begun = time.monotonic()
    counts, faults = await fuzz_programs(catalogue, folder, count, seed)
    seconds = time.monotonic() - begun
    print(
        f"programs: {count} in {seconds:.0f} s, {dict(counts)}, {len(faults)} broke a promise {faults[:MOST_SHOWN]}", flush=True
    )
    return [fault[:60] for fault in faults]


async def run(chosen: argparse.Namespace) -> int:
    """All layers; how many shots broke a promise."""
    from fuzzing.protocol import fuzz_protocol

    configure_logs("error", "console")
    logging.getLogger("uvicorn.error").disabled = True  # the sandbox is told to break off answers, and says so
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        catalogue = open_catalogue(locate(embedded_folder()), folder)
        broken = await fuzz_decisions(catalogue, chosen.consent, chosen.paths, chosen.seed)
        if chosen.core:
            broken += await fuzz_core(catalogue, folder, chosen.core, chosen.seed)
        if chosen.programs:
            broken.update(await report_programs(catalogue, folder, chosen.programs, chosen.seed))
        if chosen.mcp:
            broken += await fuzz_protocol(catalogue, folder, chosen.mcp, chosen.seed)
    return broken.total()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="fuzzing", description=__doc__)
    parser.add_argument("--core", type=int, default=1_000_000, help="inputs at the path of a call, without a network")
    parser.add_argument("--mcp", type=int, default=50_000, help="inputs through an MCP client, with the sandbox behind it")
    parser.add_argument("--lines", type=int, default=100_000, help="malformed lines of JSON-RPC")
    parser.add_argument("--heavy", type=int, default=100_000, help="values that ask for much work or memory")
    parser.add_argument(
        "--consent", type=int, default=1_000_000, help="steps of random histories of questions, replies and tokens"
    )
    parser.add_argument("--paths", type=int, default=250_000, help="other spellings of the paths of all operations")
    parser.add_argument("--programs", type=int, default=20_000, help="hostile programs, with the sandbox behind them")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    counts, faults = fuzz_lines(chosen.lines, chosen.seed)
    print(f"lines: {dict(counts)}, {len(faults)} broke a promise {faults[:MOST_SHOWN]}", flush=True)
    heavy = report_heavy(chosen.heavy, chosen.seed)  # first, while the process is small
    return 1 if asyncio.run(run(chosen)) or faults or heavy else 0


if __name__ == "__main__":
    sys.exit(main())
