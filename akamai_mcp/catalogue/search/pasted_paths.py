"""Find operations by a pasted path, with values or placeholders, optionally after a method."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from akamai_mcp.openapi.templates import is_literal, match_segments, segments

_METHOD: Final = r"(?:(?P<method>GET|HEAD|POST|PUT|PATCH|DELETE)\s+)?"
_PATH: Final = r"(?:https?://[^/\s]+)?(?P<path>/[\w{}./:~%*@,-]*\w\}?)/?(?:\?\S*)?"
_WHOLE: Final = re.compile(rf"{_METHOD}{_PATH}\Z", re.IGNORECASE)
_WITHIN: Final = re.compile(rf"(?:^|\s)[\"'`(]?{_METHOD}{_PATH}", re.IGNORECASE)

PathRow = tuple[int, str, tuple[str, ...]]


class PathIndex:
    """The (row, method, path segments) of all operations."""

    def __init__(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self._rows: list[PathRow] = [(row, method, _segments(path)) for row, method, path in rows]

    def find(self, text: str) -> list[int]:
        """The rows that match a text which is a path, or the first complete path within the text; the closest first."""
        if whole := _WHOLE.match(text):
            return self._at(whole["path"], whole["method"], complete=False)
        for within in _WITHIN.finditer(text):
            if found := self._at(within["path"], within["method"], complete=True):
                return found
        return []

    def _at(self, path: str, method: str | None, *, complete: bool) -> list[int]:
        wanted = _segments(path)
        # A path without its base (`/properties/{id}`) matches the end of a template, unless a complete path is required.
        found = [
            (len(template) != len(wanted), -alike, known != "GET", row)
            for row, known, template in self._rows
            if method is None or method.upper() == known
            if not complete or len(wanted) == len(template)
            if (alike := likeness(template[-len(wanted) :], wanted))
        ]
        return [row for *_, row in sorted(found)]


def _segments(path: str) -> tuple[str, ...]:
    """The segments of a path, in lower case: people paste in any."""
    return tuple(segments(path.lower()))


def likeness(template: Sequence[str], wanted: Sequence[str]) -> int:
    """How many literal segments a path and a template share, or 0 where the template has another path."""
    return sum(map(is_literal, template)) if match_segments(template, wanted) is not None else 0
