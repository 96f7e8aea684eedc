"""The part of a stored answer that a handle names: a member, the lines that match, or a refusal that says what to do."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from archive_samples import zip_of

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.files.address import Address
from akamai_mcp.result.files.parts import find_part

HANDLE = "akamai://results/1"


def binary(content: bytes, kind: str = "application/octet-stream") -> dict[str, Any]:
    return {"base64": base64.b64encode(content).decode(), "contentType": kind, "bytes": len(content)}


FILES = {"a.txt": b"one\ntwo\n", "marked.txt": "\ufefftwo".encode(), "b.bin": b"two\0", "c.bin": b"two\xff"}
ARCHIVE = binary(zip_of(FILES), "application/zip")


def part(value: Any, member: str = "", search: str = "") -> Any:
    return find_part(value, Address(handle=HANDLE, member=member, search=search))


@pytest.mark.parametrize("value", ["text", {"a": 1}, [1], ARCHIVE, None])
def test_without_a_part_it_is_the_answer_itself(value: Any) -> None:
    assert part(value) is value


@pytest.mark.parametrize(
    ("member", "content"),
    [
        ("a.txt", "one\ntwo\n"),
        ("marked.txt", "two"),
        ("b.bin", binary(b"two\0")),
        ("c.bin", binary(b"two\xff")),
    ],
)
def test_a_member_is_its_text_or_a_binary_body(member: str, content: Any) -> None:
    assert part(ARCHIVE, member) == content


@pytest.mark.parametrize(
    ("value", "member", "matches"),
    [
        ("one\ntwo", "", [{"line": 1, "text": "two"}]),
        (ARCHIVE, "a.txt", [{"member": "a.txt", "line": 1, "text": "two"}]),
        (ARCHIVE, "", [{"member": "a.txt", "line": 1, "text": "two"}, {"member": "marked.txt", "line": 0, "text": "two"}]),
    ],
)
def test_a_search_finds_the_lines_of_texts_and_of_the_texts_of_an_archive(value: Any, member: str, matches: list[Any]) -> None:
    assert part(value, member, "^two") == {"matches": matches}


NO_TEXT = ("Only text and archives are searched.", "Use select with a JMESPath expression instead.")
NO_MEMBERS = ("This answer is not an archive, so it has no members.", "Use select.")
NO_ARCHIVE = ("This file is not a tar, tar.gz, zip or gzip file.", "Read it with select = base64.")


@pytest.mark.parametrize(
    ("value", "member", "search", "refusal"),
    [
        ({"a": 1}, "", "a", NO_TEXT),
        ([1], "", "a", NO_TEXT),
        (ARCHIVE, "b.bin", "two", NO_TEXT),
        ({"a": 1}, "a.txt", "", NO_MEMBERS),
        ("text", "a.txt", "x", NO_MEMBERS),
        (binary(b"plain"), "a.txt", "", NO_ARCHIVE),
        (binary(b"plain"), "", "a", NO_ARCHIVE),
    ],
)
def test_what_has_no_such_part_is_refused_with_what_to_do(value: Any, member: str, search: str, refusal: tuple[str, str]) -> None:
    with pytest.raises(ArgumentError) as refused:
        part(value, member, search)
    assert (refused.value.message, refused.value.advice) == refusal
