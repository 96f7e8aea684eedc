"""What was changed, newest first: by runs, and by single calls where an audit trail has them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from akamai_mcp.audit.line import PLAN, RUN
from akamai_mcp.runs.record import Run, RunChange

MOST_ROWS: Final = 500
STATES: Final[Mapping[str, str]] = {"allowed": "done", "failed": "failed", "unknown": "unknown"}


def rows_of_run(run: Run, changes: Iterable[RunChange]) -> list[dict[str, Any]]:
    """Rows of what a run changed."""
    return [change.as_json() | {"who": run.caller, "run": run.name} for change in changes]


def write_history(
    made: Sequence[dict[str, Any]], attempts: Iterable[Mapping[str, Any]], caller: str | None
) -> list[dict[str, Any]]:
    """Rows of what a caller changed, or everybody for None; a change of a run, whose rows are `made`, stands there alone."""
    known, runs = {row["requestId"] for row in made if "requestId" in row}, {row["run"] for row in made}
    singles = (row for row in _single(attempts) if caller in {None, row.get("who")})
    rows = [*made, *(row for row in singles if row.get("requestId") not in known and row.get("run") not in runs)]
    return sorted(rows, key=lambda row: str(row["time"]), reverse=True)[:MOST_ROWS]


def _single(attempts: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    names = ("customer", "operation", "time", "status", "requestId", "who", "run")
    for attempt in attempts:
        is_change = attempt.get("method") not in {PLAN, RUN} and attempt.get("effect") in {"write", "destroy"}
        if attempt.get("decision") in STATES and is_change:
            path = str(attempt.get("target", "")).partition("?")[0]
            facts = {"request": f"{attempt.get('method')} {path}", "state": STATES[attempt["decision"]]}
            yield facts | {name: attempt[name] for name in names if name in attempt}
