"""Runs and changes as rows of two tables, whose columns are the fields of the values. Pure."""

from __future__ import annotations

from dataclasses import fields
from sqlite3 import Row
from typing import Any, Final

import orjson

from akamai_mcp.runs.record import Run, RunChange

RUN_COLUMNS: Final = tuple(one.name for one in fields(Run))
CHANGE_COLUMNS: Final = tuple(one.name for one in fields(RunChange))
SCHEMA: Final = (
    f"CREATE TABLE IF NOT EXISTS runs ({', '.join(RUN_COLUMNS)}, holder, stop INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (name))",
    f"CREATE TABLE IF NOT EXISTS changes (run, {', '.join(CHANGE_COLUMNS)}, PRIMARY KEY (run, number))",
)
# What a file of an earlier version lacks.
ADDED: Final = {"after": "BLOB NOT NULL DEFAULT X''", "gap": "TEXT NOT NULL DEFAULT ''"}


def run_row(run: Run) -> tuple[Any, ...]:
    """The values of a run's columns."""
    return tuple(getattr(run, column) for column in RUN_COLUMNS)


def change_row(change: RunChange) -> tuple[Any, ...]:
    """The values of a change's columns."""
    return tuple(getattr(change, column) for column in CHANGE_COLUMNS)


def to_run(row: Row) -> Run:
    """The run of a row."""
    return Run(**{column: row[column] for column in RUN_COLUMNS})


def to_change(row: Row) -> RunChange:
    """The change of a row."""
    return RunChange(**{column: row[column] for column in CHANGE_COLUMNS})


def pack(value: Run | RunChange) -> bytes:
    """A value as bytes, where there are no columns: one line of JSON, then the members that are bytes."""
    members = {field.name: getattr(value, field.name) for field in fields(value)}
    content = {name: member for name, member in members.items() if isinstance(member, bytes)}
    facts = {name: member for name, member in members.items() if name not in content}
    sizes = {name: len(member) for name, member in content.items()}
    return b"\n".join([orjson.dumps([facts, sizes]), b"".join(content.values())])


def unpack_run(packed: bytes) -> Run:
    """The run that `pack` wrote."""
    return Run(**_unpack(packed))


def unpack_change(packed: bytes) -> RunChange:
    """The change that `pack` wrote."""
    return RunChange(**_unpack(packed))


def _unpack(packed: bytes) -> dict[str, Any]:
    line, _, rest = packed.partition(b"\n")
    facts, sizes = orjson.loads(line)
    for name, size in sizes.items():
        facts[name], rest = rest[:size], rest[size:]
    return dict(facts)
