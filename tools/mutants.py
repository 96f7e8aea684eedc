"""`make mutants`: plant faults in the modules that matter, one at a time, and say which of them no test notices.

Each fault goes into a copy of the package, and runs against the tests that execute its line, which a run with coverage has
recorded: those beside the module first, then some of each file. The faults are those of tests/data/known_faults.yaml and a
sample drawn from a seed. Kept tools for this run every test for every fault, or take no sample, which takes hours here.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from random import Random

import yaml
from fault_tests import INDEX, PACKAGE, READERS, RECORD, TIMES, Tests, copies, fails, notices
from faults import ROOT, Fault, count_faults, plant

ROOMS = ("access", "audit", "calls", "catalogue", "edgegrid", "pipeline", "request", "result")
# What needs another process or another service takes long and adds few lines of these rooms.
TESTS = ("access", "audit", "calls", "catalogue", "edgegrid", "openapi", "pipeline", "programs", "request", "result", "server")
ENOUGH = 0.97  # of the sample


def known_faults() -> list[Fault]:
    """The faults that once went unnoticed: a text in a file, and what stands in its place."""
    found = []
    for row in yaml.safe_load((ROOT / "tests/data/known_faults.yaml").read_text(encoding="utf-8")):
        text = (ROOT / row["file"]).read_text(encoding="utf-8")
        if text.count(row["find"]) != 1:
            raise SystemExit(f"known_faults.yaml: {row['find']!r} stands {text.count(row['find'])} times in {row['file']}.")
        found.append(
            Fault(
                file=row["file"],
                line=text[: text.index(row["find"])].count("\n") + 1,
                source=row["find"].strip().splitlines()[0],
                change=f"known: {row['suffers']}",
                module=text.replace(row["find"], row["put"]),
            )
        )
    return found


def record(workers: int) -> None:
    """Run the tests once: which of them execute each line, how long each takes, and the index of the documents."""
    shutil.rmtree(INDEX, ignore_errors=True)
    INDEX.mkdir(parents=True)
    folders = [f"tests/{name}" for name in TESTS]
    spread = ["-n", str(workers), "--dist", "worksteal"] if workers > 1 else ["-p", "no:xdist"]
    options = [*spread, "--cov", "--cov-context=test", "--cov-report=", f"--junitxml={TIMES}", *folders]
    environment = {**os.environ, "COVERAGE_FILE": str(RECORD), "TEST_AKAMAI_MCP_INDEX": str(INDEX)}
    ended = subprocess.run([sys.executable, "-m", "pytest", "-q", *options], cwd=ROOT, env=environment, check=False)  # noqa: S603
    if ended.returncode:
        raise SystemExit("A test fails without a fault, so nothing could be told from it.")


def collected() -> frozenset[str]:
    """The names of today's tests: one that has gone since the record would fail whatever the fault."""
    folders = [f"tests/{name}" for name in TESTS]
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:xdist", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return frozenset(line for line in listed.splitlines() if "::" in line)


def run(faults: list[Fault], workers: int) -> list[Fault]:
    """Plant each fault; those that no test notices."""
    tests = Tests(collected())
    folders: Queue[Path] = Queue()
    with copies(workers) as free, ThreadPoolExecutor(workers) as pool:
        for folder in free:
            folders.put(folder)
        if fails(list(READERS), free[0], is_index_shared=True):
            raise SystemExit("The tests that read modules fail without a fault.")

        def judge(fault: Fault) -> bool:
            folder = folders.get()
            begun = time.monotonic()
            try:
                noticed = notices(fault, tests.of(fault), folder)
            finally:
                folders.put(folder)
            print(f"{'noticed  ' if noticed else 'UNNOTICED'} {time.monotonic() - begun:5.1f} s  {fault.name}", flush=True)
            return noticed

        return [fault for fault, noticed in zip(faults, pool.map(judge, faults), strict=True) if not noticed]


def main() -> int:
    """The command line; the exit status is 1 below 97%, or if a known fault goes unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="plant only faults whose file begins with this")
    parser.add_argument("--recorded", action="store_true", help="use the coverage of the last run")
    parser.add_argument("--no-known", action="store_true", help="plant the sample alone")
    chosen = parser.parse_args()
    if not chosen.recorded:
        record(chosen.workers)
    files = [path for room in ROOMS for path in sorted((ROOT / PACKAGE / room).rglob("*.py"))]
    every = [(path, number) for path in files for number in range(count_faults(path))]
    without = {(row["file"], row["source"], row["change"]) for row in _equivalent()}
    chosen_places = Random(chosen.seed).sample(every, min(chosen.count, len(every)))  # noqa: S311 - a seed repeats a run
    drawn = [fault for place in chosen_places if (fault := plant(*place)).file.startswith(chosen.only)]
    sample = [fault for fault in drawn if (fault.file, fault.source, fault.change) not in without]
    begun = time.monotonic()
    known = [] if chosen.no_known else [fault for fault in known_faults() if fault.file.startswith(chosen.only)]
    unnoticed = run([*known, *sample], chosen.workers)
    share = 1 - sum(fault in sample for fault in unnoticed) / max(1, len(sample))
    print(
        f"{len(known)} known faults, {len(drawn)} of {len(every):,} drawn, {len(drawn) - len(sample)} of them without effect; "
        f"{len(unnoticed)} unnoticed, {share:.1%} of the sample noticed, in {time.monotonic() - begun:.0f} s"
    )
    return 1 if share < ENOUGH or any(fault in known for fault in unnoticed) else 0


def _equivalent() -> list[dict[str, str]]:
    return list(yaml.safe_load((ROOT / "tests/data/equivalent_mutants.yaml").read_text(encoding="utf-8")) or [])


if __name__ == "__main__":
    sys.exit(main())
