"""The values of a built request are read back whole and in the order in which they are sent, each with its place."""

from __future__ import annotations

from hashlib import sha256
from itertools import chain
from typing import Any

import pytest
from samples import files

from akamai_mcp.request.builder import Request
from akamai_mcp.request.content import Content, Streamed
from akamai_mcp.request.inspection.values import (
    MAX_VALUES,
    Opaque,
    digest_content,
    digested_headers,
    has_files,
    own_names,
    read_values,
)

JSON, FORM, TEXT = "application/json", "application/x-www-form-urlencoded", "text/plain"
PARTS = "multipart/form-data; boundary=random"
NO_TEXT = b"\xff\x00"
FILE = files({"a.bin": b"12345"})("a.bin")
HEAD = b'--random\r\nContent-Disposition: form-data; name="%s"\r\nContent-Type: text/plain\r\n\r\n'
READ_HEAD = 'Content-Disposition: form-data; name="%s"; Content-Type: text/plain'
END = b"\r\n--random--\r\n"

Value = tuple[str, tuple[Any, ...], Any]


def opaque(content: bytes) -> Opaque:
    return Opaque(size=len(content), digest=sha256(content).hexdigest())


def sent(content: Content | None = None, kind: str = "", target: str = "/a", **headers: str) -> Request:
    own = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request(method="POST", target=target, headers=(*own, *([("Content-Type", kind)] if kind else [])), content=content)


def values(request: Request) -> list[Value]:
    return [(one.location, one.steps, one.value) for one in read_values(request)]


def test_headers_come_first_then_the_query_then_the_body() -> None:
    request = sent(b'{"a": 1}', JSON, "/a?x=1&y=&x=2&z", Accept="text/csv", Policy_Set="p", If_Match="e")
    assert values(request) == [
        ("header", ("Policy-Set",), "p"),
        ("header", ("If-Match",), "e"),
        *(("query", (name,), value) for name, value in (("x", "1"), ("y", ""), ("x", "2"), ("z", ""))),
        ("body", ("a",), 1),
    ]


