"""docs/clients-tested.md, as the last run wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clients.environments import ROOT
from clients.scenario import NAMES, NOT_OFFERED, PASSED
from clients.subjects import WAYS, Subject, Way

REPORT: Final = ROOT / "docs/clients-tested.md"
ARRIVED: Final = "arrives whole"
COLUMNS: Final = (*NAMES, ARRIVED)
HEAD: Final = """\
# Clients that were tested

`make clients` installs each client of this list into an environment of its own below `build/clients` and sends it through one
scenario against the server and the sandbox. It needs npm and is not part of CI. The run writes this page;
[clients/README.md](../clients/README.md) says how a client is added.

Each client lists the tools, searches, describes an operation, reads with a query, makes a dry run of a write with a body, is
refused a purge, confirms it with the token of the refusal, and reads a resource by its key. Calls go the way that the client
takes for a model, with its conversion of schemas, arguments and results. In the end exactly the read and the confirmed purge
have reached the sandbox, with the whole query and body.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a client on one way: the result of each step, or why it could not be installed."""

    subject: Subject
    way: Way
    version: str
    results: Mapping[str, str]
    sdk: str = ""
    problem: str = ""

    @property
    def passed(self) -> bool:
        """True if every step passed that the client offers."""
        return not self.problem and all(self.results.get(column) in {PASSED, NOT_OFFERED} for column in COLUMNS)

    def line(self) -> str:
        """The outcome in a line."""
        wrong = [f"{name}: {self.results.get(name, 'not reached')}" for name in COLUMNS if self.results.get(name) != PASSED]
        said = f"not installed: {self.problem}" if self.problem else "; ".join(wrong) or "every step passed"
        return f"{self.subject.name} {self.version} ({self.way}): {said}"


def write_report(outcomes: Sequence[Outcome]) -> str:
    """The page."""
    rows = ["| client | version | MCP SDK | way | " + " | ".join(COLUMNS) + " |", "|---" * (4 + len(COLUMNS)) + "|"]
    rows += [_row(outcome) for outcome in outcomes]
    failures = [f"- {outcome.line()}" for outcome in outcomes if not outcome.passed]
    ways = [f"- {way}: {text}" for way, text in WAYS.items()]
    failed = ["\n## What failed\n", *failures] if failures else []
    return "\n".join([HEAD, *rows, "\n## Ways\n", *ways, *failed]) + "\n"


def _row(outcome: Outcome) -> str:
    marks = {PASSED: "yes", NOT_OFFERED: "has none"}
    cells = [marks.get(outcome.results.get(column, ""), "no") for column in COLUMNS]
    if outcome.problem:
        cells = ["not installed"] + [""] * (len(COLUMNS) - 1)
    named = [outcome.subject.name, outcome.version, outcome.sdk, outcome.way]
    return f"| {' | '.join([*named, *cells])} |"
