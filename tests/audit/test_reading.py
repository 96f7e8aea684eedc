"""The trail is read back newest first, over its rotated parts, without what a crash cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from akamai_mcp.audit.file import AuditFile
from akamai_mcp.audit.line import AuditPolicy
from akamai_mcp.audit.reading import read_attempts


def read(path: Path | None, most: int) -> list[Any]:
    return [facts["n"] for facts in read_attempts(AuditPolicy(file=path, max_bytes=20, keep=2), most)]


def test_the_newest_lines_come_first_and_no_more_than_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    assert read(path, 5) == read(None, 5) == []
    file = AuditFile(path, max_bytes=20, keep=2)
    for number in range(6):
        file.append([b'{"n":%d}\n' % number])  # two lines a part
    assert [read(path, most) for most in (0, 1, 2, 3, 6, 9)] == [
        [],
        [5],
        [5, 4],
        [5, 4, 3],
        [5, 4, 3, 2, 1, 0],
        [5, 4, 3, 2, 1, 0],
    ]
    assert len(read_attempts(AuditPolicy(file=path, max_bytes=20, keep=1), 9)) == 4


def test_what_is_no_line_or_no_file_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b'{"n":1}\n{"n":\n[2]\n\n{"n":3}\n{"n":4')
    (tmp_path / "audit.jsonl.1").mkdir()
    (tmp_path / "audit.jsonl.2").write_bytes(b'{"n":0}\n')
    assert read(path, 9) == [3, 1, 0]
