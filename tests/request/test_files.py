"""Which files may become bodies, and that what is sent is the file that was found."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from akamai_mcp.errors import BodyError, UploadChangedError
from akamai_mcp.request.content import FileContent
from akamai_mcp.request.files import CHUNK, FilePolicy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    below = tmp_path / "files"
    (below / "sub").mkdir(parents=True)
    (below / "a.txt").write_bytes(b"hello")
    (below / "sub" / "b.txt").write_bytes(b"there")
    (tmp_path / "files-not").mkdir()
    (tmp_path / "files-not" / "c.txt").write_bytes(b"outside")
    return below


def read(found: FileContent) -> bytes:
    return b"".join(found.read())


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"hello"), ("sub/b.txt", b"there"), ("./sub/../a.txt", b"hello")])
def test_a_file_below_the_folder_is_found_with_its_size_and_read_as_often_as_it_is_sent(
    folder: Path, name: str, content: bytes
) -> None:
    found = FilePolicy(folder=folder).find(name)
    assert (found.size, read(found), read(found)) == (len(content), content, content)


def test_a_file_shows_its_size_and_not_where_it_is(folder: Path) -> None:
    assert repr(FilePolicy(folder=folder).find("a.txt")) == "FileContent(size=5)"


def test_an_absolute_path_below_the_folder_is_read(folder: Path) -> None:
    assert read(FilePolicy(folder=folder).find(str(folder / "a.txt"))) == b"hello"


def test_a_symlink_within_the_folder_is_followed(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "a.txt")
    assert read(FilePolicy(folder=folder).find("link")) == b"hello"


def test_an_empty_file_is_an_empty_body(folder: Path) -> None:
    (folder / "empty").touch()
    assert (FilePolicy(folder=folder).find("empty").size, read(FilePolicy(folder=folder).find("empty"))) == (0, b"")


@pytest.mark.parametrize("name", ["../files-not/c.txt", "..", ".", "", "sub", "missing", "\x00", "\udc80", "y" * 300, "a.txt/b"])
def test_only_regular_files_are_files(folder: Path, name: str) -> None:
    with pytest.raises(BodyError, match="There is no file"):
        FilePolicy(folder=folder).find(name)


def test_symlinks_that_lead_out_or_in_a_circle_are_not_files(folder: Path) -> None:
    (folder / "out").symlink_to(folder.parent / "files-not" / "c.txt")
    (folder / "folder-out").symlink_to(folder.parent / "files-not")
    (folder / "circle").symlink_to(folder / "circle")
    for name in ("out", "folder-out/c.txt", "circle"):
        with pytest.raises(BodyError, match="There is no file"):
            FilePolicy(folder=folder).find(name)


def test_a_pipe_is_not_a_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(BodyError, match="There is no file"):
        FilePolicy(folder=folder).find("pipe")


def test_a_file_over_the_limit_is_refused(folder: Path) -> None:
    assert FilePolicy(folder=folder, max_bytes=5).find("a.txt").size == 5
    with pytest.raises(BodyError, match=r"'a.txt' is larger than 4 bytes."):
        FilePolicy(folder=folder, max_bytes=4).find("a.txt")


def test_without_a_folder_no_file_is_read() -> None:
    with pytest.raises(BodyError, match="not allowed") as refused:
        FilePolicy().find("/etc/hostname")
    assert "AKAMAI_MCP_FILES_DIR" in refused.value.advice


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def shrunk(path: Path) -> None:
    os.truncate(path, 2)


def rewritten(path: Path) -> None:
    times = path.stat()
    path.write_bytes(b"HELLO"[: times.st_size].ljust(times.st_size))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1))


def rewritten_at_the_same_time(path: Path) -> None:
    times = path.stat()
    path.write_bytes(b"HELLO"[: times.st_size].ljust(times.st_size))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    while path.stat().st_ctime_ns == times.st_ctime_ns:  # the clock of some file systems ticks in milliseconds
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_mtime_ns == times.st_mtime_ns


def replaced(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    other.rename(path)


def led_away(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent.parent / "files-not" / "c.txt")


@pytest.mark.parametrize("change", [grown, shrunk, rewritten, rewritten_at_the_same_time, replaced, led_away, Path.unlink])
def test_a_file_that_was_replaced_before_it_is_sent_is_not_sent(folder: Path, change: Callable[[Path], None]) -> None:
    found = FilePolicy(folder=folder).find("a.txt")
    change(folder / "a.txt")
    with pytest.raises(UploadChangedError, match=r"'a.txt' (changed|cannot be read)"):
        next(found.read())


@pytest.mark.parametrize("change", [grown, shrunk, rewritten, rewritten_at_the_same_time])
def test_the_last_bytes_of_a_file_that_changes_while_it_is_sent_are_held_back(
    folder: Path, change: Callable[[Path], None]
) -> None:
    large = folder / "large"
    large.write_bytes(bytes(CHUNK + 1))
    chunks = FilePolicy(folder=folder).find("large").read()
    assert len(next(chunks)) == CHUNK
    change(large)
    with pytest.raises(UploadChangedError, match="'large' changed since the call began"):
        next(chunks)
