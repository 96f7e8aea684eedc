"""Which files may become bodies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from akamai_mcp.access.files import FilePolicy
from akamai_mcp.errors import BodyError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    below = tmp_path / "files"
    (below / "sub").mkdir(parents=True)
    (below / "a.txt").write_bytes(b"hello")
    (below / "sub" / "b.txt").write_bytes(b"there")
    (tmp_path / "files-not").mkdir()
    (tmp_path / "files-not" / "c.txt").write_bytes(b"outside")
    return below


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"hello"), ("sub/b.txt", b"there"), ("./sub/../a.txt", b"hello")])
def test_a_file_below_the_folder_is_read(folder: Path, name: str, content: bytes) -> None:
    assert FilePolicy(folder=folder).read(name) == content


def test_an_absolute_path_below_the_folder_is_read(folder: Path) -> None:
    assert FilePolicy(folder=folder).read(str(folder / "a.txt")) == b"hello"


def test_a_link_that_stays_below_the_folder_is_followed(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "a.txt")
    assert FilePolicy(folder=folder).read("link") == b"hello"


@pytest.mark.parametrize("name", ["../files-not/c.txt", "..", ".", "", "sub", "missing", "\x00", "\udc80", "y" * 300, "a.txt/b"])
def test_nothing_else_is_a_file(folder: Path, name: str) -> None:
    with pytest.raises(BodyError, match="There is no file"):
        FilePolicy(folder=folder).read(name)


def test_links_that_lead_out_or_in_a_circle_are_no_files(folder: Path) -> None:
    (folder / "out").symlink_to(folder.parent / "files-not" / "c.txt")
    (folder / "folder-out").symlink_to(folder.parent / "files-not")
    (folder / "circle").symlink_to(folder / "circle")
    for name in ("out", "folder-out/c.txt", "circle"):
        with pytest.raises(BodyError, match="There is no file"):
            FilePolicy(folder=folder).read(name)


def test_a_pipe_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(BodyError, match="There is no file"):
        FilePolicy(folder=folder).read("pipe")


def test_a_file_over_the_limit_is_refused(folder: Path) -> None:
    assert FilePolicy(folder=folder, max_bytes=5).read("a.txt") == b"hello"
    with pytest.raises(BodyError, match=r"'a.txt' is larger than 4 bytes."):
        FilePolicy(folder=folder, max_bytes=4).read("a.txt")


def test_without_a_folder_no_file_is_read() -> None:
    with pytest.raises(BodyError, match="not allowed") as refused:
        FilePolicy().read("/etc/hostname")
    assert "AKAMAI_MCP_FILES_DIR" in refused.value.advice
