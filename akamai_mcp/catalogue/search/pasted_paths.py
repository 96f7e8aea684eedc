"""Find operations by a pasted path, with values or placeholders, optionally after a method."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_METHOD: Final = r"(?:(?P<method>GET|HEAD|POST|PUT|PATCH|DELETE)\s+)?"
_PATH: Final = r"(?:https?://[^/\s]+)?(?P<path>/[\w{}./:~%*@,-]*\w\}?)/?(?:\?\S*)?"
_WHOLE: Final = re.compile(rf"{_METHOD}{_PATH}\Z", re.IGNORECASE)
_WITHIN: Final = re.compile(rf"(?:^|\s)[\"'`(]?{_METHOD}{_PATH}", re.IGNORECASE)

PathRow = tuple[int, str, tuple[str, ...]]


class PathIndex:
    """The (row, method, path segments) of all operations."""

    def __init__(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self._rows: list[PathRow] = [(row, method, tuple(segments(path))) for row, method, path in rows]

    def find(self, text: str) -> list[int]:
        """The rows that match a text which is a path, or the first complete path within the text; the closest first."""
        if whole := _WHOLE.match(text):
            return self._at(whole["path"], whole["method"], complete=False)
        for within in _WITHIN.finditer(text):
            if found := self._at(within["path"], within["method"], complete=True):
                return found
        return []

    def _at(self, path: str, method: str | None, *, complete: bool) -> list[int]:
        wanted = segments(path)
        # A path without its base (`/properties/{id}`) matches the end of a template, unless a complete path is required.
        found = [
            (len(template) != len(wanted), -likeness, known != "GET", row)
            for row, known, template in self._rows
            if method is None or method.upper() == known
            if len(wanted) == len(template) or (len(wanted) < len(template) and not complete)
            if (likeness := same_segments(wanted, template[-len(wanted) :]))
        ]
        return [row for *_, row in sorted(found)]


def segments(path: str) -> list[str]:
    """The segments of a path, in lower case."""
    return path.strip("/").lower().split("/")


def same_segments(wanted: Iterable[str], template: Iterable[str]) -> int:
    """How many literal segments are equal, or 0 if one differs; a placeholder matches anything."""
    literal = 0
    for left, right in zip(wanted, template, strict=True):
        if left == right:
            literal += not right.startswith("{")
        elif not right.startswith("{"):
            return 0
    return literal
