"""Reading the audit trail back: the last lines of the file and its rotated parts."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from akamai_mcp.audit.file import AuditFile
from akamai_mcp.audit.line import AuditPolicy


def read_attempts(policy: AuditPolicy, most: int) -> list[dict[str, Any]]:
    """The fields of the last lines, newest first; none without a file. A line that cannot be read is left out."""
    if policy.file is None:
        return []
    found: list[dict[str, Any]] = []
    for path in AuditFile(policy.file, max_bytes=policy.max_bytes, keep=policy.keep).parts():
        with suppress(OSError):
            found += reversed([facts for line in path.read_bytes().splitlines() if (facts := _read(line)) is not None])
        if len(found) >= most:
            break
    return found[:most]


def _read(line: bytes) -> dict[str, Any] | None:
    with suppress(ValueError):
        facts = json.loads(line)
        return facts if isinstance(facts, dict) else None
    return None
