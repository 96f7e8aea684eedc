"""Tables and progress for people. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.openapi.parser import clean

EFFECT_STYLES = {"read": "green", "write": "yellow", "destroy": "red"}
DECISION_STYLES = {"allowed": "green", "refused": "yellow", "failed": "red", "unknown": "red"}


def print_entries(entries: Iterable[Entry], total: int) -> None:
    """Operations as a table of name, effect, summary and request."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("operation", no_wrap=True)
    table.add_column("effect")
    table.add_column("what it does", ratio=1)
    table.add_column("request", overflow="fold", style="dim")
    shown = 0
    for entry in entries:
        shown += 1
        effect = entry.effect.worst
        request = escape(clean(f"{entry.method} {entry.path}"))  # a document's own words: no markup, nothing for the terminal
        table.add_row(entry.name, f"[{EFFECT_STYLES[effect]}]{effect}[/]", escape(entry.summary), request)
    console = Console()
    console.print(table)
    console.print(f"[dim]{shown} of {total}[/]")


def print_counts(rows: Iterable[tuple[str, int]]) -> None:
    """Operations of each document."""
    table = Table("document", "operations", box=None, header_style="bold", pad_edge=False)
    table.columns[1].justify = "right"
    for name, count in rows:
        table.add_row(name, str(count))
    Console().print(table)


def print_attempts(attempts: Iterable[Mapping[str, Any]], *, header: bool) -> None:
    """Lines of the audit trail: when, what became of it, for whom, what."""
    table = Table(box=None, header_style="bold", pad_edge=False, show_header=header)
    table.add_column("time", no_wrap=True, min_width=24)
    table.add_column("decision", min_width=8)
    table.add_column("customer")
    table.add_column("operation", ratio=1, overflow="fold")
    table.add_column("request", ratio=1, overflow="fold", style="dim")
    table.add_column("Akamai", overflow="fold")
    for attempt in attempts:
        table.add_row(*_attempt_cells(attempt))
    Console().print(table)


def _attempt_cells(attempt: Mapping[str, Any]) -> Iterable[str]:
    def shown(*names: str) -> str:
        return escape(clean(" ".join(str(attempt[name]) for name in names if attempt.get(name) is not None)))

    style = DECISION_STYLES.get(str(attempt.get("decision")), "dim")
    yield shown("time")
    yield f"[{style}]{shown('decision')}[/]"
    yield from (shown("customer"), shown("operation"), shown("method", "target"), shown("status", "requestId", "reason"))
