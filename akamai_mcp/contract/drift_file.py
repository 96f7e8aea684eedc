"""The file of differences: lines of JSON that servers append, added up when they are read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from akamai_mcp.contract.difference import Difference

PRIVATE: Final = 0o600
NAME: Final = "drift.jsonl"
LARGEST: Final = 4 * 1024 * 1024  # bytes, from which on the lines are added up in the file itself
MOST: Final = 10_000  # differences that are kept then, the most frequent ones

Counts = Mapping[Difference, int]


@dataclass(frozen=True, slots=True)
class DriftFile:
    """Differences with how often they were seen. Several servers may append to one file."""

    path: Path

    def add(self, counts: Counts) -> None:
        """Append differences. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(self.path, counts, os.O_APPEND)
        if self.path.stat().st_size > LARGEST:
            self._shorten()

    def read(self) -> Counter[Difference]:
        """All differences with their counts; none without a file. Raises OSError if it cannot be read."""
        with suppress(FileNotFoundError):
            return self.examine()[0]
        return Counter()

    def examine(self) -> tuple[Counter[Difference], int]:
        """(differences with their counts, number of damaged lines). Raises OSError, FileNotFoundError if nothing was recorded."""
        found: Counter[Difference] = Counter()
        damaged = 0
        for line in filter(None, map(bytes.strip, self.path.read_bytes().splitlines())):
            try:
                row = orjson.loads(line)
                difference = Difference(operation=row["operation"], place=row["place"], text=row["text"])
                found[difference] += int(row["count"])
            except (ValueError, KeyError, TypeError):
                damaged += 1
        return found, damaged

    def clear(self) -> None:
        """Forget all differences; the file stays, as a sign that answers were compared. Raises OSError."""
        os.truncate(self.path, 0)

    def _shorten(self) -> None:
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        self._write(draft, dict(self.read().most_common(MOST)), os.O_TRUNC)
        draft.replace(self.path)

    def _write(self, path: Path, counts: Counts, how: int) -> None:
        lines = b"".join(orjson.dumps(asdict(one) | {"count": count}) + b"\n" for one, count in counts.items())
        file = os.open(path, os.O_WRONLY | os.O_CREAT | how, PRIVATE)
        try:
            os.write(file, lines)
        finally:
            os.close(file)
