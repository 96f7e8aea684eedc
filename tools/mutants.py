"""`make mutants`: plant faults in the modules that matter, one at a time, and say which of them no test notices.

Each fault goes into a copy of the package, and runs against the tests that execute its line, which a run with coverage has
recorded. The faults are those of tests/data/known_faults.yaml and a sample drawn from a seed. Kept tools for this run every
test for every fault, or take no sample, which takes hours here.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from random import Random

import yaml
from coverage import CoverageData
from faults import ROOT, Fault, count_faults, plant

PACKAGE = "akamai_mcp"
ROOMS = ("access", "audit", "calls", "catalogue", "edgegrid", "pipeline", "request", "result")
# What needs another process or another service takes long and adds few lines of these rooms.
TESTS = ("access", "audit", "calls", "catalogue", "edgegrid", "openapi", "pipeline", "request", "result", "server")
LIMITS = "tests/test_limits.py"  # reads the modules and executes no line of them
RECORD = ROOT / "build" / "mutants" / "coverage"
FEW, MANY = 60, 150  # tests for one fault: at first, and before it counts as unnoticed
ENOUGH = 0.97  # of the sample
SECONDS = 240  # a fault that makes the tests hang is noticed


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
    """Run the tests once and record which of them execute each line."""
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    folders = [f"tests/{name}" for name in TESTS]
    command = [_bin("pytest"), "-q", "-n", str(workers), "--cov", "--cov-context=test", "--cov-report=", *folders]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "COVERAGE_FILE": str(RECORD)}, check=False)  # noqa: S603


def _bin(name: str) -> str:
    return str(Path(sys.executable).parent / name)


class Tests:
    """Which tests execute a line."""

    def __init__(self) -> None:
        data = CoverageData(str(RECORD))
        data.read()
        self._lines = {Path(file).relative_to(ROOT).as_posix(): data.contexts_by_lineno(file) for file in data.measured_files()}

    def of(self, fault: Fault) -> list[str]:
        """The tests that execute the fault's line; for a line that only an import executes, those of the module and of limits."""
        lines = self._lines.get(fault.file, {})
        near = {test for test in lines.get(fault.line, []) if test}
        of_module = {test for tests in lines.values() for test in tests if test} | {LIMITS}
        names = {test.partition("|")[0] for test in near or of_module}
        # Tests of the module's own folder first: they look closest, and start no server.
        room = fault.file.removeprefix(f"{PACKAGE}/").partition("/")[0]
        return sorted(names, key=lambda name: (name != LIMITS, not name.startswith(f"tests/{room}/"), "server" in name, name))


def notices(fault: Fault, tests: list[str], folder: Path) -> bool:
    """True if one of the tests fails with the fault."""
    original = (ROOT / fault.file).read_text(encoding="utf-8")
    target = folder / fault.file
    target.write_text(fault.module, encoding="utf-8")
    try:
        return any(chosen and _fails(chosen, folder) for chosen in (tests[:FEW], tests[FEW:MANY]))
    finally:
        target.write_text(original, encoding="utf-8")


def _fails(tests: list[str], folder: Path) -> bool:
    command = [_bin("pytest"), "-q", "-x", "-n", "0", "-p", "no:cacheprovider", "-p", "no:cov", "--timeout", "60", *tests]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return True
    return ended.returncode != 0


def run(faults: list[Fault], workers: int) -> list[Fault]:
    """Plant each fault; those that no test notices."""
    tests = Tests()
    folders: Queue[Path] = Queue()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(workers) as pool:
        for number in range(workers):
            folder = Path(name) / str(number)
            shutil.copytree(ROOT / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
            (folder / "specs").symlink_to(ROOT / "specs")
            folders.put(folder)

        def judge(fault: Fault) -> bool:
            folder = folders.get()
            try:
                noticed = notices(fault, tests.of(fault), folder)
            finally:
                folders.put(folder)
            print(f"{'noticed  ' if noticed else 'UNNOTICED'} {fault.name}", flush=True)
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
    known = [fault for fault in known_faults() if fault.file.startswith(chosen.only)]
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
