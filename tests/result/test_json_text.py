"""JSON as it really comes: with marks, in other encodings, with integers of any size."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.result.decoding import decode_content
from akamai_mcp.result.json_lines import MAX_LAST, describe_lines, read_lines
from akamai_mcp.result.json_text import load, to_utf8

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


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "application/json; charset=us-ascii"]
)
def test_json_in_utf_8_is_not_copied(content_type: str) -> None:
    content = b'{"a": 1}'
    assert to_utf8(content, content_type) is content


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_mark_counts_more_than_the_charset_and_is_taken_off(mark: str) -> None:
    marked = ("" if mark == "utf-8-sig" else "\ufeff") + TEXT
    assert to_utf8(marked.encode(mark), "application/json; charset=iso-8859-1") == TEXT.encode()


@pytest.mark.parametrize("charset", ["utf-16", "klingon", "base64"])
def test_content_that_is_not_what_its_charset_says_is_left_as_it_is(charset: str) -> None:
    assert to_utf8(b"{}\n", f"application/json; charset={charset}") == b"{}\n"


@pytest.mark.parametrize(
    ("content", "of_any_value", "of_containers"),
    [
        (b'{"a": 1}\n[2]\n', [{"a": 1}, [2]], [{"a": 1}, [2]]),
        (b'\x1e{"a": 1}\n\x1e{"a": 2}\n', [{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 2}]),
        (b'{"a": 1}\r\n\n  {"a": 2}', [{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 2}]),
        (b'{"a": 1}', [{"a": 1}], None),
        (b'{"a": 1}\n2', [{"a": 1}, 2], None),
        (b"1\n2\n", [1, 2], None),
        (b'{"a": 1}\n{"a": 2', None, None),
        (b"", [], None),
    ],
)
def test_lines_of_any_value_are_read_where_they_are_announced_else_two_lines_of_objects_or_arrays(
    content: bytes, of_any_value: Any, of_containers: Any
) -> None:
    assert read_lines(content, any_value=True) == of_any_value
    assert read_lines(content, any_value=False) == of_containers


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], {"count": 0}),
        ([1, {"offset": "b"}], {"count": 2, "last": {"offset": "b"}}),
        ([0], {"count": 1, "last": 0}),
        (["x" * (MAX_LAST - len('[""]'))], {"count": 1, "last": "x" * (MAX_LAST - len('[""]'))}),
        ([1, "x" * (MAX_LAST + 1)], {"count": 2}),
    ],
)
def test_lines_are_counted_and_the_last_is_shown_unless_it_is_long(values: list[Any], told: dict[str, Any]) -> None:
    assert describe_lines(values) == told


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_only_pythons_reader_takes_for_json_is_none_beside_a_long_integer_either(text: str) -> None:
    for content in (f"[{text}]", f"[{text}, 12345678901234567890123]"):
        with pytest.raises(orjson.JSONDecodeError):
            load(content.encode())


def test_an_integer_keeps_its_digits_up_to_the_largest_fraction_and_beyond_it_is_no_json() -> None:
    assert load(b"[%s]" % (b"9" * 300)) == ["9" * 300]
    with pytest.raises(orjson.JSONDecodeError):
        load(b"[%s]" % (b"9" * 5000))


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
