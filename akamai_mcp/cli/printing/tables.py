"""Tables on stdout: fitted to a terminal, and one whole line for each row in a pipe or a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.openapi.parser import clean
from akamai_mcp.openapi.schema import Json

if TYPE_CHECKING:
    from akamai_mcp.cli.doctor.checks import Finding

EFFECT_STYLES = {"read": "green", "write": "yellow", "destroy": "red"}
FINDING_STYLES = {"ok": "green", "warning": "yellow", "failure": "red"}
DECISION_STYLES = {"allowed": "green", "refused": "yellow", "failed": "red", "unknown": "red"}


MAX_FOUND: Final = 4_000  # characters; the products that an API client lacks are many
WHOLE: Final = 1_000_000  # columns, where a row is a line for `grep`, however long it is


def make_console() -> Console:
    """A console on stdout, of the terminal's width, or wide enough for any row."""
    return Console() if sys.stdout.isatty() else Console(width=WHOLE)


def make_table(*names: str, header: bool = True) -> Table:
    """A table without lines between its cells."""
    return Table(*names, box=None, header_style="bold", pad_edge=False, show_header=header)


def print_table(table: Table) -> Console:
    """Print a table and return the console, for what stands below it; away from a terminal no cell is folded or cut."""
    console = make_console()
    if not sys.stdout.isatty():
        for column in table.columns:
            column.no_wrap, column.min_width, column.ratio = True, None, None
    console.print(table)
    return console


def print_entries(entries: Iterable[Entry], total: int) -> None:
    """Print operations as a table of name, effect, summary and request."""
    table = make_table()
    table.add_column("operation", no_wrap=True)
    table.add_column("effect")
    table.add_column("what it does", ratio=1)
    table.add_column("request", overflow="fold", style="dim")
    shown = 0
    for entry in entries:
        shown += 1
        style = EFFECT_STYLES[entry.effect.worst]
        request = escape(clean(f"{entry.method} {entry.path}"))  # no markup or control characters from a document
        table.add_row(entry.name, f"[{style}]{escape(entry.effect.short)}[/]", escape(entry.summary), request)
    console = print_table(table)
    console.print(f"[dim]{shown} of {total}[/]")


def print_rows(rows: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> None:
    """Print the rows of a result, a column for each of their names, and below them what else the answer says."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = make_table(*(escape(clean(name)) for name in names))
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(*(escape(clean(_cell(row.get(name)))) for name in names))
    console = print_table(table)
    told = [f"{len(rows)} rows", *(f"{name}: {_cell(value)}" for name, value in facts.items())]
    console.print(f"[dim]{escape(clean(', '.join(told)))}[/]", soft_wrap=True)


def _cell(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode()


def print_counts(rows: Iterable[tuple[str, int]]) -> None:
    """Print the number of operations of each document."""
    table = make_table("document", "operations")
    table.columns[1].justify = "right"
    for name, count in rows:
        table.add_row(name, str(count))
    print_table(table)


def print_customers(rows: Iterable[Json], problems: Iterable[str]) -> None:
    """Print customers with rules and check results, and below them the problems of customers and files."""
    table = make_table("customer", "host", "rules", "check", "note")
    table.columns[0].no_wrap = True
    table.columns[1].overflow = "fold"
    wrong: list[str] = []
    for row in rows:
        check = row.get("check", {})
        mark = " (default)" if row.get("default") else ""
        cells = (row["name"] + mark, row.get("host", ""), rules_of(row), check_of(check), row.get("note", ""))
        table.add_row(*(escape(clean(cell)) for cell in cells))
        wrong += [f"{row['name']}: {part['problem']}" for part in (row, check) if "problem" in part]
    console = print_table(table)
    for problem in (*wrong, *problems):
        console.print(f"[red]{escape(clean(problem))}[/]", soft_wrap=True)


def rules_of(row: Json) -> str:
    """Summarize a customer's rules."""
    words = ["read-only"] if row.get("readOnly") else []
    words += [f"{kind} {', '.join(row[kind])}" for kind in ("allow", "deny") if row.get(kind)]
    return "; ".join([*words, "switches account"] if row.get("switchesAccount") else words)


def check_of(check: Json) -> str:
    """Summarize a check."""
    apis = check.get("apis", {}).items()
    words = [check.get("state", ""), check.get("client", ""), "all APIs" if check.get("allApis") else ""]
    words += [f"{level}: {', '.join(found) if isinstance(found, list) else found}" for level, found in apis]
    words.append(f"clock {check['clockSecondsAhead']:+d} s" if check.get("clockSecondsAhead") else "")
    return "; ".join(filter(None, words))


def print_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Print each finding on a line as it comes, with advice below each problem; return all of them."""
    console = make_console()
    printed: list[Finding] = []
    for finding in findings:
        printed.append(finding)
        state = f"[{FINDING_STYLES[finding.state]}]{finding.state:<7}[/]"
        console.print(
            f"{state}  [bold]{escape(clean(finding.check))}[/]  {escape(clean(finding.found, MAX_FOUND))}", soft_wrap=True
        )
        if finding.advice:
            console.print(f"         {escape(clean(finding.advice))}", style="dim", soft_wrap=True)
    return printed


def print_attempts(attempts: Iterable[Mapping[str, Any]], *, header: bool) -> None:
    """Print lines of the audit trail as a table."""
    table = make_table(header=header)
    table.add_column("time", no_wrap=True, min_width=24)
    table.add_column("decision", min_width=8)
    table.add_column("customer")
    table.add_column("operation", ratio=1, overflow="fold")
    table.add_column("request", ratio=1, overflow="fold", style="dim")
    table.add_column("Akamai", overflow="fold")
    for attempt in attempts:
        table.add_row(*_attempt_cells(attempt))
    print_table(table)


def _attempt_cells(attempt: Mapping[str, Any]) -> Iterable[str]:
    def shown(*names: str) -> str:
        return escape(clean(" ".join(str(attempt[name]) for name in names if attempt.get(name) is not None)))

    style = DECISION_STYLES.get(str(attempt.get("decision")), "dim")
    yield shown("time")
    yield f"[{style}]{shown('decision')}[/]"
    yield from (shown("customer"), shown("operation"), shown("method", "target"), shown("status", "requestId", "reason"))
