"""Find lines by an RE2 expression, in linear time whatever the expression is."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from akamai_mcp.errors import ArgumentError

MAX_PATTERN: Final = 1_000
MAX_MATCHES: Final = 200
PATTERN_MEMORY: Final = 4 * 1024 * 1024
SHOWN: Final = 300  # characters of a line


def search_lines(expression: str, texts: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The lines that match: member, number from 0 as in slices, and text; `more` if there are others. Raises ArgumentError."""
    pattern = _compile(expression)
    matches: list[dict[str, Any]] = []
    for match in _matches(pattern, texts):
        if len(matches) == MAX_MATCHES:
            return {"matches": matches, "more": True}
        matches.append(match)
    return {"matches": matches}


def _matches(pattern: Any, texts: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for name, text in texts:
        for number, line in enumerate(io.StringIO(text)):  # one at a time: a text may have millions
            if found := pattern.search(line.rstrip("\n")):
                start = max(found.start() - SHOWN // 2, 0)
                named = {"member": name} if name else {}
                yield {**named, "line": number, "text": line.rstrip("\n")[start : start + SHOWN]}


def _compile(expression: str) -> Any:
    import re2  # 15 ms: only a search needs it

    if len(expression) > MAX_PATTERN:
        raise ArgumentError(f"search is longer than {MAX_PATTERN:,} characters.", advice="Use a shorter expression.")
    options = re2.Options()
    options.log_errors = False  # RE2 writes them to the standard error
    options.max_mem = PATTERN_MEMORY
    try:
        return re2.compile(expression, options=options)
    except re2.error as error:
        raise ArgumentError(
            f"search is not an RE2 expression: {' '.join(str(error).split())[:200]}.",
            advice="Use RE2's syntax, which has no lookaround and no backreferences; (?i) ignores case.",
        ) from error
