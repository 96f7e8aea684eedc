"""Parts of a stored answer: how a handle names them, and which lines a search finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.errors import ArgumentError
from akamai_mcp.result.files.address import Address, parse_address
from akamai_mcp.result.files.search import LONGEST_LINE, MAX_MATCHES, MAX_PATTERN, search_lines
from akamai_mcp.result.store import HANDLE_PREFIX

HANDLE = f"{HANDLE_PREFIX}abc"
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@given(member=TEXT, search=TEXT)
def test_an_address_is_read_as_it_was_written_with_and_without_its_prefix(member: str, search: str) -> None:
    address = Address(handle=HANDLE, member=member, search=search)
    assert parse_address(address.text) == parse_address(address.text.removeprefix(HANDLE_PREFIX)) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("abc", Address(handle=HANDLE)),
        ("abc?", Address(handle=HANDLE)),
        ("abc?&member=a.txt&", Address(handle=HANDLE, member="a.txt")),
        ("abc?member=a?b=c", Address(handle=HANDLE, member="a?b=c")),
        ("abc?search=a+b%2Bc=d", Address(handle=HANDLE, search="a+b+c=d")),
        ("abc?member=a%26b&search=%3D", Address(handle=HANDLE, member="a&b", search="=")),
        *((f"abc?embed={said}", Address(handle=HANDLE, embed=True)) for said in ("true", "True", "1")),
        *((f"abc?embed={said}", Address(handle=HANDLE)) for said in ("false", "0", "")),
        ("abc?embed", Address(handle=HANDLE)),
    ],
)
def test_the_parts_of_a_handle_stand_in_its_query(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("query", ["file=a", "member=a&select=b", "MEMBER=a", "a"])
def test_a_part_that_handles_do_not_have_is_refused_with_those_that_they_have(query: str) -> None:
    with pytest.raises(ArgumentError, match="has no part") as refused:
        parse_address(f"abc?{query}")
    assert "?member=NAME" in refused.value.advice


def numbers(expression: str, text: str) -> list[int]:
    return [match["line"] for match in search_lines(expression, [("", text)])["matches"]]


@pytest.mark.parametrize(
    ("text", "empty"),
    [("", []), ("\n", [0]), ("a\n\nb\n", [1]), ("a\n\nb", [1]), ("\n\n", [0, 1]), ("a", [])],
)
def test_a_line_ends_with_a_line_feed_and_nothing_follows_the_last_one(text: str, empty: list[int]) -> None:
    assert numbers("^$", text) == empty


def test_a_match_says_in_which_member_on_which_line_and_what_is_around_it() -> None:
    long = "a" * 1000 + "needle" + "b" * 1000
    found = search_lines("needle", [("one.js", f"x\n{long}"), ("", "needle")])
    assert [(match.get("member"), match["line"]) for match in found["matches"]] == [("one.js", 1), (None, 0)]
    assert found["matches"][1] == {"line": 0, "text": "needle"}
    shown = found["matches"][0]["text"]
    assert (len(shown), shown.index("needle")) == (LONGEST_LINE, LONGEST_LINE // 2)
    assert "more" not in found


@pytest.mark.parametrize(("lines", "more"), [(MAX_MATCHES, False), (MAX_MATCHES + 1, True)])
def test_no_more_than_the_most_matches_are_given_and_it_is_said_that_there_are_more(lines: int, more: bool) -> None:
    found = search_lines("x", [("", "x\n" * lines)])
    assert (len(found["matches"]), found.get("more", False)) == (MAX_MATCHES, more)


@pytest.mark.parametrize("expression", ["(", "(?=a)", r"(a)\1", "x" * (MAX_PATTERN + 1)])
def test_what_is_no_expression_or_too_long_is_refused(expression: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        search_lines(expression, [])
    assert refused.value.advice.startswith("Use a shorter expression" if len(expression) > MAX_PATTERN else "Use RE2's syntax")
    search_lines("x" * MAX_PATTERN, [])
