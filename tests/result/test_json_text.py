"""JSON as it really comes: with marks, in other encodings, with integers of any size."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.result.decoding import decode_content
from akamai_mcp.result.json_text import load

TEXT = '{"größe": "5 µm", "n": [1, 2.5]}'


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8-sig", "application/json"),
        ("utf-8-sig", "application/json; charset=utf-8"),
        ("utf-16", "application/json"),
        ("utf-32", "application/json"),
        ("utf-16", "application/json; charset=utf-16"),
        ("utf-16-be", "application/json; charset=utf-16be"),
        ("latin-1", "application/json; charset=ISO-8859-1"),
        ("cp1252", 'application/problem+json; charset="windows-1252"'),
    ],
)
def test_json_is_read_by_its_mark_or_its_charset(encoding: str, content_type: str) -> None:
    decoded = decode_content(TEXT.encode(encoding), content_type)
    assert (decoded.value, decoded.note) == (json.loads(TEXT), "")


def test_lines_of_json_with_a_mark_are_an_array() -> None:
    assert decode_content(b'\xef\xbb\xbf{"a": 1}\n{"a": 2}\n', "application/x-ndjson").value == [{"a": 1}, {"a": 2}]


def test_latin_text_that_says_it_is_utf_8_is_kept_with_a_note() -> None:
    assert "is not JSON" in decode_content(TEXT.encode("latin-1"), "application/json").note


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", "18446744073709551616"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ('"18446744073709551616"', "18446744073709551616"),
        ("1.00000000000000000001", 1.0),
        ("1e400", None),
    ],
)
def test_an_integer_keeps_its_digits(text: str, value: Any) -> None:
    content = f'{{"at": [{text}, 1]}}'.encode()
    if value is None:
        with pytest.raises(orjson.JSONDecodeError):
            load(content)
    else:
        assert load(content) == {"at": [value, 1]}


def test_lines_keep_the_digits_of_their_integers_too() -> None:
    assert (
        decode_content(b'{"id": 99999999999999999999}\n{"id": 1}\n', "application/x-ndjson").value[0]["id"]
        == "99999999999999999999"
    )


def digits(value: Any) -> Any:
    """The value with each integer beyond 64 bits as text."""
    if isinstance(value, list):
        return [digits(one) for one in value]
    return str(value) if isinstance(value, int) and not -(2**63) <= value < 2**64 else value


@given(st.recursive(st.integers() | st.text() | st.booleans() | st.none(), st.lists))
def test_what_is_read_can_be_written_and_has_lost_nothing(value: Any) -> None:
    read = load(json.dumps(value).encode())
    assert read == digits(value)
    assert orjson.loads(orjson.dumps(read)) == read
