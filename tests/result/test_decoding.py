"""Bodies of answers, by what they say they are and by what they are."""

from __future__ import annotations

import tracemalloc
from encodings.aliases import aliases
from typing import Any

import orjson
import pytest

from akamai_mcp.result.decoding import NO_BODY, decode_content, memory_of

LATIN = "größe".encode("latin-1")


@pytest.mark.parametrize(
    ("content", "kind", "value"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}),
        (b"[0]", "application/problem+json; charset=utf-8", [0]),
        (b"{}", "domain-vnd-config-gtm.v1.5+json", {}),
        (b"{}", "Application/JSON", {}),
        (b'{"a": 1}', None, {"a": 1}),
        (b"a,b\r\n", "text/csv", "a,b\r\n"),
        (b"www 300 IN A 192.0.2.1", "text/dns", "www 300 IN A 192.0.2.1"),
        (b"<a/>", "application/xml", "<a/>"),
        (LATIN, "text/plain; charset=ISO-8859-1", "größe"),
        (LATIN, 'text/plain; charset="latin-1"', "größe"),
        (b"plain", None, "plain"),
    ],
)
def test_a_body_is_read_by_its_type(content: bytes, kind: str | None, value: Any) -> None:
    decoded = decode_content(content, kind)
    assert (decoded.value, decoded.note) == (value, "")


@pytest.mark.parametrize("kind", [None, "application/json", "application/gzip"])
def test_empty_content_is_no_body(kind: str | None) -> None:
    assert decode_content(b"", kind).value is NO_BODY


def test_binary_content_is_base64_with_type_and_size() -> None:
    assert decode_content(b"\x1f\x8b\x08", "application/gzip; x=y").value == {
        "base64": "H4sI",
        "contentType": "application/gzip",
        "bytes": 3,
    }


@pytest.mark.parametrize(
    ("content", "kind", "value", "note"),
    [
        (b"<html>", "application/json", "<html>", "the response has the Content-Type application/json but is not JSON"),
        (b'{"a": 1', "application/json", '{"a": 1', "the response has the Content-Type application/json but is not JSON"),
        (b"\xff", "text/plain", {"base64": "/w==", "contentType": "text/plain", "bytes": 1}, "the response has the Content-Type text/plain but is not utf-8 text"),
        (b"a", "text/plain; charset=klingon", {"base64": "YQ==", "contentType": "text/plain", "bytes": 1},
         "the response has the Content-Type text/plain; charset=klingon but is not klingon text"),
        (b"\xff", None, {"base64": "/w==", "contentType": "application/octet-stream", "bytes": 1}, ""),
        (b"\xff", "application/json", {"base64": "/w==", "contentType": "application/json", "bytes": 1}, "the response has the Content-Type application/json but is not JSON"),
    ],
)  # fmt: skip
def test_content_that_does_not_match_its_content_type_is_kept_with_a_note(
    content: bytes, kind: str | None, value: Any, note: str
) -> None:
    decoded = decode_content(content, kind)
    assert (decoded.value, decoded.note) == (value, note)


@pytest.mark.parametrize("charset", sorted({*aliases.values(), "undefined", "unheard-of", "a\0b", "\udc80"}))
def test_any_charset_that_an_answer_names_leaves_an_answer(charset: str) -> None:
    decoded = decode_content(b"\xff\xfe.a", f"text/plain; charset={charset}")
    assert isinstance(decoded.value, str) or decoded.value["base64"] == "//4uYQ=="


FULL = 16 * 1024 * 1024
COSTLY = {
    "small lists": b"[1],",
    "empty lists": b"[],",
    "empty objects": b"{},",
    "small objects": b'{"a":1},',
    "short texts": b'"ab",',
    "lists of lists": b"[[[]]],",
}
ORDINARY = {
    "records": b'{"uniqueId":"12345_LIST","name":"a list","type":"IP","elementCount":3,"tags":["a","b"]},',
    "addresses": b'"192.0.2.1/32 2001:db8::/32 and a word",',
}


def json_of(item: bytes, size: int = FULL) -> bytes:
    return b"[" + (item * (size // len(item) - 1))[:-1] + b"]"


@pytest.mark.parametrize("item", COSTLY.values(), ids=COSTLY)
def test_json_that_would_fill_the_memory_is_given_as_text_with_advice(item: bytes) -> None:
    content = json_of(item)
    decoded = decode_content(content, "application/json")
    assert decoded.value == content.decode()
    assert "request less" in decoded.note


@pytest.mark.parametrize("item", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_json_is_decoded_up_to_the_largest_response(item: bytes) -> None:
    decoded = decode_content(json_of(item), "application/json")
    assert isinstance(decoded.value, list)
    assert decoded.note == ""


@pytest.mark.parametrize(
    "item", [*COSTLY.values(), *ORDINARY.values(), b"1.5,", b"1234567,"], ids=[*COSTLY, *ORDINARY, "fractions", "numbers"]
)
def test_the_estimate_of_memory_is_near_what_the_values_take(item: bytes) -> None:
    content = json_of(item, 1024 * 1024)
    tracemalloc.start()
    value = orjson.loads(content)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert value
    assert memory_of(content) > 0.8 * taken
