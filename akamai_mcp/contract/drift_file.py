"""The file of differences: lines of JSON that servers append, added up when they are read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from akamai_mcp.contract.difference import Difference

PRIVATE: Final = 0o600
NAME: Final = "drift.jsonl"
LARGEST: Final = 4 * 1024 * 1024  # bytes, from which on the lines are added up in the file itself
KEPT: Final = LARGEST // 2  # bytes of the most frequent differences that are kept then

Counts = Mapping[Difference, int]


@dataclass(slots=True, kw_only=True)
class Recorded:
    """What servers found: differences with how often they were seen, and how many answers were compared or passed over."""

    differences: Counter[Difference] = field(default_factory=Counter)
    compared: int = 0
    passed_over: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class DriftFile:
    """Differences with how often they were seen. Several servers may append to one file."""

    path: Path

    @property
    def known(self) -> DriftFile:
        """The file beside it with the differences that a person knows of."""
        return DriftFile(self.path.with_name(f"{self.path.name}.known"))

    def add(self, counts: Counts, *, compared: int = 0, passed_over: int = 0) -> None:
        """Append differences and the number of answers behind them. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        rows = [*_rows(counts), {"compared": compared, "passedOver": passed_over}]
        self._write(self.path, map(_to_line, rows), os.O_APPEND)
        if self.path.stat().st_size > LARGEST:
            self._shorten()

    def examine(self) -> Recorded:
        """What was recorded. Raises OSError, FileNotFoundError if nothing ever was."""
        found = Recorded()
        for line in filter(None, map(bytes.strip, self.path.read_bytes().splitlines())):
            try:
                _count(orjson.loads(line), found)
            except (ValueError, KeyError, TypeError):
                found.damaged += 1
        return found

    def clear(self) -> None:
        """Forget all differences; the file stays, as a sign that answers were compared. Raises OSError."""
        os.truncate(self.path, 0)

    def _shorten(self) -> None:
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        self._write(draft, _lines_within(self.examine(), KEPT), os.O_TRUNC)
        draft.replace(self.path)

    def _write(self, path: Path, lines: Iterable[bytes], how: int) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | how, PRIVATE)
        try:
            os.write(file, b"".join(lines))
        finally:
            os.close(file)


def _count(row: Any, found: Recorded) -> None:
    if "compared" in row:
        found.compared += int(row["compared"])
        found.passed_over += int(row["passedOver"])
    else:
        difference = Difference(operation=row["operation"], place=row["place"], text=row["text"])
        found.differences[difference] += int(row["count"])


def _rows(counts: Counts) -> Iterator[Mapping[str, Any]]:
    yield from (asdict(one) | {"count": count} for one, count in counts.items())


def _to_line(row: Mapping[str, Any]) -> bytes:
    return orjson.dumps(row) + b"\n"


def _lines_within(found: Recorded, most: int) -> Iterator[bytes]:
    """The lines of the most frequent differences, as many as fit into a number of bytes."""
    yield _to_line({"compared": found.compared, "passedOver": found.passed_over})
    for line in map(_to_line, _rows(dict(found.differences.most_common()))):
        most -= len(line)
        if most < 0:
            return
        yield line
