"""Which tests `make mutants` runs for a fault, and how: what a run with coverage has recorded, and a process for each try."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from multiprocessing import get_context
from pathlib import Path
from xml.etree import ElementTree as ET

from coverage import CoverageData
from faults import ROOT, Fault

PACKAGE = "akamai_mcp"
RECORD = ROOT / "build" / "mutants" / "coverage"
TIMES = RECORD.with_name("times.xml")
INDEX = RECORD.with_name("index")  # of the documents, by the code without a fault
# They read modules, and execute no line of what they judge.
READERS = ("tests/test_limits.py", "tests/test_errors.py", "tests/test_reprs.py", "tests/test_policies.py")
MIRROR, NEAR, ALL = 4.0, 15.0, 90.0  # seconds of tests as recorded, one try after the other
SECONDS = 240  # a fault that makes the tests hang is noticed
NO_FAULT = 0
# What tests import besides the package takes longer than most tests: the process that each try is forked from has it.
PRELOADED = [
    "pytest", "_pytest.assertion.rewrite", "pytest_asyncio", "pytest_timeout", "hypothesis", "yaml", "regex", "aiohttp", "httpx",
    "pydantic_settings", "mcp_types", "cryptography.x509", "jmespath", "orjson", "uvicorn", "starlette.applications",
    "redis.asyncio", "fault_tests",
]  # fmt: skip
FORKS = get_context("forkserver")


class Tests:
    """Which tests execute a line, and how long each takes."""

    def __init__(self, known: frozenset[str]) -> None:
        data = CoverageData(str(RECORD))
        data.read()
        files = {Path(file).relative_to(ROOT).as_posix(): file for file in data.measured_files()}
        self._lines = {
            name: {line: _names(tests) & known for line, tests in data.contexts_by_lineno(file).items()}
            for name, file in files.items()
        }
        self._seconds = read_times()
        self._new = known - self._seconds.keys()  # written since: nobody knows yet which lines they execute

    def of(self, fault: Fault) -> Iterator[list[str]]:
        """Tests to try one batch after the other: those beside the module, a few of each file, then the rest as time allows."""
        lines = self._lines.get(fault.file, {})
        # A line that only an import executes concerns every test of the module.
        near = lines.get(fault.line) or set[str]().union(*lines.values())
        order = sorted(near, key=lambda test: (self._seconds.get(test, 0.0), test))
        room, _, module = fault.file.removeprefix(f"{PACKAGE}/").removesuffix(".py").partition("/")
        beside = [test for test in (*order, *sorted(self._new)) if test.startswith(f"tests/{room}/")]
        beside.sort(key=lambda test: module.rpartition("/")[2] not in test.partition("::")[0])  # stable: the cheap ones first
        by_file = defaultdict(list)
        for test in order:
            by_file[test.partition("::")[0]].append(test)
        turns = [test for turn in zip_longest(*by_file.values()) for test in turn if test]
        done: set[str] = set()
        for tests, seconds, more in ((beside, MIRROR, ()), (turns, NEAR, READERS), (turns, ALL, ())):
            chosen = list(self._within([test for test in tests if test not in done], seconds))
            yield [*chosen, *more]
            done |= {*chosen}

    def _within(self, tests: list[str], seconds: float) -> Iterator[str]:
        for test in tests:
            seconds -= self._seconds.get(test, 0.0)
            if seconds < 0:
                return
            yield test


def _names(contexts: list[str]) -> set[str]:
    return {context.partition("|")[0] for context in contexts if context}


def read_times() -> dict[str, float]:
    """Seconds of each test, by its name, as the recorded run has them."""
    times = {}
    for case in ET.parse(TIMES).iter("testcase"):  # noqa: S314 - what pytest has written here
        # A test of a class would have its class in place of the file's last part; there is none.
        times[f"{case.attrib['classname'].replace('.', '/')}.py::{case.attrib['name']}"] = float(case.attrib["time"])
    return times


def notices(fault: Fault, batches: Iterator[list[str]], folder: Path) -> bool:
    """True if a test fails with the fault."""
    target = folder / fault.file
    original = target.read_text(encoding="utf-8")
    target.write_text(fault.module, encoding="utf-8")
    # The times of two versions may be the same second, by which Python would take the compiled one of the other.
    for compiled in (target.parent / "__pycache__").glob(f"{target.stem}.*"):
        compiled.unlink()
    try:
        return any(fails(tests, folder, is_index_shared="/catalogue/" not in fault.file) for tests in batches if tests)
    finally:
        target.write_text(original, encoding="utf-8")


def fails(tests: list[str], folder: Path, *, is_index_shared: bool) -> bool:
    """True if one of the tests fails with the package in a folder, or does not end."""
    attempt = FORKS.Process(target=_attempt, args=(tests, str(folder), is_index_shared))
    attempt.start()
    attempt.join(SECONDS)
    if attempt.exitcode is None and attempt.pid:
        os.killpg(attempt.pid, signal.SIGKILL)  # with what the tests have started
        attempt.join()
    return attempt.exitcode != NO_FAULT


def _attempt(tests: list[str], folder: str, is_index_shared: bool) -> None:  # noqa: FBT001 - a process gets no names
    os.setsid()
    os.chdir(ROOT)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.environ |= {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = True
    sys.path.insert(0, folder)
    with tempfile.TemporaryDirectory() as own:
        if is_index_shared:
            os.environ["TEST_AKAMAI_MCP_INDEX"] = str(shutil.copytree(INDEX, Path(own) / "index"))
        sys.exit(run_pytest("-x", "-p", "no:cacheprovider", "--timeout", "60", f"--basetemp={own}/tests", *tests))


def run_pytest(*options: str) -> int:
    """Run pytest in this process, without others."""
    import pytest

    # Plain: rewritten assertions would say more, to nobody, and cannot be had of plugins that are loaded already.
    return int(pytest.main(["-q", "--assert=plain", "-p", "no:xdist", "-p", "no:cov", *options]))


@contextmanager
def copies(number: int) -> Iterator[list[Path]]:
    """Folders with a compiled copy of the package each, to plant faults in."""
    FORKS.set_forkserver_preload(PRELOADED)
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / str(one) for one in range(number)]
        for folder in folders:
            shutil.copytree(ROOT / PACKAGE, folder / PACKAGE)
            (folder / "specs").symlink_to(ROOT / "specs")
        yield folders
