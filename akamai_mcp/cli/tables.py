"""Tables and progress for people. Data goes to stdout, everything else to stderr."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.openapi.parser import clean

EFFECT_STYLES = {"read": "green", "write": "yellow", "destroy": "red"}


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