# What is sent, and what is read of it beside a Content-Type that says more than the values do.
BODIES: list[tuple[Content | None, str, list[Value]]] = [
    (None, JSON, []),
    (
        b'{"a": {"b": [1, {}, []]}, "c": null, "a": 2}',
        JSON,
        [("body", ("a", "b", 0), 1), ("body", ("a", "b", 1), {}), ("body", ("a", "b", 2), []), ("body", ("c",), None), ("body", ("a",), 2)],
    ),
    (b"[true]", "Application/JSON", [("body", (0,), True)]),
    (b'"text"', JSON, [("body", (), "text")]),
    (b"{'a': 1}", JSON, [("body", (), "{'a': 1}")]),
    (b"[" * 100_000, JSON, [("body", (), "[" * 100_000)]),
    (NO_TEXT, JSON, [("body", (), opaque(NO_TEXT))]),
    (b"a=1&b=&a=2", FORM, [("header", ("Content-Type",), FORM), ("body", ("a",), "1"), ("body", ("b",), ""), ("body", ("a",), "2")]),
    (b"a=1", TEXT, [("header", ("Content-Type",), TEXT), ("body", (), "a=1")]),
    (b"a=1", "", [("body", (), "a=1")]),
    (NO_TEXT, TEXT, [("header", ("Content-Type",), TEXT), ("body", (), opaque(NO_TEXT))]),
    (Streamed(pieces=(FILE,)), JSON, [("body", (), opaque(b"12345"))]),
    (b"a=1", "multipart/form-data", [("body", (), "a=1")]),
    (
        HEAD % b"a" + b"1\r\n2\r\n" + HEAD % b"b" + NO_TEXT + END,
        PARTS,
        [("part", (READ_HEAD % "a",), "1\r\n2"), ("part", (READ_HEAD % "b",), opaque(NO_TEXT))],
    ),
    (HEAD % b"\xff" + b"1" + END, PARTS, [("part", (READ_HEAD % "\ufffd",), "1")]),
    (HEAD % b"a" + b"" + END, PARTS, [("part", (READ_HEAD % "a",), "")]),
    (
        Streamed(pieces=(HEAD % b"a" + b"1\r\n", HEAD % b"b", FILE, b"\r\n" + HEAD % b"c" + b"3", END)),
        PARTS,
        [("part", (READ_HEAD % "a",), "1"), ("part", (READ_HEAD % "b",), opaque(b"12345")), ("part", (READ_HEAD % "c",), "3")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("content", "kind", "read"), BODIES, ids=range(len(BODIES)))
def test_a_body_has_its_values_however_it_is_written(content: Content | None, kind: str, read: list[Value]) -> None:
    assert values(sent(content, kind)) == read


LONG = b'{"rows": [' + b'{"_method": 1}' + b"]}"


@pytest.mark.parametrize(
    ("content", "kind", "names"),
    [
        (None, JSON, []),
        (b'{"_method": "PUT", "a": {"b": 1}, "c": {}}', JSON, ["_method", "a", "c"]),
        (b'{"a": 1, "b": 2}', JSON, []),
        (LONG, JSON, ["rows"]),
        (b'[{"_method": 1}]', JSON, []),
        (b'"_method"', JSON, []),
        (b"a=1&_method=PUT", FORM, ["a", "_method"]),
        (b"a=1&%5fmethod=PUT", FORM, ["a", "_method"]),
        (b"a=1&%2524HTTP_Method=PUT", FORM, ["a", "%24HTTP_Method"]),
        (b'{"\\u0024method": 1}', JSON, ["$method"]),
        (b'{"\\u005Fmethod": 1}', JSON, ["_method"]),
        (b"_method", TEXT, []),
        (HEAD % b"_method" + b"PUT\r\n" + HEAD % b"a" + b"1" + END, PARTS, ["_method", "a"]),
        (Streamed(pieces=(HEAD % b"a", FILE, END)), PARTS, ["a"]),
    ],
)
def test_the_names_of_a_bodys_own_members_are_read_where_one_may_be_that_of_a_method(
    content: Content | None, kind: str, names: list[str]
) -> None:
    assert list(own_names(sent(content, kind))) == names


def test_at_most_20_000_values_are_read_and_one_more_that_says_so() -> None:
    assert len(read_values(sent(b"[%b1]" % (b"0," * MAX_VALUES), JSON))) == MAX_VALUES + 1
    assert len(read_values(sent(b"[%b1]" % (b"0," * (MAX_VALUES + 1)), JSON))) == MAX_VALUES + 1
    assert len(read_values(sent(b"[%b1]" % (b"0," * (MAX_VALUES - 1)), JSON))) == MAX_VALUES


def test_only_a_body_of_files_reads_files() -> None:
    assert [has_files(sent(one, TEXT)) for one in (None, b"text", Streamed(pieces=(FILE,)))] == [False, False, True]


def test_a_form_is_the_same_whatever_its_random_boundary_is() -> None:
    one, other = (
        sent(Streamed(pieces=(b"--%b\r\na" % mark, FILE, b"--%b--" % mark)), f"multipart/form-data; boundary={mark.decode()}")
        for mark in (b"r1", b"r2")
    )
    assert digest_content(one) == digest_content(other) != digest_content(sent(b"--r1\r\na", PARTS))
    assert digested_headers(one) == digested_headers(other) == [("content-type", "multipart/form-data; boundary=")]


def test_a_form_is_read_the_same_in_whatever_pieces_it_comes() -> None:
    for content, kind, read in BODIES[-3:]:
        pieces = content.pieces if isinstance(content, Streamed) else (content or b"",)
        apart = [[bytes([byte]) for byte in piece] if isinstance(piece, bytes) else [piece] for piece in pieces]
        assert values(sent(Streamed(pieces=tuple(chain.from_iterable(apart))), kind)) == read


def test_the_digest_is_of_all_bytes_and_files_in_their_order() -> None:
    other = files({"a.bin": b"54321"})("a.bin")
    streams = [(b"1", FILE, b"2"), (b"1", other, b"2"), (b"2", FILE, b"1"), (FILE, b"12"), (b"12", FILE)]
    digests = [digest_content(sent(Streamed(pieces=pieces), TEXT)) for pieces in streams]
    assert len({*digests}) == len(streams)
    assert digests[0] == sha256(b"1" + sha256(b"12345").digest() + b"2").hexdigest()


def test_what_is_no_form_has_the_digest_of_its_bytes_and_nothing_has_none() -> None:
    assert digest_content(sent(b"random", TEXT)) == sha256(b"random").hexdigest()
    assert digest_content(sent(None, TEXT)) == ""
