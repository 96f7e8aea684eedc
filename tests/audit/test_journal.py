"""The journal of attempts under way: what was left open gets its line at the next start, once, and everything else none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from akamai_mcp.audit.file import AuditFile, beside
from akamai_mcp.audit.journal import Journal, left_open, recover


def line(identifier: str) -> bytes:
    return json.dumps({"id": identifier}, separators=(",", ":")).encode() + b"\n"


@pytest.fixture
def file(tmp_path: Path) -> AuditFile:
    return AuditFile(tmp_path / "audit.jsonl", max_bytes=1000, keep=2)


def journals(file: AuditFile) -> list[Path]:
    return [path for path in file.path.parent.iterdir() if ".open-" in path.name]


def test_what_is_open_when_a_server_ends_has_its_line_at_the_next_start(file: AuditFile) -> None:
    journal = Journal(file)
    for name in ("a", "b", "c"):
        journal.begin(name, line(name))
    journal.end("b")
    journal.close()
    assert recover(file) == 2
    assert file.path.read_bytes() == line("a") + line("c")
    assert (journals(file), recover(file)) == ([], 0)


def test_a_server_that_ends_with_nothing_open_leaves_nothing(file: AuditFile) -> None:
    journal = Journal(file)
    journal.close()
    journal.begin("a", line("a"))
    journal.end("unknown")
    assert [path.read_bytes() for path in journals(file)] == [line("a")]
    journal.end("a")
    assert [path.read_bytes() for path in journals(file)] == [b""]
    journal.end("a")
    journal.close()
    journal.close()
    assert (journals(file), recover(file), file.path.exists()) == ([], 0, False)


def test_a_journal_that_somebody_has_deleted_does_not_keep_a_server_from_ending(file: AuditFile) -> None:
    journal = Journal(file)
    journal.begin("a", line("a"))
    journal.end("a")
    for path in journals(file):
        path.unlink()
    journal.close()
    assert recover(file) == 0


def test_the_journal_of_a_server_that_runs_is_left_alone(file: AuditFile) -> None:
    running, ended = Journal(file), Journal(file)
    for journal, name in ((running, "running"), (ended, "ended")):
        journal.begin(name, line(name))
    ended.close()
    assert recover(file) == 1
    assert file.path.read_bytes() == line("ended")
    running.end("running")
    running.close()


def test_an_attempt_that_has_its_line_in_any_part_gets_no_second_one(file: AuditFile) -> None:
    journal = Journal(file)
    for name in ("a", "b", "c"):
        journal.begin(name, line(name))
    journal.close()
    beside(file.path, ".1").write_bytes(line("a"))
    file.path.write_bytes(line("b"))
    assert recover(file) == 1
    assert file.path.read_bytes() == line("b") + line("c")


@pytest.mark.parametrize(
    ("journal", "waiting"),
    [
        (b"", []),
        (line("a") + line("b"), ["a", "b"]),
        (line("a") + b'{"ended": "a"}\n' + line("b"), ["b"]),
        (line("a") + line("b")[:-1], ["a"]),
        (line("a") + b'{"id": "b', ["a"]),
        (b"\xff\n" + line("a"), ["a"]),
        (b"{}\n" + line("a"), ["a"]),
    ],
)
def test_a_line_counts_once_it_was_written_whole(journal: bytes, waiting: list[str]) -> None:
    assert left_open(journal) == {name: line(name) for name in waiting}
