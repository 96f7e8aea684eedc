"""Operations by a pasted path, with values or placeholders, with a method before it or not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_METHOD: Final = r"(?:(?P<method>GET|HEAD|POST|PUT|PATCH|DELETE)\s+)?"
_PATH: Final = r"(?:https?://[^/\s]+)?(?P<path>/[\w{}./:~%*@,-]*\w\}?)/?(?:\?\S*)?"
_WHOLE: Final = re.compile(rf"{_METHOD}{_PATH}\Z", re.IGNORECASE)
_WITHIN: Final = re.compile(rf"(?:^|\s)[\"'`(]?{_METHOD}{_PATH}", re.IGNORECASE)

Place = tuple[int, str, tuple[str, ...]]


class Places:
    """The paths of all operations, split once."""

    def __init__(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self._places: list[Place] = [(row, method, tuple(segments(path))) for row, method, path in rows]

    def find(self, text: str) -> list[int]:
        """The operations at the path that a text is, or at a complete path that stands in it; the closest first."""
        if whole := _WHOLE.match(text):
            return self._at(whole["path"], whole["method"], complete=False)
        for within in _WITHIN.finditer(text):
            if found := self._at(within["path"], within["method"], complete=True):
                return found
        return []

    def _at(self, path: str, method: str | None, *, complete: bool) -> list[int]:
        asked = segments(path)
        found = [
            (len(place) != len(asked), -likeness, known != "GET", row)
            for row, known, place in self._places
            if method is None or method.upper() == known
            if len(asked) == len(place) or (len(asked) < len(place) and not complete)
            if (likeness := same_segments(asked, place[-len(asked) :]))
        ]
        return [row for *_, row in sorted(found)]


def segments(path: str) -> list[str]:
    """The segments of a path, in lower case."""
    return path.strip("/").lower().split("/")


def same_segments(asked: Iterable[str], template: Iterable[str]) -> int:
    """How many segments are the same, or 0 where one differs that is no placeholder."""
    literal = 0
    for left, right in zip(asked, template, strict=True):
        if left == right:
            literal += not right.startswith("{")
        elif not right.startswith("{"):
            return 0
    return literal
