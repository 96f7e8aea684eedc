"""Exchanges with endpoints that only Akamai's clients show: those recorded from its Go client, and some of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from mcp_stage import FileOperation, operations_in_files

OWN: Final = Path(__file__).parent / "data" / "client_exchanges.jsonl"
RECORDED: Final = Path(__file__).parents[2] / "shared" / "beyond" / "observed.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request as it was on the wire with its answer, and the operation and path values that its target means."""

    id: str
    method: str
    target: str
    body: Any
    content_type: str
    accept: str
    response_status: int
    response_body: Any
    operation: FileOperation
    path: Mapping[str, str]

    @property
    def bare_path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, Any]:
        """The query's values, those that stand more than once as lists."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(urlsplit(self.target).query, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


@cache
def own_exchanges() -> tuple[Exchange, ...]:
    """The exchanges that come with the tests."""
    return _read(OWN)


@cache
def recorded_exchanges() -> tuple[Exchange, ...]:
    """The recorded exchanges, none where they are not beside the checkout."""
    return _read(RECORDED) if RECORDED.is_file() else ()


def _read(path: Path) -> tuple[Exchange, ...]:
    return tuple(_exchange(json.loads(line)) for line in path.read_text().splitlines())


def _exchange(row: dict[str, Any]) -> Exchange:
    operation, values = _find(row["method"], urlsplit(row["target"]).path)
    facts = {name: value for name, value in row.items() if name not in {"api", "matches"}}
    if row["method"] == "GET":
        facts["body"] = None  # the client repeats the path's values there, where content means nothing (RFC 9110 section 9.3.1)
    return Exchange(**facts, operation=operation, path=values)


def _find(method: str, path: str) -> tuple[FileOperation, dict[str, str]]:
    """The operation with the fewest parameters in its path that has this one, and their values."""
    for one in _candidates(method):
        if match := _pattern(one.path).fullmatch(path):
            names = re.findall(r"\{([^}]+)\}", one.path)
            return one, dict(zip(names, map(unquote, match.groups()), strict=True))
    raise AssertionError(f"No operation has {method} {path}")


@cache
def _candidates(method: str) -> tuple[FileOperation, ...]:
    found = (one for one in operations_in_files() if one.method == method and one.source)
    return tuple(sorted(found, key=lambda one: one.path.count("{")))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]+\\\}", "([^/]+)", re.escape(template)))
