"""Whatever a request may not say is refused with what is wrong and with what to do instead, in words of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from samples import body, no_file, operation, parameter

from akamai_mcp.errors import ArgumentError, BodyError
from akamai_mcp.openapi.model import MediaType
from akamai_mcp.request.arguments import MAX_HEADER, MAX_NAMES, Placed, check_header, place, place_raw
from akamai_mcp.request.bodies import encode_body
from akamai_mcp.request.builder import MAX_HEADERS, MAX_TARGET, build_request, fill_path
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.request.lengths import MAX_LEVELS, MAX_VALUES, check_lengths
from akamai_mcp.request.overrides import refuse_overrides, refuse_overrides_in
from akamai_mcp.request.serialization import encode, serialize_header, serialize_path, to_json

PET = operation(parameter("petId", "path"), parameter("limit"), path="/pets/{petId}")
LISTED = operation(parameter("limit"), parameter("Contract", "header"), request_body=body("application/json"))
META = operation(parameter("X-Meta-*", "header"))
ACCOUNT = (
    "accountSwitchKey is a setting of the customer and cannot be an argument.",
    "Choose the account with `customer`; akamai_list_customers lists the customers.",
)
WHOLE_PATH = ("The path would lead to another resource.", "Use the plain identifiers as path values.")
ELSEWHERE = "Leave it out: choose the account with `customer`, and the operation by its name."


class Unreadable(type(Path())):  # type: ignore[misc] - the class of this system's paths
    """A path whose file nobody may open."""

    def open(self, *_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(self))


def encoded(value: Any, media_type: str) -> Any:
    return encode_body(value, MediaType(name=media_type, schema={}), no_file)


def built(op: Any = LISTED, **placed: Any) -> Any:
    return build_request(op, Placed(**placed), no_file)


def raw(**given: Any) -> Any:
    return place_raw(LISTED, **{"path": {}, "query": {}, "headers": {}} | given)


# What is tried, what is wrong with it, and what to do.
ARGUMENTS: dict[str, tuple[Callable[[], Any], str, str]] = {
    "the account": (lambda: raw(query={"ACCOUNTswitchKey": "1"}), *ACCOUNT),
    "the account in an object": (lambda: built(extra_query={"a": {"accountSwitchKey": "1"}}), *ACCOUNT),
    "too many arguments": (
        lambda: place(LISTED, dict.fromkeys(map(str, range(MAX_NAMES + 1)), 1)),
        "The call has 1001 arguments; the limit is 1000.",
        "Send only the operation's own arguments.",
    ),
    "too many of a location": (
        lambda: raw(query=dict.fromkeys(map(str, range(MAX_NAMES + 1)))),
        "The call has 1001 arguments; the limit is 1000.",
        "Send only the operation's own arguments.",
    ),
    "another header": (
        lambda: raw(headers={"X" * 90: "1"}),
        f"zoo/v1#get-pets does not take the header '{'X' * 80}'.",
        "Allowed headers: Contract, accept, content-type, if-match, if-none-match, prefer, x-request-id.",
    ),
    "no values for a path": (
        lambda: place(operation(parameter("a", "path"), parameter("b", "path"), path="/{a}/{b}"), {}),
        "zoo/v1#get-pets needs a, b for its path /{a}/{b}.",
        "Add 'a'; akamai_describe_operation says which operation lists its values.",
    ),
    "nothing like an argument": (
        lambda: place(operation(), {"z": 1}),
        "zoo/v1#get-pets has no argument 'z'.",
        "It takes: accept, contentType, ifMatch, ifNoneMatch. A query parameter that no document has can be sent with akamai_raw_request.",
    ),
    "a path that has no values": (
        lambda: raw(path={"z": 1}),
        "zoo/v1#get-pets has no path parameter 'z'.",
        "It takes: none.",
    ),
    "a header of two lines": (
        lambda: check_header("N" * 90, "a\nb"),
        f"The header '{'N' * 80}' has an invalid name or value, or is larger than 8 KiB.",
        "Use visible ASCII characters on one line.",
    ),
    "a part's type of two lines": (
        lambda: encoded({"a": {"base64": "", "contentType": "a\nb"}}, "multipart/form-data"),
        "The header 'Content-Type' has an invalid name or value, or is larger than 8 KiB.",
        "Use visible ASCII characters on one line.",
    ),
    "a large header": (
        lambda: check_header("If-Match", "x" * (MAX_HEADER + 1)),
        "The header 'If-Match' has an invalid name or value, or is larger than 8 KiB.",
        "Use visible ASCII characters on one line.",
    ),
    "a long target": (
        lambda: built(query={"limit": "x" * MAX_TARGET}),
        "The path and query have 65548 characters; the limit is 65536.",
        "Request fewer values per call.",
    ),
    "an undeclared place of a path": (lambda: fill_path(operation(path="/{a}"), {}), "The path needs 'a'.", "Add 'a'."),
    "a document's path that climbs": (lambda: built(operation(path="/a/../b")), *WHOLE_PATH),
    "a document's path that is cut": (lambda: built(operation(path="/a#b")), *WHOLE_PATH),
    "a member that is another parameter": (
        lambda: built(extra_query={"m" * 90: {"limit": 1}}),
        f"'{'m' * 80}' is an object with the member 'limit', which is another parameter.",
        "Set each parameter by its own name.",
    ),
    "too many headers": (
        lambda: built(META, header={"X-Meta-*": dict.fromkeys(map(str, range(MAX_HEADERS)), "1")}),
        "The call has 101 headers; the limit is 100.",
        "Send fewer headers.",
    ),
    "a header of the transport": (
        lambda: built(operation(parameter("Host", "header")), header={"Host": "a.example"}),
        "The header 'Host' is set by the server.",
        "Leave it out.",
    ),
    "a wish that is no media type": (
        lambda: built(standard_headers={"accept": "x" * 90}),
        f"accept cannot be '{'x' * 80}', which is no media type.",
        "Leave it out, or write type/subtype such as application/json.",
    ),
    "a method beside its own": (
        lambda: refuse_overrides("/a?_method=DELETE", ()),
        "The request has '_method', which could choose another account, method or URL.",
        ELSEWHERE,
    ),
    "a method in a body": (
        lambda: refuse_overrides_in(["a", "_method"]),
        "The request has '_method', which could choose another account, method or URL.",
        ELSEWHERE,
    ),
    "half a character": (lambda: encode("\ud800"), "A value contains text that is not valid Unicode.", "Remove the lone surrogates."),
    "a path value that climbs": (
        lambda: serialize_path(parameter("id", "path"), ".."),
        "The path value 'id' is '..', which would address another resource.",
        "Use the plain identifier.",
    ),
    "a family of headers as text": (
        lambda: serialize_header(parameter("X-Meta-*", "header"), "red"),
        "'X-Meta-*' is not an object.",
        'Give an object from suffix to value, such as {"Color": "red"}.',
    ),
    "no number": (lambda: to_json(math.nan), "JSON has no infinite numbers and no NaN.", "Use a finite number."),
    "many values": (
        lambda: check_lengths({"a": [0] * MAX_VALUES}),
        "The arguments have more than 150000 values.",
        "Send fewer items in one call.",
    ),
    "many levels": (
        lambda: check_lengths(levels(MAX_LEVELS + 1)),
        "The arguments have more than 180 levels of nesting.",
        "Nest less deeply.",
    ),
    "many bytes": (
        lambda: check_lengths({"a": "x" * 5_000_000}),
        "The arguments have more than 4194304 bytes.",
        'Send less at once, or pass text or binary content as {"file": "name below AKAMAI_MCP_FILES_DIR"}.',
    ),
    "a number that is too large": (
        lambda: check_lengths({"a": math.inf}),
        "The arguments have a number beyond the range of 64-bit floating point.",
        "Send a smaller number, or text.",
    ),
    "an integer that is too large": (
        lambda: check_lengths({"a": 2**64}),
        "The arguments are not valid JSON (Integer exceeds 64-bit range).",
        "Use valid Unicode and integers of at most 64 bits.",
    ),
}  # fmt: skip
BODIES: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "text for an archive": (
        lambda _: place(operation(method="POST", request_body=body("application/zip")), {"body": "PK"}),
        "A body of application/zip is binary, and text is none.",
        'Send {"base64": "..."} with the encoded bytes, or {"file": "path in the files folder"}.',
    ),
    "half a character": (
        lambda _: encoded("\ud800", "text/plain"),
        "The body contains text that is not valid Unicode.",
        "Remove the lone surrogates.",
    ),
    "text that is no JSON": (
        lambda _: encoded("{", "application/json"),
        "The body is a string that is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1)).",
        "Send the body as an object or array, or as valid JSON text.",
    ),
    "a list for a form": (
        lambda _: encoded([1], "application/x-www-form-urlencoded"),
        "A form body must be an object of fields.",
        'Example: {"name": "value"}.',
    ),
    "a list for parts": (
        lambda _: encoded([1], "multipart/form-data"),
        "A multipart body must be an object of fields.",
        'A file field is {"base64": "...", "filename": "..."} or {"file": "name"}.',
    ),
    "a number for text": (
        lambda _: encoded(5, "text/csv"),
        "A body of text/csv must be text or a file, not int.",
        'Send a string, {"base64": "..."} or {"file": "path in the files folder"}.',
    ),
    "no base64": (
        lambda _: encoded({"base64": "YQ="}, "application/zip"),
        "The base64 text cannot be decoded (Incorrect padding).",
        "Use standard base64 (RFC 4648).",
    ),
    "a file without a folder": (
        lambda _: FilePolicy().find("a"),
        "Bodies from files are not allowed.",
        'Send {"base64": "..."}, or set AKAMAI_MCP_FILES_DIR to the folder with the files.',
    ),
    "no file": (
        lambda folder: FilePolicy(folder=folder).find("n" * 210),
        f"There is no file '{'n' * 200}' in the files folder.",
        "Use a path relative to AKAMAI_MCP_FILES_DIR.",
    ),
    "a large file": (
        lambda folder: FilePolicy(folder=folder, max_bytes=4).find("five"),
        "'five' is larger than 4 bytes.",
        "Send a smaller file.",
    ),
    "a file that nobody may read": (
        lambda folder: FilePolicy(folder=Unreadable(folder)).find("five"),
        "'five' cannot be read (PermissionError).",
        "Give the server read permission.",
    ),
}


def levels(number: int) -> Any:
    """Objects inside objects."""
    value: Any = 1
    for _ in range(number):
        value = {"a": value}
    return value


@pytest.mark.parametrize(("attempt", "message", "advice"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_a_refusal_says_what_is_wrong_and_what_to_do(attempt: Callable[[], Any], message: str, advice: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        attempt()
    assert (refused.value.message, refused.value.advice) == (message, advice)


@pytest.mark.parametrize(("attempt", "message", "advice"), BODIES.values(), ids=BODIES)
def test_a_refused_body_says_what_is_wrong_and_what_to_do(
    attempt: Callable[[Path], Any], message: str, advice: str, tmp_path: Path
) -> None:
    (tmp_path / "five").write_bytes(b"12345")
    with pytest.raises(BodyError) as refused:
        attempt(tmp_path)
    assert (refused.value.message, refused.value.advice) == (message, advice)
