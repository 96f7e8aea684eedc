"""What is told of a file that cannot be used: which it is, why, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from akamai_mcp.errors import RunError

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


def reason_of(error: Exception) -> str:
    """Why a file cannot be used, without its path."""
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
