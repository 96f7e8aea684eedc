"""The file of runs: opened for its user alone, written ahead, and given the columns that a file of an earlier version lacks."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from akamai_mcp.audit.file import open_plain
from akamai_mcp.runs.rows import ADDED, SCHEMA

FILE: Final = "runs.sqlite"
MEMORY: Final = ":memory:"
BUSY_SECONDS: Final = 10.0


def count_runs(folder: Path) -> int:
    """How many runs a folder keeps; 0 where there is no file, and none is made. Raises OSError, sqlite3.Error."""
    if not os.path.lexists(folder / FILE):
        return 0
    with closing(connect(folder / FILE)) as database:
        return int(database.execute("SELECT count(*) FROM runs").fetchone()[0])


def connect(file: Path) -> sqlite3.Connection:
    """Open the database, private to the user. Raises OSError, sqlite3.Error."""
    if file != Path(MEMORY):
        os.close(open_plain(file, os.O_RDWR | os.O_CREAT))
    database = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        database.row_factory = sqlite3.Row
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *SCHEMA):
            database.execute(statement)
        _add_columns(database)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _add_columns(database: sqlite3.Connection) -> None:
    """Give a file of an earlier version the columns that it lacks."""
    if not _lacking(database):
        return
    database.execute("BEGIN IMMEDIATE")
    for name in _lacking(database):  # another process may have been faster
        database.execute(f"ALTER TABLE changes ADD COLUMN {name} {ADDED[name]}")
    database.execute("COMMIT")


def _lacking(database: sqlite3.Connection) -> list[str]:
    there = {row["name"] for row in database.execute("PRAGMA table_info(changes)")}
    return [name for name in ADDED if name not in there]
