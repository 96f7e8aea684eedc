"""Bodies of answers, by what they say they are and by what they are."""

from __future__ import annotations

import tracemalloc
from encodings.aliases import aliases
from typing import Any

import orjson
import pytest

from akamai_mcp.result.decoding import LARGE, MAX_DECODED, MAX_DEPTH, NO_BODY, Decoded, decode_content, memory_of

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


AS_TEXT = (
    "the JSON would take more than 180 MiB in memory, so it is returned as text: "
    "request less (a filter, a smaller page, a shorter period)"
)


def empty_objects(number: int) -> bytes:
    return b"[" + b"{}," * (number - 1) + b"{}]"


def test_json_is_decoded_up_to_its_memory_and_beyond_it_is_text_with_advice() -> None:
    """Few bytes of much memory: 180 MiB are reached by 2.4 MB."""
    most = MAX_DECODED // (memory_of(empty_objects(1001)) - memory_of(empty_objects(1000)))
    within, beyond = empty_objects(most - 1), empty_objects(most + 1)
    assert memory_of(within) <= MAX_DECODED < memory_of(beyond)
    assert len(within) > LARGE
    assert decode_content(within, "application/json") == Decoded(value=[{}] * (most - 1))
    assert decode_content(beyond, "application/json") == Decoded(value=beyond.decode(), note=AS_TEXT)


@pytest.mark.parametrize(
    ("one", "more"),
    [
        # What one more of each adds: its own bytes, and what CPython takes for it with its place in the list.
        (b"{},", 3 + 232),
        (b"[],", 3 + 112),
        (b'"ab",', 5 + 88),
        (b"12,", 3 + 56),
        (b'{"a":1},', 8 + 232),
        (b'{"a":"b"},', 10 + 232 + 88),
    ],
)
def test_the_estimate_of_memory_counts_each_value_by_its_kind(one: bytes, more: int) -> None:
    def estimate(number: int) -> int:
        return memory_of(b"[0," + one * number + b"0,0,0]")

    assert estimate(11) - estimate(10) == more


def test_a_text_without_values_takes_its_bytes() -> None:
    assert memory_of(b"12") == 2
    assert memory_of(b'{"a":{"b":1}}') == 13 + 2 * 232


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson"])
@pytest.mark.parametrize(("opening", "inner", "closing"), [(b"[", b"", b"]"), (b'{"a":', b"1", b"}")])
def test_json_of_more_levels_than_every_client_reads_is_text(kind: str, opening: bytes, inner: bytes, closing: bytes) -> None:
    levels = MAX_DEPTH - (kind != "application/json")  # the array of the lines is a level
    for depth in (levels, levels + 1, 2000):
        content = opening * depth + inner + closing * depth
        decoded = decode_content(content, kind)
        if depth == levels:
            assert (isinstance(decoded.value, list | dict), decoded.note) == (True, "")
        else:
            assert decoded.value == content.decode()
            assert decoded.note in {NESTED, f"the response has the Content-Type {kind} but is not JSON"}
    assert decode_content(opening * 129 + inner + closing * 129, "application/json").note == NESTED


NESTED = "the JSON has more than 128 levels, so it is returned as text"


@pytest.mark.parametrize(
    ("content", "kind", "decoded"),
    [
        (b"1\n2\n", "application/x-ndjson", Decoded(value=[1, 2], lines=True)),
        (b'{"a":1}\n{"a":2}', "application/json", Decoded(value=[{"a": 1}, {"a": 2}], lines=True)),
        (b'{"a":1}\n{"a":2}', None, Decoded(value=[{"a": 1}, {"a": 2}], lines=True)),
        (b'{"a":1}', "application/x-ndjson", Decoded(value=[{"a": 1}], lines=True)),
        (b"1\n2", "application/json", Decoded(value="1\n2", note="the response has the Content-Type application/json but is not JSON")),
        (b"1\nx", "application/x-ndjson", Decoded(value="1\nx", note="the response has the Content-Type application/x-ndjson but is not JSON")),
        (b"1\n2", None, Decoded(value="1\n2")),
        (b"null", "application/json", Decoded(value=None)),
        (b"[1,\n2]", "application/json", Decoded(value=[1, 2])),
    ],
)  # fmt: skip
def test_lines_of_json_are_an_array_and_said_to_be_lines(content: bytes, kind: str | None, decoded: Decoded) -> None:
    assert decode_content(content, kind) == decoded


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
