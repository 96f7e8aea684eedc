"""Write the table of advice for error responses to docs/troubleshooting.md (`make docs`)."""

from __future__ import annotations

import re
from pathlib import Path

from replacing import replace_once

from akamai_mcp.result.advice.kinds import KINDS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "troubleshooting.md"
TABLE = re.compile(r"^\| status \| case \| advice \|\n\|---\|---\|---\|\n(?:\| .*\n)+", re.MULTILINE)


def advice_table() -> str:
    """The table, with `...` for what varies."""
    rows = ["| status | case | advice |", "|---|---|---|"]
    rows += [f"| {kind.status} | {kind.case} | {re.sub('{.*?}', '...', kind.advice)} |" for kind in KINDS]
    return "\n".join(rows) + "\n"


def with_advice(page: str) -> str:
    """The page with the table of today."""
    return replace_once(TABLE, page, advice_table())


if __name__ == "__main__":
    PAGE.write_text(with_advice(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
