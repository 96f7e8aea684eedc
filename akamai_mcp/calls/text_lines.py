"""Lines of a stored text, within limits: a text of 16 MiB may have millions of them. Pure."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from akamai_mcp.errors import ArgumentError

MAX_SELECTED_LINES: Final = 1_000_000
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|[\r\n])|[^\r\n]+")  # io.StringIO would take four times the memory of the text


def split_lines(text: str) -> list[str]:
    """The lines of a text, to select from. Raises ArgumentError beyond MAX_SELECTED_LINES."""
    if text.count("\n") > MAX_SELECTED_LINES:
        raise ArgumentError(
            f"The text has more than {MAX_SELECTED_LINES:,} lines, the most that select reads.",
            advice="Read a part of it from its resource: add ?offset=0&limit=1000, in lines.",
        )
    return text.splitlines()


def slice_text(text: str, offset: int, limit: int) -> str:
    """The lines from `offset` on, at most `limit` (0: all), one at a time; the whole text without both."""
    if not offset and not limit:
        return text
    lines = islice(_LINE.finditer(text), max(offset, 0), max(offset, 0) + limit if limit > 0 else None)
    return "".join(line[0] for line in lines)
