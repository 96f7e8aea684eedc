"""Find lines by an RE2 expression, in linear time whatever the expression is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.patterns import compile_pattern

MAX_PATTERN: Final = 1_000
MAX_MATCHES: Final = 200
PATTERN_MEMORY: Final = 4 * 1024 * 1024
LONGEST_LINE: Final = 300  # characters of a line that are shown


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
        for number, line in enumerate(_lines(text)):
            if found := pattern.search(line):
                start = max(found.start() - LONGEST_LINE // 2, 0)
                named = {"member": name} if name else {}
                yield {**named, "line": number, "text": line[start : start + LONGEST_LINE]}


def _lines(text: str) -> Iterator[str]:
    """The lines, one at a time, because a text may have millions; io.StringIO would take four times its memory."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    if start < len(text):
        yield text[start:]


def _compile(expression: str) -> Any:
    if len(expression) > MAX_PATTERN:
        raise ArgumentError(f"search is longer than {MAX_PATTERN:,} characters.", advice="Use a shorter expression.")
    try:
        return compile_pattern(expression, memory=PATTERN_MEMORY)
    except ValueError as error:
        raise ArgumentError(
            f"search is not an RE2 expression: {error}.",
            advice="Use RE2's syntax, which has no lookaround and no backreferences; (?i) ignores case.",
        ) from error
