"""Find the operations at a method and path: the one that the path names, and each other one that a server may read it as."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import product
from typing import Final

from akamai_mcp.openapi.paths import fold_segment, wide_readings
from akamai_mcp.openapi.templates import Specificity, match, match_segments, segments, specificity

KEPT_METHODS: Final = 8
KEPT_PATHS: Final = 512

MAX_VERSIONED: Final = 4  # segments of a path that are looked at for versions; no document has one further behind
_VERSION: Final = re.compile(r"v\d[\w.-]*")

Row = tuple[str, str]  # path template and key
Folded = tuple[Specificity, tuple[str, ...], str]  # of a folded template: its precedence, its segments, its key
Table = dict[tuple[int, str], list[Folded]]  # by the number of segments and the first one, "" for a placeholder


class PathLookup:
    """The path templates of a catalogue; `read` gives the (template, key) of a method's operations."""

    def __init__(self, read: Callable[[str], Iterable[Row]]) -> None:
        self._read = read
        self._rows = lru_cache(maxsize=KEPT_METHODS)(self._sort)
        self._table = lru_cache(maxsize=KEPT_METHODS)(self._fold)
        self._versionless = lru_cache(maxsize=KEPT_METHODS)(self._leave_out_versions)
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
        read = list(wide_readings(path))
        found = [self._best(methods, reading) for reading in read]
        if not found[0]:
            # Akamai serves versions that no document describes: what one of them returns or removes, another does too.
            found += [key for reading in read for key in self._at_other_versions(methods, reading)]
        return tuple(dict.fromkeys(key for key in found if key))

    def _at_other_versions(self, methods: tuple[str, ...], reading: str) -> Iterator[str]:
        """The keys of the operations that a path would name with other versions, or with some."""
        for parts in _without_versions(segments(reading)):
            for method in methods:
                yield from (key for _, key in _fitting(self._versionless(method), parts))

    def _best(self, methods: tuple[str, ...], reading: str) -> str:
        for method in methods:
            if fitting := _fitting(self._table(method), segments(reading)):
                return min(fitting)[1]
        return ""

    def _sort(self, method: str) -> tuple[Row, ...]:
        return tuple(sorted(self._read(method), key=lambda row: specificity(row[0])))

    def _fold(self, method: str) -> Table:
        return _by_start(
            (specificity(template), tuple(map(fold_segment, segments(template.partition("?")[0]))), key)
            for template, key in self._read(method)
        )

    def _leave_out_versions(self, method: str) -> Table:
        rows = (row for folded in self._table(method).values() for row in folded)
        plain = ((order, tuple(part for part in parts if not _VERSION.fullmatch(part)), key) for order, parts, key in rows)
        return _by_start(row for row in plain if row[1])


def _by_start(rows: Iterable[Folded]) -> Table:
    table: Table = {}
    for row in rows:
        parts = row[1]
        table.setdefault((len(parts), "" if "{" in parts[0] else parts[0]), []).append(row)
    return table


def _fitting(table: Table, parts: list[str]) -> list[tuple[Specificity, str]]:
    """The precedence and the key of each operation whose template has these segments."""
    near = [*table.get((len(parts), parts[0]), ()), *table.get((len(parts), ""), ())]
    return [(order, key) for order, template, key in near if match_segments(template, parts) is not None]


def _without_versions(parts: list[str]) -> Iterator[list[str]]:
    """The segments with each choice of those left out that look like a version; an identifier may look like one too."""
    places = [place for place, part in enumerate(parts[:MAX_VERSIONED]) if _VERSION.fullmatch(part)]
    for left_out in product((True, False), repeat=len(places)):
        dropped = {place for place, out in zip(places, left_out, strict=True) if out}
        if kept := [part for place, part in enumerate(parts) if place not in dropped]:
            yield kept
