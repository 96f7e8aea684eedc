"""Write the table of the library to docs/programs.md (`make docs`)."""

from __future__ import annotations

import re
from pathlib import Path

from replacing import replace_once

from akamai_mcp.programs.library.library import Library, library_folders

ROOT = Path(__file__).resolve().parents[1]
TABLE = re.compile(r"^\| program \| effect \| what it does \|\n\|---\|---\|---\|\n(?:\| `@.*\n)*", re.MULTILINE)


def table(library: Library) -> str:
    """One row for each program."""
    rows = [f"| `{one.reference}` | {one.effect} | {one.summary} |" for one in library.programs.values()]
    return "\n".join(["| program | effect | what it does |", "|---|---|---|", *rows, ""])


def main() -> None:
    """Replace the table."""
    page = ROOT / "docs/programs.md"
    written = table(Library(library_folders(ROOT / "specs", None)))
    page.write_text(replace_once(TABLE, page.read_text(encoding="utf-8"), written), encoding="utf-8")


if __name__ == "__main__":
    main()
