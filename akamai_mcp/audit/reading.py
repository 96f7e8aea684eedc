"""Reading the audit trail back: the last lines of the file and its rotated parts."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from akamai_mcp.audit.file import AuditFile
from akamai_mcp.audit.line import AuditPolicy, read_line


def read_attempts(policy: AuditPolicy, most: int) -> list[dict[str, Any]]:
    """The fields of the last lines, newest first; none without a file. A line that cannot be read is left out."""
    if policy.file is None:
        return []
    found: list[dict[str, Any]] = []
    for path in AuditFile(policy.file, max_bytes=policy.max_bytes, keep=policy.keep).parts():
        with suppress(OSError):
            found += reversed([facts for line in path.read_bytes().splitlines() if (facts := read_line(line)) is not None])
        if len(found) >= most:
            break
    return found[:most]
