"""`akamai-mcp audit tail`: the last lines of the audit trail, as a table or as JSON lines."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from akamai_mcp.audit.file import AuditFile
from akamai_mcp.audit.line import read_line
from akamai_mcp.cli.printing.messages import tell
from akamai_mcp.errors import SettingsError
from akamai_mcp.settings import load_settings

FOLLOW_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """Which lines are shown; None matches any."""

    customer: str | None = None
    decision: str | None = None

    def takes(self, facts: dict[str, Any]) -> bool:
        """True if the fields of a line match."""
        return self.customer in {None, facts.get("customer")} and self.decision in {None, facts.get("decision")}


def tail(options: argparse.Namespace, sleep: Callable[[float], object] = time.sleep) -> int:
    """Show the last attempts, and with --follow those to come; return 1 if there are none. Raises SettingsError."""
    policy = load_settings().audit_policy()
    if policy.file is None:
        raise SettingsError("AKAMAI_MCP_AUDIT_FILE is not set, so no attempt is recorded.", advice="Set it to a file.")
    wanted = LineFilter(customer=options.customer, decision=options.decision)
    parts = AuditFile(policy.file, max_bytes=policy.max_bytes, keep=policy.keep).parts()
    with _open(policy.file) as newest:
        content = newest.read()
        lines = last_lines([content, *_contents(parts[1:])], options.lines, wanted)
        _show(lines, as_json=options.json, header=True)
        _tell_damage(content)
        if not options.follow:
            return 0 if lines else 1
        newest.seek(content.rfind(b"\n") + 1)
        for line in follow(newest, policy.file, sleep):
            _show([line] if _is_wanted(line, wanted) else [], as_json=options.json, header=False)
    return 0


def last_lines(contents: Iterable[bytes], count: int, wanted: LineFilter) -> list[bytes]:
    """Return the last matching lines of an audit trail; `contents` has its files, newest first."""
    found: list[bytes] = []
    for content in contents:
        more = [line for line in content.splitlines(keepends=True) if line.endswith(b"\n") and _is_wanted(line, wanted)]
        found = more + found
        if len(found) >= count:
            break
    return found[max(0, len(found) - count) :]


def follow(handle: BinaryIO, path: Path, sleep: Callable[[float], object]) -> Iterator[bytes]:
    """Yield lines as they are written, across rotations; the handle is closed at the end."""
    rest = b""
    try:
        while True:
            is_rotated = _is_another(path, handle)  # checked before reading, so that the old file is read to its end
            *whole, rest = (rest + handle.read()).split(b"\n")
            yield from (line + b"\n" for line in whole)
            if is_rotated:
                handle.close()
                handle, rest = _open(path), b""
            else:
                sleep(FOLLOW_SECONDS)
    finally:
        handle.close()


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise SettingsError(
            f"The audit file {path} cannot be read ({error.strerror}).",
            advice="The first attempt to change something creates it.",
        ) from error


def _contents(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        with suppress(FileNotFoundError):
            yield path.read_bytes()


def _is_another(path: Path, handle: BinaryIO) -> bool:
    with suppress(FileNotFoundError):
        return not os.path.samestat(path.stat(), os.fstat(handle.fileno()))
    return False


def _is_wanted(line: bytes, wanted: LineFilter) -> bool:
    facts = read_line(line)
    return facts is not None and wanted.takes(facts)


def _tell_damage(content: bytes) -> None:
    lines = content.splitlines(keepends=True)
    damaged = sum(read_line(line) is None for line in lines if line.strip() and line.endswith(b"\n"))
    if damaged:
        tell(f"{damaged} damaged lines were skipped.")
    if lines and not lines[-1].endswith(b"\n"):
        tell("the last line is incomplete: it is being written, or a crash cut it off.")


def _show(lines: list[bytes], *, as_json: bool, header: bool) -> None:
    if as_json:
        for line in lines:
            print(line.decode("utf-8", "replace").rstrip("\n"), flush=True)
        return
    if lines:
        from akamai_mcp.cli.printing.tables import print_attempts  # 15 ms: rich, for a table

        print_attempts([facts for line in lines if (facts := read_line(line)) is not None], header=header)
