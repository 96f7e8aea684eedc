"""Runs in SQLite: a file that other processes of the user share, or the memory of this one.

The file is written ahead (WAL) and synced at each commit, since a change may be sent only after its line is on disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from akamai_mcp.runs.database import FILE, MEMORY, connect
from akamai_mcp.runs.faults import no_room, no_run, not_held, unusable
from akamai_mcp.runs.holders import Holder
from akamai_mcp.runs.record import OVER, Run, RunChange, RunPolicy
from akamai_mcp.runs.rows import CHANGE_COLUMNS, RUN_COLUMNS, change_row, run_row, to_change, to_run

PROCESS: Final = "process"
LEFT: Final = "the process that drove it ended"
# Before `holder` in a condition: SQLite reads the whole state of a run to get to the columns behind it.
UNDER_WAY: Final = f"status NOT IN ({', '.join(repr(status) for status in sorted(OVER))})"
Result = TypeVar("Result")


class SqliteRuns:
    """Runs in a folder, or in memory; one thread of its own reads and writes, so that the event loop never waits for the disk."""

    def __init__(self, policy: RunPolicy, folder: Path | None, clock: Callable[[], float] = time.time) -> None:
        self.is_durable = folder is not None
        self._policy = policy
        self._clock = clock
        self._holder = Holder(folder) if folder else None
        self._me = self._holder.name if self._holder else "memory"
        self._file = folder / FILE if folder else Path(MEMORY)
        self._database = connect(self._file)
        if self._holder:
            self._take(self._holder)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="runs")

    def _take(self, holder: Holder) -> None:
        try:
            holder.take()
        except BaseException:
            self._database.close()
            raise

    async def begin(self, run: Run) -> None:
        """Store a new run and hold it. Raises RunError."""

        def work() -> None:
            self._make_room(1)
            if self._is_full(1):
                raise no_room()
            self._database.execute(
                f"INSERT INTO runs ({_named(RUN_COLUMNS)}, holder) VALUES ({_marks(RUN_COLUMNS)}, ?)", (*run_row(run), self._me)
            )

        await self._do(work)

    async def claim(self, name: str) -> tuple[Run, Sequence[RunChange]]:
        """Hold a run; what was intended is unknown from now on. Raises RunError."""

        def work() -> tuple[Run, Sequence[RunChange]]:
            row = self._look(name)
            if row is None:
                raise no_run(name)
            if row["status"] in OVER:
                return self._whole(name)
            if row["holder"]:
                raise not_held(PROCESS, name)
            self._database.execute("UPDATE runs SET holder = ? WHERE name = ?", (self._me, name))
            self._mark_unknown(name)
            return self._whole(name)

        return await self._do(work)

    async def save(self, run: Run) -> None:
        """Store the run's new state. Raises RunError."""

        def work() -> None:
            sets = ", ".join(f"{column} = ?" for column in RUN_COLUMNS)
            holder = self._me if run.status == "running" else None
            changed = self._database.execute(
                f"UPDATE runs SET {sets}, holder = ? WHERE name = ? AND holder = ?", (*run_row(run), holder, run.name, self._me)
            )
            _require(changed.rowcount)
            self._obey_stop(run.name)

        await self._do(work)

    async def intend(self, name: str, change: RunChange) -> None:
        """Store a change before it is sent. Raises RunError."""

        def work() -> None:
            _require(self._one("SELECT 1 FROM runs WHERE name = ? AND holder = ? AND stop = 0", name, self._me))
            columns, marks = _named(CHANGE_COLUMNS), _marks(CHANGE_COLUMNS)
            self._database.execute(f"INSERT INTO changes (run, {columns}) VALUES (?, {marks})", (name, *change_row(change)))

        await self._do(work)

    async def settle(self, name: str, change: RunChange) -> None:
        """Store what became of a change. Raises RunError."""

        def work() -> None:
            sets = ", ".join(f"{column} = ?" for column in CHANGE_COLUMNS)
            self._database.execute(
                f"UPDATE changes SET {sets} WHERE run = ? AND number = ?", (*change_row(change), name, change.number)
            )

        await self._do(work)

    def abandon(self, name: str) -> None:
        """Let go of a run without waiting."""

        def work() -> None:
            if self._one("SELECT 1 FROM runs WHERE name = ? AND holder = ?", name, self._me):
                self._let_go(name)

        with suppress(RuntimeError):  # the store was closed before the call ended
            self._submit(work)

    async def stop(self, name: str) -> Run | None:
        """Stop a run. Raises RunError."""

        def work() -> Run | None:
            row = self._look(name)
            if row is None:
                return None
            if row["status"] not in OVER:
                status = row["status"] if row["holder"] else "stopped"
                self._database.execute(
                    "UPDATE runs SET stop = 1, status = ?, updated = ? WHERE name = ?", (status, self._clock(), name)
                )
            return self._whole(name)[0]

        return await self._do(work)

    async def find(self, name: str) -> tuple[Run, Sequence[RunChange]] | None:
        """A run and its changes. Raises RunError."""

        def work() -> tuple[Run, Sequence[RunChange]] | None:
            return self._whole(name) if self._look(name) else None

        return await self._do(work)

    async def find_by_token(self, token: str) -> Run | None:
        """The run that waits for this question's answer. Raises RunError."""

        def work() -> Run | None:
            row = self._one("SELECT * FROM runs WHERE token = ? AND status = 'asks'", token)
            return to_run(row) if row else None

        return await self._do(work) if token else None

    async def list(self) -> Sequence[Run]:
        """All runs without their states, newest first. Raises RunError."""

        def work() -> Sequence[Run]:
            self._make_room(0)
            named = ", ".join("X'' AS sealed" if column == "sealed" else column for column in RUN_COLUMNS)
            return [to_run(row) for row in self._database.execute(f"SELECT {named} FROM runs ORDER BY created DESC").fetchall()]

        return await self._do(work)

    async def aclose(self) -> None:
        """Close the file once what was begun is written."""
        await asyncio.to_thread(self._thread.shutdown)
        self._database.close()
        if self._holder:
            self._holder.close()

    def _whole(self, name: str) -> tuple[Run, Sequence[RunChange]]:
        run = to_run(self._database.execute("SELECT * FROM runs WHERE name = ?", (name,)).fetchone())
        rows = self._database.execute("SELECT * FROM changes WHERE run = ? ORDER BY number", (name,)).fetchall()
        return run, [to_change(row) for row in rows]

    def _look(self, name: str) -> sqlite3.Row | None:
        """Status and living holder of a run."""
        query = "SELECT status, holder FROM runs WHERE name = ?"
        row = self._one(query, name)
        if row is None or not row["holder"] or self._lives(row["holder"]):
            return row
        self._bury(row["holder"])
        return self._one(query, name)

    def _bury(self, holder: str) -> None:
        """Let go of the runs of a process that ended: whoever finds that out does what it could not do itself."""
        for row in self._database.execute(
            f"SELECT name, status FROM runs WHERE {UNDER_WAY} AND holder = ?", (holder,)
        ).fetchall():
            if row["status"] == "running":
                self._database.execute("UPDATE runs SET due = updated, reason = ? WHERE name = ?", (LEFT, row["name"]))
            self._let_go(row["name"])

    def _let_go(self, name: str) -> None:
        self._mark_unknown(name)
        self._database.execute(
            "UPDATE runs SET holder = NULL, status = CASE status WHEN 'running' THEN 'paused' ELSE status END WHERE name = ?",
            (name,),
        )
        self._obey_stop(name)

    def _obey_stop(self, name: str) -> None:
        self._database.execute(
            "UPDATE runs SET status = 'stopped' WHERE name = ? AND stop = 1 AND status IN ('asks', 'paused')", (name,)
        )

    def _mark_unknown(self, name: str) -> None:
        self._database.execute("UPDATE changes SET state = 'unknown' WHERE run = ? AND state = 'intended'", (name,))

    def _lives(self, holder: str) -> bool:
        return holder == self._me or (self._holder is not None and self._holder.lives(holder))

    def _make_room(self, more: int) -> None:
        """Drop what is older than the policy keeps, then the oldest: first what is over, then what nobody holds."""
        holders = self._database.execute(f"SELECT DISTINCT holder FROM runs WHERE {UNDER_WAY} AND holder IS NOT NULL").fetchall()
        for row in holders:
            if not self._lives(row["holder"]):
                self._bury(row["holder"])
        self._drop("updated < ? AND holder IS NULL", self._clock() - self._policy.keep_seconds)
        for what in (f"NOT {UNDER_WAY}", "holder IS NULL"):
            while self._is_full(more) and (oldest := self._one(f"SELECT name FROM runs WHERE {what} ORDER BY updated LIMIT 1")):
                self._drop("name = ?", oldest["name"])

    def _is_full(self, more: int) -> bool:
        row = self._one(
            "SELECT (SELECT count(*) FROM runs) AS runs, (SELECT total(length(sealed) + length(result)) FROM runs) + "
            "(SELECT total(length(request) + length(answer) + length(before) + length(after)) FROM changes) AS bytes"
        )
        assert row is not None
        return bool(row["runs"] + more > self._policy.most or row["bytes"] > self._policy.most_bytes)

    def _drop(self, condition: str, value: Any) -> None:
        self._database.execute(f"DELETE FROM changes WHERE run IN (SELECT name FROM runs WHERE {condition})", (value,))
        self._database.execute(f"DELETE FROM runs WHERE {condition}", (value,))

    def _one(self, query: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._database.execute(query, values).fetchone()
        return row

    async def _do(self, work: Callable[[], Result]) -> Result:
        # Shielded, because a cancelled caller must not cancel work that is queued for the thread.
        try:
            return await asyncio.shield(asyncio.wrap_future(self._submit(work)))
        except (sqlite3.Error, OSError) as error:
            raise unusable(self._file, error) from error

    def _submit(self, work: Callable[[], Result]) -> Future[Result]:
        return self._thread.submit(partial(self._together, work))

    def _together(self, work: Callable[[], Result]) -> Result:
        """Do work all or not at all; nobody else writes meanwhile."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            result = work()
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
        return result


def _require(found: object) -> None:
    if not found:
        raise not_held(PROCESS)


def _named(columns: Sequence[str]) -> str:
    return ", ".join(columns)


def _marks(columns: Sequence[str]) -> str:
    return ", ".join("?" * len(columns))
