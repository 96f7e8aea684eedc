"""Sets of questions with the operations that answer them, read from JSON lines or from tables."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from akamai_mcp.catalogue.entry import Entry

Versions = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question and the keys of the operations that answer it; `kind` and `language` are empty where a set has none."""

    text: str
    right: frozenset[str]
    kind: str = ""
    language: str = ""


def load_lines(path: Path) -> list[Question]:
    """Read the questions from a file of JSON lines, whose operations have a version."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [Question(text=line["query"], right=frozenset(line["operations"])) for line in lines]


def load_table(path: Path, versions: Versions) -> list[Question]:
    """Read the questions from a table, whose operations have no version because any one is right.

    Raises LookupError if it names an operation that does not exist.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_read_row(line, versions) for line in lines if line and not line.startswith("#")]


def by_any_version(entries: Iterable[Entry]) -> Versions:
    """The keys of each `product:operationId`, one for each version of the product that has it."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        found[f"{entry.product}:{entry.operation_id}"].add(entry.key)
    return {name: frozenset(keys) for name, keys in found.items()}


def _read_row(line: str, versions: Versions) -> Question:
    text, names, *labels = line.split("\t")
    kind, language = labels or ("", "")
    unknown = [name for name in names.split(",") if name not in versions]
    if unknown:
        raise LookupError(f"no operation is named {', '.join(unknown)}, which {text!r} expects")
    right = frozenset[str]().union(*(versions[name] for name in names.split(",")))
    return Question(text=text, right=right, kind=kind, language=language)
