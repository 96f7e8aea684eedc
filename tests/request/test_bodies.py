from __future__ import annotations

import base64
import json
import math
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

import pytest
from samples import files, no_file, whole

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import ArgumentError, BodyError
from akamai_mcp.media_types import is_json
from akamai_mcp.openapi.model import MediaType
from akamai_mcp.request.bodies import EncodedBody, encode_body, is_binary_reference
from akamai_mcp.request.content import FileContent, Streamed

STRING = {"type": "string"}
BINARY = b"\x1f\x8b\x00\xff\r\n--x"
AS_BASE64 = {"base64": base64.b64encode(BINARY).decode()}
FILES = {"bundles/edge.tgz": BINARY}


def encode(value: Any, name: str, schema: dict[str, Any] | None = None, **more: Any) -> EncodedBody:
    return encode_body(value, MediaType(name=name, schema=schema or {}, **more), files(FILES))


def parts(encoded: EncodedBody) -> list[tuple[bytes, bytes]]:
    boundary = b"--" + encoded.content_type.partition("boundary=")[2].encode()
    pieces = whole(encoded.content).split(boundary)[1:-1]
    heads = [piece.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n") for piece in pieces]
    return [(head, content) for head, _, content in heads]


# --- each media type that the documents have -----------------------------------------------------------------------------

KINDS = {
    "application/json": "json",
    "multipart/form-data": "multipart",
    "text/dns": "text",
    "text/plain": "text",
    "application/x-www-form-urlencoded": "form",
    "application/octet-stream": "binary",
    "application/gzip": "binary",
    "application/tar+gzip": "binary",
    "application/json-patch+json": "json",
    "application/xml": "text",
    "*/*": "range",
}


def test_the_documents_have_these_media_types_of_bodies_and_no_others(catalogue: Catalogue) -> None:
    operations = [catalogue.operation(entry) for entry in catalogue.entries() if not entry.source]
    content = [media.name for operation in operations if operation.request_body for media in operation.request_body.content]
    vendor = {name for name in content if "vnd" in name}
    assert Counter(name for name in content if name not in vendor) == {
        "application/json": 478,
        "multipart/form-data": 3,
        "text/dns": 2,
        "text/plain": 1,
        "application/x-www-form-urlencoded": 2,
        "application/octet-stream": 1,
        "application/gzip": 2,
        "application/tar+gzip": 1,
        "application/json-patch+json": 3,
        "application/xml": 1,
        "*/*": 2,
    }
    assert all(is_json(name) for name in vendor)
    assert {name.split(".")[0] for name in vendor} == {
        "application/property-vnd-config-gtm",
        "application/vnd",
        "datacenter-vnd-config-gtm",
        "domain-vnd-config-gtm",
    }


def test_json_is_written_compact_and_in_utf_8() -> None:
    assert encode({"a": [1, None, "größe"], "b": False}, "application/json") == EncodedBody(
        content='{"a":[1,null,"größe"],"b":false}'.encode(), content_type="application/json"
    )


@pytest.mark.parametrize("value", [0, False, None, [], {}, 1.5])
def test_zero_false_null_and_empty_are_json_bodies(value: Any) -> None:
    assert encode(value, "application/json").content == json.dumps(value).encode()


@pytest.mark.parametrize(
    "name",
    [
        "application/vnd.akamai.cps.enrollment.v11+json",
        "application/vnd.akamai.chinacdn.property-hostname.v1+json",
        "application/property-vnd-config-gtm.v1.5+json",
    ],
)
def test_vendor_json_is_json_under_its_own_name(name: str) -> None:
    assert encode({"a": 1}, name) == EncodedBody(content=b'{"a":1}', content_type=name)


@pytest.mark.parametrize("name", ["domain-vnd-config-gtm.v1.5+json", "datacenter-vnd-config-gtm.v1.0+json"])
def test_vendor_json_without_a_slash_is_json_too(name: str) -> None:
    assert encode({"a": 1}, name) == EncodedBody(content=b'{"a":1}', content_type=name)


def test_a_json_patch_is_a_list_of_steps() -> None:
    steps = [{"op": "replace", "path": "/rules/a~1b", "value": None}]
    assert encode(steps, "application/json-patch+json") == EncodedBody(
        content=b'[{"op":"replace","path":"/rules/a~1b","value":null}]', content_type="application/json-patch+json"
    )


def test_a_form_is_written_as_pairs() -> None:
    form = {"users": ["a@b.c", "d&e"], "active": True, "count": 0, "none": None, "text": "größe, mit +"}
    encoded = encode(form, "application/x-www-form-urlencoded")
    assert encoded.content_type == "application/x-www-form-urlencoded"
    assert parse_qsl(whole(encoded.content).decode()) == [
        ("users", "a@b.c"),
        ("users", "d&e"),
        ("active", "true"),
        ("count", "0"),
        ("text", "größe, mit +"),
    ]


def test_a_form_given_as_text_is_sent_as_it_is() -> None:
    assert encode("a=1&b=2", "application/x-www-form-urlencoded").content == b"a=1&b=2"


@pytest.mark.parametrize("value", [[1], 7, None])
def test_a_form_that_is_not_an_object_is_refused(value: Any) -> None:
    with pytest.raises(BodyError, match="must be an object of fields"):
        encode(value, "application/x-www-form-urlencoded")
    with pytest.raises(BodyError, match="must be an object of fields"):
        encode(value, "multipart/form-data")


def test_a_multipart_form_has_a_part_for_each_field_and_each_member() -> None:
    encoded = encode({"name": "größe", "tags": ["a", "b"], "count": 0, "none": None}, "multipart/form-data")
    assert encoded.content_type.startswith("multipart/form-data; boundary=")
    assert parts(encoded) == [
        (b'Content-Disposition: form-data; name="name"', "größe".encode()),
        (b'Content-Disposition: form-data; name="tags"', b"a"),
        (b'Content-Disposition: form-data; name="tags"', b"b"),
        (b'Content-Disposition: form-data; name="count"', b"0"),
    ]


def test_a_file_in_a_multipart_form_has_its_name_and_type() -> None:
    given = {"file": AS_BASE64 | {"filename": "edge.tgz", "contentType": "application/gzip"}}
    [(head, content)] = parts(encode(given, "multipart/form-data"))
    assert head == b'Content-Disposition: form-data; name="file"; filename="edge.tgz"\r\nContent-Type: application/gzip'
    assert content == BINARY


def test_a_file_from_the_files_folder_is_sent_under_its_base_name() -> None:
    [(head, content)] = parts(encode({"cert": {"file": "bundles/edge.tgz"}}, "multipart/form-data"))
    assert head == b'Content-Disposition: form-data; name="cert"; filename="edge.tgz"\r\nContent-Type: application/octet-stream'
    assert content == BINARY


def test_a_binary_field_given_as_text_is_still_a_file() -> None:
    schema = {"properties": {"attachment": {"type": "string", "format": "binary"}}}
    [(head, content)] = parts(encode({"attachment": "a log"}, "multipart/form-data", schema))
    assert head.startswith(b'Content-Disposition: form-data; name="attachment"; filename="attachment"')
    assert content == b"a log"


def test_a_parts_type_is_the_one_that_the_document_says() -> None:
    encoding = {"file": {"contentType": "application/zip"}, "facts": {"contentType": "application/json"}}
    (file, _), (facts, content) = parts(encode({"file": AS_BASE64, "facts": {"a": 1}}, "multipart/form-data", encoding=encoding))
    assert file.endswith(b"Content-Type: application/zip")
    assert facts.endswith(b"Content-Type: application/json")
    assert content == b'{"a":1}'


def test_a_file_name_cannot_break_out_of_its_header() -> None:
    given = {"file": AS_BASE64 | {"filename": 'a"\r\nX-Injected: 1\r\n\r\n'}}
    [(head, content)] = parts(encode(given, "multipart/form-data"))
    assert b"\r\nX-Injected" not in head
    assert content == BINARY


EVIL_TYPE = "a/b\r\nX-Injected: 1"


@pytest.mark.parametrize(
    ("value", "said"),
    [(AS_BASE64 | {"contentType": EVIL_TYPE}, None), (AS_BASE64, EVIL_TYPE), ({"a": 1}, EVIL_TYPE), ("bytes", EVIL_TYPE)],
)
@pytest.mark.parametrize("schema", [{}, {"properties": {"file": {"format": "binary"}}}], ids=["any", "binary"])
def test_a_parts_type_that_would_end_its_line_is_refused_whoever_says_it(value: Any, said: Any, schema: Any) -> None:
    with pytest.raises(ArgumentError, match="invalid name or value"):
        encode({"file": value}, "multipart/form-data", schema, encoding={"file": {"contentType": said}})


@pytest.mark.parametrize(
    ("name", "value", "filename"),
    [
        ("cert", AS_BASE64, "cert"),
        ("a/b/cert", AS_BASE64, "cert"),
        ("cert", AS_BASE64 | {"filename": ""}, "cert"),
        ("cert", AS_BASE64 | {"filename": "x/y.tgz"}, "x/y.tgz"),
        ("cert", {"file": "bundles/edge.tgz"}, "edge.tgz"),
        ("cert", {"file": "bundles/edge.tgz", "filename": "own"}, "own"),
        ("cert", "text", None),
    ],
)
def test_a_file_has_the_name_that_is_given_or_the_last_part_of_its_own(name: str, value: Any, filename: str | None) -> None:
    [(head, _)] = parts(encode({name: value}, "multipart/form-data"))
    named = f'; filename="{filename}"' if filename else ""
    assert head.splitlines()[0] == f'Content-Disposition: form-data; name="{name}"{named}'.encode()


NO_OBJECTS: tuple[Any, ...] = (None, [], "file", {"file": None}, {"file": "application/zip"}, {"file": ["binary"]})


@pytest.mark.parametrize("encoding", NO_OBJECTS)
@pytest.mark.parametrize("properties", NO_OBJECTS)
def test_a_document_that_says_nothing_of_a_part_leaves_it_as_it_is(encoding: Any, properties: Any) -> None:
    encoded = encode({"file": "x"}, "multipart/form-data", {"properties": properties}, encoding=encoding)
    assert parts(encoded) == [(b'Content-Disposition: form-data; name="file"', b"x")]


@pytest.mark.parametrize("name", ["text/dns", "text/plain", "text/csv", "application/xml"])
def test_text_is_sent_as_it_is(name: str) -> None:
    zone = "example.com. 10000 IN SOA ns1 ü\n"
    assert encode(zone, name) == EncodedBody(content=zone.encode(), content_type=name)


@pytest.mark.parametrize("name", ["application/gzip", "application/tar+gzip", "application/octet-stream"])
def test_binary_content_is_given_as_base64_or_as_a_file(name: str) -> None:
    assert encode(AS_BASE64, name) == EncodedBody(content=BINARY, content_type=name)


@pytest.mark.parametrize("name", ["text/dns", "application/xml", "application/gzip", "application/octet-stream"])
@pytest.mark.parametrize("value", [{"a": 1}, [1], 7, None, True])
def test_other_values_are_neither_text_nor_files(name: str, value: Any) -> None:
    with pytest.raises(BodyError, match=f"A body of {name.replace('+', '.')} must be text or a file"):
        encode(value, name)


@pytest.mark.parametrize("name", ["application/gzip", "application/octet-stream", "text/dns"])
def test_a_file_is_not_read_before_it_is_sent_and_can_be_read_again(name: str) -> None:
    encoded = encode({"file": "bundles/edge.tgz"}, name)
    assert isinstance(encoded.content, Streamed)
    assert (encoded.content_type, encoded.content.size) == (name, len(BINARY))
    assert [whole(encoded.content) for _ in range(2)] == [BINARY, BINARY]


@pytest.mark.parametrize("most", [0, 1, 3, 5, 1000])
def test_the_head_of_a_streamed_form_is_the_beginning_of_what_is_sent(most: int) -> None:
    encoded = encode({"note": "n", "cert": {"file": "bundles/edge.tgz"}}, "multipart/form-data")
    assert isinstance(encoded.content, Streamed)
    sent = whole(encoded.content)
    assert (encoded.content.head(most), encoded.content.size) == (sent[:most], len(sent))


def test_no_more_of_a_file_is_read_than_its_head_takes() -> None:
    chunks = (chunk or pytest.fail("read on") for chunk in (b"12", b"34", b""))
    content = Streamed(pieces=(b"0", FileContent(size=9, read=lambda: chunks)))
    assert content.head(4) == b"0123"
    assert next(chunks, None) is None  # closed, so no file stays open


def test_a_media_types_own_parameters_are_kept() -> None:
    assert encode({}, "Application/JSON;charset=UTF-8").content_type == "Application/JSON;charset=UTF-8"


# --- a string where JSON is declared -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ['{"a": 1}', " [1, 2]\n", "null", "0", '"text"'])
def test_json_text_is_sent_as_it_is(text: str) -> None:
    assert encode(text, "application/json", {"type": "object"}).content == text.encode()


@pytest.mark.parametrize("text", ["plain", "{'a': 1}", "", "{"])
def test_text_that_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(BodyError, match="The body is a string that is not JSON"):
        encode(text, "application/json", {"type": "object"})


@pytest.mark.parametrize("schema", [STRING, {"type": ["string", "null"]}])
def test_text_is_a_json_string_where_the_schema_wants_one(schema: dict[str, Any]) -> None:
    assert encode('a "name"', "application/json", schema).content == b'"a \\"name\\""'


@pytest.mark.parametrize("text", ["0", "-1.5", "true", "null"])
def test_text_that_looks_like_another_type_is_a_json_string_where_nothing_else_is_wanted(text: str) -> None:
    assert encode(text, "application/json", STRING).content == f'"{text}"'.encode()


# Two documents declare `type: string` for bodies that Akamai takes as objects.
@pytest.mark.parametrize("text", ['{"policyName": "a"}', '"already a string"', "[1]"])
def test_json_text_of_an_object_an_array_or_a_string_is_sent_as_it_is_even_there(text: str) -> None:
    assert encode(text, "application/json", STRING).content == text.encode()


# --- what cannot be written ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_number_that_is_not_finite_is_refused(name: str, number: float) -> None:
    with pytest.raises(ArgumentError, match="no infinite numbers"):
        encode({"a": number}, name)


@pytest.mark.parametrize("name", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_broken_text_inside_a_body_is_refused(name: str) -> None:
    with pytest.raises(BodyError, match="not valid Unicode"):
        encode({"a": "\udc80"}, name)
    with pytest.raises(BodyError, match="not valid Unicode"):
        encode({"\udc80": "a"}, name)


@pytest.mark.parametrize(
    "name", ["application/json", "application/x-www-form-urlencoded", "text/dns", "application/octet-stream"]
)
def test_broken_text_as_a_body_is_refused(name: str) -> None:
    with pytest.raises(BodyError, match="not valid Unicode"):
        encode('"\udc80"', name)


@pytest.mark.parametrize("text", ["a", "@@@@", "YQ=", "ü"])
def test_base64_that_cannot_be_decoded_is_refused(text: str) -> None:
    with pytest.raises(BodyError, match="base64 text cannot be decoded"):
        encode({"base64": text}, "application/gzip")


def test_base64_may_be_broken_into_lines() -> None:
    assert encode({"base64": "aGVs\n bG8=\r\n"}, "application/gzip").content == b"hello"


def test_no_file_is_read_unless_a_body_names_one() -> None:
    media = MediaType(name="application/octet-stream", schema={})
    assert encode_body(AS_BASE64, media, no_file).content == BINARY


# --- references ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [{"base64": "YQ=="}, {"file": "a"}, {"file": "a", "filename": "b"}, {"base64": "", "filename": "b", "contentType": "c/d"}],
)
def test_an_object_of_base64_or_file_is_a_reference(value: Any) -> None:
    assert is_binary_reference(value)


@pytest.mark.parametrize(
    "value", [{}, {"filename": "a"}, {"file": "a", "base64": "b"}, {"file": "a", "more": 1}, "file", ["file"], None]
)
def test_any_other_value_is_not_a_reference(value: Any) -> None:
    assert not is_binary_reference(value)


# --- the type of a part --------------------------------------------------------------------------------------------------

PART_TYPES = {"file": {"contentType": "application/zip"}}
TEXT_FILE = {"properties": {"file": {"type": "string", "format": "binary"}}}


@pytest.mark.parametrize(
    ("value", "encoding", "wanted"),
    [
        (AS_BASE64, {}, "application/octet-stream"),
        (AS_BASE64, PART_TYPES, "application/zip"),
        (AS_BASE64 | {"contentType": "image/png"}, {}, "image/png"),
        (AS_BASE64 | {"contentType": "image/png"}, PART_TYPES, "image/png"),
        (AS_BASE64 | {"contentType": ""}, PART_TYPES, "application/zip"),
        ({"file": "bundles/edge.tgz"}, {}, "application/octet-stream"),
        ("text", {}, "application/octet-stream"),
        ("text", PART_TYPES, "application/zip"),
    ],
)
def test_a_file_part_has_the_type_of_the_call_of_the_document_or_of_any_bytes(value: Any, encoding: Any, wanted: str) -> None:
    [(head, _)] = parts(encode({"file": value}, "multipart/form-data", TEXT_FILE, encoding=encoding))
    assert head.splitlines()[1:] == [f"Content-Type: {wanted}".encode()]


def test_a_plain_part_has_a_type_only_where_the_document_says_one() -> None:
    assert [head.splitlines()[1:] for head, _ in parts(encode({"a": 1}, "multipart/form-data"))] == [[]]
