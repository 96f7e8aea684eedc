"""Replace what a tool has written into a page before."""

from __future__ import annotations

import re


def replace_once(part: re.Pattern[str], text: str, new: str) -> str:
    """The text with its one part that matches replaced. Ends the tool if there is none or another: it would write nothing."""
    changed, count = part.subn(lambda _: new, text)
    if count != 1:
        raise SystemExit(f"Expected what is replaced once, found it {count} times.")
    return changed
