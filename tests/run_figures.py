"""The figures at the end of a test run: skipped tests by reason, and each process's open descriptors and peak memory, which have limits.

The kernel counts peak memory. Descriptors are counted after the last fixture has ended. A run above a limit fails.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

MOST_DESCRIPTORS = 150
MOST_MIB = 1536
DESCRIPTORS = Path("/dev/fd")  # on Linux a link to /proc/self/fd


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One process at the end of its tests."""

    name: str
    descriptors: int
    peak_mib: int

    @property
    def is_too_much(self) -> bool:
        return self.descriptors > MOST_DESCRIPTORS or self.peak_mib > MOST_MIB

    def __str__(self) -> str:
        limits = f" (at most {MOST_DESCRIPTORS} and {MOST_MIB} MiB)" if self.is_too_much else ""
        return f"{self.name}: {self.descriptors} descriptors open at the end, {self.peak_mib} MiB of memory at the peak{limits}"


def measure(name: str) -> Figures:
    """This process as it is now."""
    import resource  # not on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    descriptors = len(list(DESCRIPTORS.iterdir())) - 1  # less the one that lists them
    return Figures(name=name, descriptors=descriptors, peak_mib=peak // 2**20)


def skips(reports: list[pytest.TestReport]) -> Counter[str]:
    """How many tests were skipped, by reason."""
    return Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in reports if isinstance(report.longrepr, tuple))


class RunFigures:
    """Collects the figures of this process and of those that it started for tests."""

    def __init__(self) -> None:
        self.found: list[Figures] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A process of pytest-xdist has ended; one that crashed has nothing to say."""
        if figures := getattr(node, "workeroutput", {}).get("figures"):
            self.found.append(Figures(**figures))

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # around the terminal's own, which calls for the summary
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        output = getattr(session.config, "workeroutput", None)
        figures = measure("the process" if output is None else session.config.workerinput["workerid"])  # type: ignore[attr-defined]
        if output is not None:
            output["figures"] = asdict(figures)
        self.found.append(figures)
        if session.exitstatus == pytest.ExitCode.OK and any(one.is_too_much for one in self.found):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        yield

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section("the run")
        for reason, count in sorted(skips(terminalreporter.stats.get("skipped", [])).items()):
            terminalreporter.line(f"skipped {count}: {reason}")
        for figures in self.found:
            terminalreporter.line(str(figures), red=figures.is_too_much)


def pytest_configure(config: pytest.Config) -> None:
    if DESCRIPTORS.is_dir():
        config.pluginmanager.register(RunFigures(), "run-figures")
