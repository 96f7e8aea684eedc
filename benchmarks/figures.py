"""The figures of a measurement: median and spread, the ratio to the bare server in the same run, and the bar."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The upper bound of a figure, either of its ratio to the bare server or of the figure itself."""

    most: float
    of_ratio: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of a subject; `low` and `high` are the smallest and largest value of all runs."""

    what: str
    subject: str
    unit: str
    median: float
    low: float
    high: float
    runs: int
    ratio: float | None = None
    bar: Bar | None = None

    @property
    def passes(self) -> bool | None:
        """Whether the bar is met; None without a bar."""
        if self.bar is None:
            return None
        value = self.ratio if self.bar.of_ratio else self.median
        return value is not None and round(value, 2) <= self.bar.most

    def to_json(self) -> dict[str, Any]:
        """The figure as written to results.json."""
        facts: dict[str, Any] = {"what": self.what, "subject": self.subject, "unit": self.unit, "runs": self.runs}
        facts |= {"median": round(self.median, 2), "min": round(self.low, 2), "max": round(self.high, 2)}
        facts |= {"ratio": round(self.ratio, 3)} if self.ratio is not None else {}
        if self.bar:
            facts |= {"bar": self.bar.most, "barIsOf": "ratio" if self.bar.of_ratio else "median", "passes": self.passes}
        return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measured quantity and its unit."""

    what: str
    unit: str

    def of(self, subject: str, values: Sequence[float], bare: Sequence[float] | None = None, bar: Bar | None = None) -> Figure:
        """The figure of a subject's runs; `bare` are the runs of the bare server beside it."""
        median = statistics.median(values)
        return Figure(
            what=self.what,
            subject=subject,
            unit=self.unit,
            median=median,
            low=min(values),
            high=max(values),
            runs=len(values),
            ratio=median / statistics.median(bare) if bare else None,
            bar=bar,
        )


def show(console: Console, figures: Sequence[Figure]) -> None:
    """Print every figure."""
    table = Table(box=None, header_style="bold")
    for name in ("what", "subject"):
        table.add_column(name, no_wrap=True)
    for name in ("median", "min .. max", "runs", "ratio", "bar"):
        table.add_column(name, justify="right", no_wrap=True)
    before = ""
    for row in figures:
        spread = f"{_number(row.low)} .. {_number(row.high)}" if row.runs > 1 else ""
        what = row.what if row.what != before else ""
        table.add_row(what, row.subject, f"{_number(row.median)} {row.unit}", spread, str(row.runs), _ratio(row), _verdict(row))
        before = row.what
    console.print(table)


def _number(value: float) -> str:
    return f"{value:,.{2 if value < 20 else 0}f}"


def _ratio(row: Figure) -> str:
    return f"{row.ratio:.2f}" if row.ratio is not None else ""


def _verdict(row: Figure) -> str:
    if row.bar is None:
        return ""
    kind = "x" if row.bar.of_ratio else row.unit
    return f"[{'green' if row.passes else 'red'}]<= {row.bar.most:g} {kind}[/]"


def save(path: Path, figures: Sequence[Figure], seconds: float) -> None:
    """Write results.json: the figures and the kind of machine, without its name or paths."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    facts = {
        "machine": {"cores": os.cpu_count(), "memoryGiB": round(memory / 2**30)},
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in ("fastmcp", "mcp", "httpx", "pydantic", "edgegrid-python")},
        "seconds": round(seconds),
        "figures": [row.to_json() for row in figures],
    }
    path.write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2) + b"\n")
