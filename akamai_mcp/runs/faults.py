"""The errors that stores of runs have in common: a file that cannot be used, a run that is not there, or not held."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from akamai_mcp.errors import RunError, RunHeldError

UNUSABLE: Final = "{}, which programs that change something need, cannot be used ({}), so none changes anything further."
MEND_STORE: Final = (
    "Reads go on. Restore the file, or move it away, or name another folder in AKAMAI_MCP_RUNS_DIR: "
    "without it nothing is known of earlier programs."
)
MEND_KEY: Final = (
    "Reads go on. Restore the file, or remove it: earlier programs cannot go on then, and their changes are still told."
)


def unusable(path: Path, error: Exception, advice: str = MEND_STORE) -> RunError:
    """The error of a file that is there and cannot be read or written."""
    return RunError(UNUSABLE.format(path, reason_of(error)), advice=advice)


def no_run(name: str) -> RunError:
    """The error of a run that is not there, or not the caller's."""
    return RunError(f"There is no run {name[:80]!r}.", advice="akamai://runs lists those that are kept.")


def no_room() -> RunError:
    """The error of a store whose room the runs under way take."""
    return RunError("As many runs as can be kept are under way.", advice="Wait for one to end: akamai-mcp runs list.")


def not_held(other: str, name: str = "") -> RunHeldError:
    """The error of a run that another call drives, or an `other` process or replica."""
    advice = f"Look at it: akamai://runs/{name}." if name else "Look at it in akamai://runs before anything is repeated."
    return RunHeldError(f"The run is driven by another call or {other}, or was stopped.", advice=advice)


def reason_of(error: Exception) -> str:
    """Why a file cannot be used, without its path."""
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
