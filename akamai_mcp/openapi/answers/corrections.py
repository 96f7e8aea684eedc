"""The file of corrections: a line of JSON for each difference that a recorded answer has from its document."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, get_args

import orjson

from akamai_mcp.errors import DocumentError

FILE_NAME: Final = "answers.jsonl"

Kind = Literal["null", "type", "missing", "value", "member", "shown", "bound", "alternatives", "status"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the answers of one operation and status have at one place, though their document does not allow it.

    `at` is a JSON pointer (RFC 6901) into the schema of the answer. `value` is by kind: `type` the JSON type; `missing` the name
    of the member; `value` the value; `member` its name and JSON type; `bound` the keyword and its new bound, or null for none;
    `status` the declared status whose answer it is. `seen` counts the recorded answers by where they are from.
    """

    operation: str
    status: str
    at: str = ""
    kind: Kind
    value: Any = None
    seen: Mapping[str, int] = field(default_factory=dict, compare=False)


class CorrectionFile:
    """The corrections of a file, which is read when the first is asked for; none without the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, operation: str) -> tuple[Correction, ...]:
        """The corrections of one operation, in the order in which they are made. Raises DocumentError."""
        return tuple(map(self._read, self._lines.get(operation, ())))

    def __iter__(self) -> Iterator[Correction]:
        return (correction for operation in self._lines for correction in self.of(operation))

    @cached_property
    def _lines(self) -> Mapping[str, list[bytes]]:
        """The lines of each operation. To parse them all takes 8 ms, and a process asks for those of few."""
        found: defaultdict[str, list[bytes]] = defaultdict(list)
        try:
            for line in self._path.read_bytes().splitlines():
                found[line.split(b'"', 4)[3].decode()].append(line)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, IndexError) as error:
            raise self._refuse(error) from error
        return dict(found)

    def _read(self, line: bytes) -> Correction:
        try:
            correction = Correction(**orjson.loads(line))
            if correction.kind not in KINDS:
                raise ValueError(f"{correction.kind!r} is no kind of correction")
        except (ValueError, TypeError) as error:
            raise self._refuse(error) from error
        return correction

    def _refuse(self, error: Exception) -> DocumentError:
        advice = "Put the file back as it was, or write it anew with tools/answer_corrections.py."
        return DocumentError(f"{self._path.name} cannot be read: {error}", document=self._path.name, advice=advice)


def in_order(corrections: Iterable[Correction]) -> list[Correction]:
    """Corrections in the order of the file, in which an answer of a further status comes before what is corrected in it."""
    return sorted(
        corrections, key=lambda one: (one.operation, one.status, one.kind != "status", one.at, one.kind, repr(one.value))
    )


def to_lines(corrections: Iterable[Correction]) -> str:
    """The text of a file of corrections; what is empty is left out."""
    rows = (asdict(one) for one in corrections)
    kept = ({name: value for name, value in row.items() if _says_something(row, name)} for row in rows)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept)


def _says_something(row: Mapping[str, Any], name: str) -> bool:
    return row[name] not in ("", {}, None) or (name, row["kind"]) == ("value", "value")


def to_pointer(steps: Iterable[Any]) -> str:
    """The JSON pointer of the steps into a schema (RFC 6901 section 3)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def to_steps(pointer: str) -> tuple[str, ...]:
    """The steps of a JSON pointer (RFC 6901 section 4)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
