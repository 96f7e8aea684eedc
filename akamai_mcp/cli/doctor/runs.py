"""Where programs that change something are kept: the folder, the key that seals them, and the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from akamai_mcp.audit.file import read_key
from akamai_mcp.cli.doctor.checks import Finding, failure_of, find_exposure, judge, writing_problem
from akamai_mcp.documents.location import user_state_folder
from akamai_mcp.programs.interpreter import is_installed
from akamai_mcp.runs.database import FILE, count_runs
from akamai_mcp.runs.faults import MEND_KEY, unusable
from akamai_mcp.runs.sealing import KEY_FILE
from akamai_mcp.settings import Settings

CHECK: Final = "runs"
IN_MEMORY: Final = (
    "Programs cannot go on in another process: let this user write to it, or name another folder in AKAMAI_MCP_RUNS_DIR."
)


def check_runs(settings: Settings) -> Iterator[Finding]:
    """Check whether runs can be kept and those that are kept can be read; nothing is made by looking."""
    if not is_installed():
        return
    if settings.redis_url:
        yield Finding(check=CHECK, state="ok", found="kept in Redis")
        return
    policy = settings.run_policy(user_state_folder)
    assert policy.folder is not None, "settings name a folder"
    yield _find_folder(policy.folder)
    if policy.key is None:
        yield from _find_key(policy.folder / KEY_FILE)


def _find_folder(folder: Path) -> Finding:
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    try:
        count = count_runs(folder)
    except (OSError, sqlite3.Error) as error:
        return failure_of(CHECK, unusable(folder / FILE, error))
    problem = writing_problem(nearest)
    return judge(CHECK, f"{folder}: {count:,} kept{problem}", wrong=bool(problem), advice=IN_MEMORY, state="warning")


def _find_key(path: Path) -> Iterator[Finding]:
    try:
        read_key(path)
    except FileNotFoundError:  # it is made with the first run
        return
    except OSError as error:
        yield failure_of(CHECK, unusable(path, error, MEND_KEY))
    else:
        yield from find_exposure(CHECK, path)
