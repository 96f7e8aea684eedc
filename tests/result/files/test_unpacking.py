"""Gzip is unpacked stream by stream within a bound."""

from __future__ import annotations

import gzip

import pytest
from hostile_rows import MIB, packed

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.files.unpacking import ADVICE, MAX_UNPACKED, gunzip

TOO_MUCH = "The archive unpacks to more than 67,108,864 bytes."


@pytest.mark.parametrize(
    ("content", "unpacked"),
    [
        (gzip.compress(b"text"), b"text"),
        (gzip.compress(b"te") + gzip.compress(b"") + gzip.compress(b"xt"), b"text"),
        (gzip.compress(b"text") + bytes(100), b"text"),
        (gzip.compress(b"text") + b"\x1f and more", b"text"),
        (b"text", b""),
    ],
)
def test_streams_follow_each_other_and_padding_ends_them(content: bytes, unpacked: bytes) -> None:
    assert gunzip(content) == unpacked


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (gzip.compress(b"x" * 1000)[:-9], "The archive ends too early."),
        (gzip.compress(b"x") + b"\x1f\x8b", "The archive ends too early."),
        (gzip.compress(b"x")[:-8] + b"\0" * 8, "The archive is damaged."),
        (packed(MAX_UNPACKED // MIB) + gzip.compress(b"\0"), TOO_MUCH),
    ],
)
def test_what_cannot_be_unpacked_says_why_and_how_to_read_it_else(content: bytes, problem: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        gunzip(content)
    assert (refused.value.message, refused.value.advice) == (problem, ADVICE)


def test_all_streams_together_are_unpacked_up_to_the_bound() -> None:
    assert len(gunzip(packed(MAX_UNPACKED // 2 // MIB) * 2)) == MAX_UNPACKED
