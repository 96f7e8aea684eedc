"""Saved answers stay below their folder, under safe names, and never over another file."""

from __future__ import annotations

from pathlib import Path

import pytest

from akamai_mcp.errors import AccessError, UpstreamTooLargeError
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy, safe_name, suggested_name
from akamai_mcp.pipeline.transport.response_body import Body


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("bundle.tgz", "bundle.tgz"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        (".bashrc", "bashrc"),
        ("a b/c d.csv", "c-d.csv"),
        ("\x00\n", "answer"),
        ("", "answer"),
    ],
)
def test_a_name_is_reduced_to_its_last_part_and_safe_characters(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_a_taken_name_is_numbered_and_the_first_file_is_left_alone(tmp_path: Path) -> None:
    policy = DownloadPolicy(folder=tmp_path / "downloads")
    first, second = policy.save("a.tgz", b"1"), policy.save("a.tgz", b"2")
    assert first is not None
    assert second is not None
    assert (first.read_bytes(), second.name, second.read_bytes()) == (b"1", "a-1.tgz", b"2")


def test_nothing_is_saved_without_a_folder_or_over_the_size(tmp_path: Path) -> None:
    assert DownloadPolicy().save("a", b"1") is None
    assert DownloadPolicy(folder=tmp_path, max_bytes=1).save("a", b"12") is None


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(AccessError) as error:
        DownloadPolicy(folder=blocked / "below").save("a", b"1")
    assert "AKAMAI_MCP_DOWNLOADS_DIR" in error.value.advice


def test_the_name_that_the_answer_suggests_is_used() -> None:
    assert suggested_name('attachment; filename="report 1.csv"', "x") == "report 1.csv"
    assert suggested_name("attachment; filename*=UTF-8''report.csv", "x") == "report.csv"
    assert suggested_name(None, "x") == "x"


def test_what_is_too_large_even_for_a_file_is_not_told_to_be_saved(tmp_path: Path) -> None:
    policy = DownloadPolicy(folder=tmp_path, max_bytes=6)
    body = Body(name="a", downloads=policy, in_memory=1, binary=True)
    body.add(bytes(6))
    with pytest.raises(UpstreamTooLargeError, match="larger than 6 bytes") as refused:
        body.add(b"x")
    body.abandon()
    assert "DOWNLOADS_DIR" not in refused.value.advice
