"""The audit file: whole lines, on disk when they count as written, in parts of a bounded size, under a lock that is waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from akamai_mcp.audit.file import AuditFile, beside, open_plain
from akamai_mcp.audit.journal import Journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit" / "audit.jsonl"


class FakeDisk:
    """Notes each file or folder that is synced, and how many bytes a file had by then."""

    def __init__(self) -> None:
        self._synced: list[tuple[int, int]] = []

    def sync(self, descriptor: int) -> None:
        facts = os.fstat(descriptor)
        self._synced.append((facts.st_ino, facts.st_size))

    def synced(self, folder: Path) -> list[tuple[str, int]]:
        """What was synced since the last question, by today's names."""
        names = {found.stat().st_ino: found.name for found in folder.iterdir()}
        told = [(names[inode], size) if inode in names else ("folder", 0) for inode, size in self._synced]
        self._synced.clear()
        return told


def test_what_is_written_survives_a_power_failure_with_the_name_of_each_new_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FakeDisk()
    monkeypatch.setattr(os, "fsync", disk.sync)
    path.parent.mkdir()
    file = AuditFile(path, max_bytes=20, keep=2)
    file.append([b"line 0001\n"])
    assert disk.synced(path.parent) == [("audit.jsonl", 10), ("folder", 0)]
    file.append([b"line 0002\n"])
    assert disk.synced(path.parent) == [("audit.jsonl", 20)]
    file.append([b"line 0003\n"])  # in a new part
    assert disk.synced(path.parent) == [("folder", 0), ("audit.jsonl", 10), ("folder", 0)]
    file.load_key()
    assert disk.synced(path.parent) == [("audit.jsonl.key", 32), ("folder", 0)]
    journal = Journal(file)
    journal.begin("a", b"an attempt\n")
    [(name, size)] = disk.synced(path.parent)
    assert (name.startswith("audit.jsonl.open-"), size) == (True, 11)
    journal.close()


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="the descriptors of a process are not listed here")
def test_nothing_that_is_done_with_a_file_leaves_it_open(path: Path) -> None:
    def work() -> int:
        path.unlink(missing_ok=True)
        file = AuditFile(path, max_bytes=1000, keep=1)
        file.check()
        file.append([b"a line\n"])
        with pytest.raises(OSError, match="not a regular file"):
            open_plain(Path("/dev/null"), os.O_RDWR)
        return len(list(Path("/dev/fd").iterdir()))

    path.parent.mkdir()
    assert work() == work() == work()


def test_a_file_that_would_grow_too_large_is_rotated_and_the_oldest_part_given_up(path: Path) -> None:
    path.parent.mkdir()
    file = AuditFile(path, max_bytes=20, keep=2)
    for number in range(7):
        file.append([b"line %04d\n" % number])  # 10 bytes: two lines a part
    assert [part.read_bytes() for part in file.parts()] == [
        b"line 0006\n",
        b"line 0004\nline 0005\n",
        b"line 0002\nline 0003\n",
    ]


def test_a_line_larger_than_a_whole_file_is_written_all_the_same(path: Path) -> None:
    path.parent.mkdir()
    file = AuditFile(path, max_bytes=5, keep=1)
    for text in (b"larger than five\n", b"again\n"):
        file.append([text])
    assert [part.read_bytes() for part in file.parts()] == [b"again\n", b"larger than five\n"]


def test_a_gap_that_a_crash_left_between_parts_costs_no_older_part(path: Path) -> None:
    path.parent.mkdir()
    beside(path, ".2").write_bytes(b"old\n")
    file = AuditFile(path, max_bytes=5, keep=2)
    for text in (b"one\n", b"two\n"):
        file.append([text])
    assert [part.read_bytes() for part in file.parts()] == [b"two\n", b"one\n", b"old\n"]


def test_a_line_that_a_crash_tore_is_ended_before_the_next(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'{"torn":')
    AuditFile(path, max_bytes=1000, keep=1).append([b"next\n"])
    assert path.read_bytes() == b'{"torn":\nnext\n'


def test_a_file_that_stays_held_is_an_error_and_no_wait_without_end(path: Path) -> None:
    path.parent.mkdir()
    waits: list[float] = []
    file = AuditFile(path, max_bytes=1000, keep=1, sleep=waits.append)
    with file.locked(), pytest.raises(BlockingIOError, match="held by another process"):
        file.append([b"line\n"])
    assert sum(waits) == pytest.approx(10)


def test_a_key_that_is_damaged_is_an_error(path: Path) -> None:
    path.parent.mkdir()
    file = AuditFile(path, max_bytes=1000, keep=1)
    key = file.load_key()
    assert (len(key), file.load_key()) == (32, key)
    beside(path, ".key").write_bytes(b"short")
    with pytest.raises(OSError, match="not a key"):
        file.load_key()
