"""Bodies of answers, by what they say they are and by what they are."""

from __future__ import annotations

from encodings.aliases import aliases
from typing import Any

import pytest

from akamai_mcp.result.decoding import NO_BODY, decode_content

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
