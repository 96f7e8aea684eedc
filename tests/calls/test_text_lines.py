"""Stored text is read by lines, however many it has."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.calls.text_lines import MAX_SELECTED_LINES, slice_text, split_lines
from akamai_mcp.errors import ArgumentError

MANY = "\n" * (MAX_SELECTED_LINES + 1)


@pytest.mark.parametrize(
    ("offset", "limit", "shown"),
    [(0, 0, "a\nb\r\nc"), (1, 0, "b\r\nc"), (0, 2, "a\nb\r\n"), (2, 5, "c"), (9, 1, ""), (-3, 1, "a\n"), (1, -4, "b\r\nc")],
)
def test_a_slice_of_a_text_has_its_lines_as_they_are(offset: int, limit: int, shown: str) -> None:
    assert slice_text("a\nb\r\nc", offset, limit) == shown


@given(st.text("ab\r\n", max_size=12), st.integers(0, 5), st.integers(0, 5))
def test_a_slice_has_the_lines_that_python_reads_from_a_file(text: str, offset: int, limit: int) -> None:
    lines = list(io.StringIO(text, newline=""))
    assert slice_text(text, offset, limit) == "".join(lines[offset:][: limit or None])


def test_a_slice_of_a_text_of_too_many_lines_to_select_from_is_given() -> None:
    assert slice_text(MANY, MAX_SELECTED_LINES, 5) == "\n"
    with pytest.raises(ArgumentError, match="1,000,000 lines") as refused:
        split_lines(MANY)
    assert refused.value.advice == "Read a part of it from its resource: add ?offset=0&limit=1000, in lines."
    assert len(split_lines(MANY[1:])) == MAX_SELECTED_LINES


def test_the_lines_to_select_from_have_no_line_feeds() -> None:
    assert split_lines("a\nb\r\nc") == ["a", "b", "c"]
