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
        ("a\\b.ini", "b.ini"),
        ("a/b\\c/d.ini", "d.ini"),
        ("_a-1_.csv", "_a-1_.csv"),
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


def test_the_folder_is_made_where_it_is_missing_and_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    saved = DownloadPolicy(folder=tmp_path / "one" / "two").save("a", b"1")
    assert saved == tmp_path / "one" / "two" / "a"
    assert saved.stat().st_mode & 0o777 == 0o600


def test_nothing_is_saved_without_a_folder_or_over_the_size(tmp_path: Path) -> None:
    assert DownloadPolicy().save("a", b"1") is None
    assert DownloadPolicy(folder=tmp_path, max_bytes=1).save("a", b"12") is None
    assert DownloadPolicy(folder=tmp_path, max_bytes=1).save("a", b"1") == tmp_path / "a"


def received(downloads: DownloadPolicy, *chunks: bytes, binary: bool) -> Body:
    body = Body(name="a.bin", downloads=downloads, in_memory=6, binary=binary)
    for chunk in chunks:
        body.add(chunk)
    return body.finish()


def test_a_response_is_in_memory_up_to_its_bound_and_in_a_file_beyond_it(tmp_path: Path) -> None:
    policy = DownloadPolicy(folder=tmp_path, stream_over=4)
    for binary, bound in ((True, 4), (False, 6)):
        small = received(policy, b"a" * 2, b"b" * (bound - 2), binary=binary)
        assert (small.path, small.content, small.in_memory_bytes) == (None, b"aa" + b"b" * (bound - 2), bound)
        large = received(policy, b"a" * bound, b"b", b"c", binary=binary)
        assert large.path is not None
        assert (large.path.read_bytes(), large.in_memory_bytes, large.size) == (b"a" * bound + b"bc", 0, bound + 2)
        assert large.content == (b"" if binary else b"a" * bound)  # text begins in the answer


def test_without_a_folder_a_response_beyond_the_bound_is_refused_with_what_could_be_set() -> None:
    assert received(DownloadPolicy(), b"123456", binary=True).content == b"123456"
    with pytest.raises(UpstreamTooLargeError, match="larger than 6 bytes") as refused:
        received(DownloadPolicy(), b"123456", b"7", binary=True)
    assert "AKAMAI_MCP_DOWNLOADS_DIR" in refused.value.advice


def test_by_default_more_than_four_mebibytes_of_binary_content_go_to_a_file(tmp_path: Path) -> None:
    body = Body(name="a", downloads=DownloadPolicy(folder=tmp_path), in_memory=16 * 1024 * 1024, binary=True)
    body.add(bytes(4 * 1024 * 1024))
    assert body.path is None
    body.add(b"x")
    assert body.path == tmp_path / "a"
    body.abandon()


def test_the_beginning_of_a_text_in_a_file_is_shown_however_small_the_pieces_it_came_in(tmp_path: Path) -> None:
    body = Body(name="a", downloads=DownloadPolicy(folder=tmp_path), in_memory=5_000, binary=False)
    for number in range(600):
        body.add(f"{number:010}".encode())
    content = b"".join(f"{number:010}".encode() for number in range(200))
    assert (body.finish().content, body.size) == (content, 6_000)
    assert (tmp_path / "a").stat().st_size == 6_000


@pytest.mark.parametrize("is_gone", [False, True])
def test_the_file_of_a_response_that_broke_off_is_deleted_and_may_be_gone_already(tmp_path: Path, *, is_gone: bool) -> None:
    body = Body(name="a", downloads=DownloadPolicy(folder=tmp_path), in_memory=1, binary=True)
    body.add(b"123")
    assert [file.name for file in tmp_path.iterdir()] == ["a"]
    if is_gone:
        (tmp_path / "a").unlink()
    body.abandon()
    assert [*tmp_path.iterdir()] == []


def test_a_response_that_was_sent_and_cannot_be_saved_is_too_large_and_not_refused(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    body = Body(name="a", downloads=DownloadPolicy(folder=blocked), in_memory=1, binary=True)
    with pytest.raises(UpstreamTooLargeError) as refused:
        body.add(b"123")
    assert (refused.value.message, refused.value.advice) == (
        "The response is too large for memory and cannot be saved. The download folder is not writable (FileExistsError).",
        "Set AKAMAI_MCP_DOWNLOADS_DIR to a folder that the server can write to.",
    )
    body.abandon()  # there is nothing to delete


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
