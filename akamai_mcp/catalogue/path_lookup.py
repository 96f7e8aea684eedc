"""Find the operations at a method and path: the one that the path names, and each other one that a server may read it as."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

from akamai_mcp.openapi.paths import fold_segment, wide_readings
from akamai_mcp.openapi.templates import Specificity, match, match_segments, segments, specificity

KEPT_METHODS: Final = 8
KEPT_PATHS: Final = 512

Row = tuple[str, str]  # path template and key
Folded = tuple[Specificity, tuple[str, ...], str]  # of a folded template: its precedence, its segments, its key


class PathLookup:
    """The path templates of a catalogue; `read` gives the (template, key) of a method's operations."""

    def __init__(self, read: Callable[[str], Iterable[Row]]) -> None:
        self._read = read
        self._rows = lru_cache(maxsize=KEPT_METHODS)(self._sort)
        self._table = lru_cache(maxsize=KEPT_METHODS)(self._fold)
        self.keys = lru_cache(maxsize=KEPT_PATHS)(self._find_keys)

    def exact(self, method: str, path: str) -> tuple[str, dict[str, str]] | None:
        """The key of the operation at a path as it is written, with the decoded path values, or None."""
        # The first match is the most specific one, by the order of the templates.
        for template, key in self._rows(method):
            if (values := match(template, path)) is not None:
                return key, values
        return None

    def _find_keys(self, method: str, path: str) -> tuple[str, ...]:
        """The key of the most specific operation for each reading of a path; HEAD counts as GET where it has none."""
        methods = ("HEAD", "GET") if method == "HEAD" else (method,)
        found = (self._best(methods, reading) for reading in wide_readings(path))
        return tuple(dict.fromkeys(key for key in found if key))

    def _best(self, methods: tuple[str, ...], reading: str) -> str:
        parts = tuple(segments(reading))
        for method in methods:
            table = self._table(method)
            # A template whose first segment is a placeholder stands under the empty text.
            near: list[Folded] = [*table.get((len(parts), parts[0]), ()), *table.get((len(parts), ""), ())]
            fitting = [(order, key) for order, template, key in near if match_segments(template, parts) is not None]
            if fitting:
                _, key = min(fitting)
                return key
        return ""

    def _sort(self, method: str) -> tuple[Row, ...]:
        return tuple(sorted(self._read(method), key=lambda row: specificity(row[0])))

    def _fold(self, method: str) -> dict[tuple[int, str], list[Folded]]:
        table: dict[tuple[int, str], list[Folded]] = {}
        for template, key in self._sort(method):
            parts = tuple(map(fold_segment, segments(template.partition("?")[0])))
            first = "" if "{" in parts[0] else parts[0]
            table.setdefault((len(parts), first), []).append((specificity(template), parts, key))
        return table
