"""Every operation: arguments -> place() -> build_request() -> what openapi-core reads is what went in.

openapi-core is the oracle: it shares no code with this project and reads the documents from their files. Where it is
known to be wrong, a fault in the tables below says so, and that one value is read by hand instead (urllib.parse, json).
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

import pytest
from generation import BODY_TEXTS, HEADER_TEXTS, PATH_TEXTS, QUERY_TEXTS, Generator
from mcp_stage import OPERATIONS
from oracle import oracle_of
from samples import files, whole

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.openapi.media_choice import media_type_of
from akamai_mcp.openapi.model import MediaType, Operation, Parameter
from akamai_mcp.request.arguments import ABSENT, argument_keys, place
from akamai_mcp.request.builder import Request, build_request

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:openapi_core")

SPECS = Path(__file__).parents[2] / "specs"
DOCUMENTS = sorted(path.relative_to(SPECS).as_posix() for path in SPECS.rglob("openapi*.json"))
TEXTS = {"path": PATH_TEXTS, "query": QUERY_TEXTS, "header": HEADER_TEXTS}
BINARY = bytes(range(256)) * 2 + b"\r\n--\r\n\n\r"
FILES = {"folder/bundle.bin": BINARY}
STANDARD = {"accept", "content-type"}

Round = Literal["all arguments", "all arguments, again", "only what is required"]
ROUNDS: tuple[Round, ...] = ("all arguments", "all arguments, again", "only what is required")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one call says: parameters by location and wire name, and the body as its receiver should have it."""

    operation: Operation
    values: Mapping[tuple[str, str], tuple[Parameter, Any]]
    media: MediaType | None
    arguments: Mapping[str, Any]

    @property
    def body(self) -> Any:
        return self.arguments.get("body", ABSENT)


# --- what the oracle is known to get wrong -----------------------------------------------------------------------------


def _is_exploded_object(parameter: Parameter, value: Any) -> bool:
    return parameter.location == "query" and parameter.explode and isinstance(value, dict) and not _has_objects(value)


def _has_objects(value: Any) -> bool:
    """True for objects in an object, for which no style is defined: they are sent as JSON."""
    return isinstance(value, dict) and any(isinstance(member, dict) for member in value.values())


PARAMETER_FAULTS: Mapping[str, Callable[[Parameter, Any], bool]] = {
    # No style is defined for it; the oracle looks for a query parameter of each member.
    "an object with objects in it": lambda parameter, value: parameter.location == "query" and _has_objects(value),
    # It stands for many headers; the oracle looks for a header called `X-AK-Meta-*`.
    "a header name that ends in *": lambda parameter, _: parameter.name.endswith("*"),
    # The oracle is given decoded values, so it splits at a comma that belongs to a member.
    "an array with a comma in a member": lambda parameter, value: (
        isinstance(value, list) and not parameter.explode and any("," in str(member) for member in value)
    ),
    # `allowEmptyValue` is about `?name` without a value; the oracle refuses `?name=` unless it is declared.
    "an empty query value": lambda parameter, value: parameter.location == "query" and value == "",
    # Only the sender knows the boundary, so the header that is sent is not the one that was given.
    "the Content-Type of a multipart form": lambda _, value: value == "multipart/form-data",
    # The oracle casts to the first alternative that takes the text, so 7 of string-or-integer comes back as "7".
    "a number where a string is declared too": lambda parameter, value: "oneOf" in parameter.schema and isinstance(value, int),
}
BODY_FAULTS: Mapping[str, Callable[[MediaType, Any], bool]] = {
    # The oracle neither casts a form's parts to their types nor keeps the line ends of binary parts.
    "a multipart form": lambda media, _: media.name.startswith("multipart/"),
    # A form without fields is an empty body; the oracle takes that for no body.
    "an empty form": lambda media, body: media.name == "application/x-www-form-urlencoded" and body == {},
    # The oracle validates the bytes against `type: string`, and bytes are no string without `format: binary`.
    "binary content whose schema is a plain string": lambda media, _: (
        media.name == "application/tar+gzip" and media.schema.get("format") != "binary"
    ),
    # The guide knows a media type for it that the document does not have.
    "a name that is no media type": lambda media, _: media.name.startswith("application/vnd.config-gtm."),
    # The oracle parses XML to an element and validates that against `type: object`.
    "XML": lambda media, _: media.name == "application/xml",
}
_CONTRADICTION = "the document's schema contradicts itself: no value satisfies it"
_HIDDEN_READ_ONLY = "the oracle wants required properties that are read-only behind a $ref"
BODY_FAULTS_BY_OPERATION: Mapping[str, str] = {
    "appsec/v1#put-policy-rapid-rule-action": _CONTRADICTION,
    "appsec/v1#put-policy-rapid-rules-action": _CONTRADICTION,
    "appsec/v1#put-rules-threat-intel": _CONTRADICTION,
    "edgekv/v1#post-namespace": _CONTRADICTION,
    "identity-management/v3#post-api-clients": _CONTRADICTION,
    "identity-management/v3#put-api-clients": _CONTRADICTION,
    "identity-management/v3#put-api-clients-self": _CONTRADICTION,
    "imaging/v2#post-policyset": _CONTRADICTION,
    "imaging/v2#put-policy": _CONTRADICTION,
    "ip-protect/v1#post-policy-domains-pdname-configs": _CONTRADICTION,
    "cprg/v1#put-cpcode": _HIDDEN_READ_ONLY,
    "cprg/v1#put-reporting-group": _HIDDEN_READ_ONLY,
    "api-definitions/v2#put-cache-settings": _HIDDEN_READ_ONLY,
}
OPERATION_FAULTS: Mapping[str, str] = {
    "netstorage-usage-api/v1#get-event-subscription": "another path of the document has the same shape, and the oracle takes that one",
}


def parameter_faults(parameter: Parameter, value: Any) -> set[str]:
    return {name for name, applies in PARAMETER_FAULTS.items() if applies(parameter, value)}


def body_faults(sent: Sent) -> set[str]:
    if sent.media is None or sent.body is ABSENT:
        return set()
    named = {sent.operation.key} & BODY_FAULTS_BY_OPERATION.keys()
    return named | {name for name, applies in BODY_FAULTS.items() if applies(sent.media, sent.body)}


# --- arguments ---------------------------------------------------------------------------------------------------------


def calls_of(operation: Operation, kind: Round) -> Iterator[Sent]:
    """One call for each media type of the operation, or one call for an operation without a body."""
    content = operation.request_body.content if operation.request_body else ()
    writable = [media for media in content if "/" in media.name and "*" not in media.name]
    usual = [media_type_of(operation) if any("/" not in media.name for media in content) else None]
    for media in writable or usual:
        yield call_of(operation, kind, media, ask=len(writable) > 1 or bool(writable and operation.content_type))


def call_of(operation: Operation, kind: Round, media: MediaType | None, *, ask: bool) -> Sent:
    random = Random(f"{operation.key} {kind} {media.name if media else ''}")
    full = kind != "only what is required"
    arguments: dict[str, Any] = {}
    values: dict[tuple[str, str], tuple[Parameter, Any]] = {}
    for key, parameter in argument_keys(operation).items():
        if parameter.required or full:
            value = draw_parameter(operation, parameter, media, random)
            arguments[key] = value
            if value != [] or parameter.location != "query":  # an array without members leaves nothing to write
                values[(parameter.location, parameter.name)] = (parameter, value)
    if media and operation.request_body and (operation.request_body.required or full):
        arguments["body"] = draw_body(operation, media, random, full=full)
    if media and ask and ("header", "Content-Type") not in values:
        arguments["contentType"] = media.name
    return Sent(operation=operation, values=values, media=media, arguments=arguments)


def draw_parameter(operation: Operation, parameter: Parameter, media: MediaType | None, random: Random) -> Any:
    if parameter.name == "Content-Type" and media:
        return media.name
    if parameter.name == "Accept" and "enum" not in parameter.schema:
        return "application/json"
    generator = Generator(random=random, dialect=operation.dialect, texts=TEXTS[parameter.location])
    if parameter.name.endswith("*"):
        return {"Color": generator.draw(parameter.schema), "Size-1": generator.draw(parameter.schema)}
    return generator.draw(parameter.schema)


def draw_body(operation: Operation, media: MediaType, random: Random, *, full: bool) -> Any:
    strict = BODY_FAULTS_BY_OPERATION.get(operation.key) != _CONTRADICTION
    generator = Generator(random=random, dialect=operation.dialect, full=full, strict=strict)
    if media.name.startswith("multipart/"):
        return {name: draw_part(part, generator) for name, part in media.schema["properties"].items()}
    if media.name.startswith("text/") or media.name == "application/xml":
        return random.choice(BODY_TEXTS) or "text"
    if media.name in {"application/octet-stream", "application/gzip", "application/tar+gzip"}:
        return random.choice((as_base64(BINARY), {"file": "folder/bundle.bin"}))
    return generator.draw(media.schema or {"type": "object"})


def draw_part(schema: Mapping[str, Any], generator: Generator) -> Any:
    if schema.get("type") == "array":
        return [draw_part(schema["items"], generator) for _ in range(2)]
    return as_base64(BINARY) if schema.get("format") == "binary" else generator.draw(schema)


def as_base64(content: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(content).decode(), "filename": "a file.bin"}


# --- reading back ------------------------------------------------------------------------------------------------------


def differences(entry: Entry, sent: Sent) -> Iterator[str]:
    """Everything in which the request that was built is not what went in."""
    request = build_request(sent.operation, place(sent.operation, sent.arguments), files(FILES))
    if request.method != entry.method:
        yield f"method {request.method}"
    yield from stray_names(sent, request)
    if entry.key in OPERATION_FAULTS:
        yield from differences_by_hand(sent, request, sent.values, with_body=True)
        return
    # The oracle reads the document, and not what the guide corrects in it.
    corrected = set(entry.corrects)
    by_hand = {place: pair for place, pair in sent.values.items() if place[1] in corrected or parameter_faults(*pair)}
    faults = body_faults(sent)
    read = oracle_of(SPECS / entry.document).read(request)
    expected_errors = {name for _, name in by_hand} | corrected
    for error in read.errors:
        name = getattr(error, "name", None)
        if name not in expected_errors if name else not faults:
            yield f"the oracle says {error} ({error.__cause__})"
    for (location, name), (_, value) in sent.values.items():
        if (location, name) not in by_hand:
            yield from unless_same(f"{location} {name}", getattr(read.parameters, location).get(name, ABSENT), value)
    yield from differences_by_hand(sent, request, by_hand, with_body=bool(faults))
    if not faults:
        yield from body_difference(sent, request, read.body)


def unless_same(what: str, found: Any, wanted: Any) -> Iterator[str]:
    if found != wanted or kinds(found) != kinds(wanted):
        yield f"{what} is {found!r}, not {wanted!r}"


def kinds(value: Any) -> Any:
    """The shape of a value with its booleans marked, since True == 1 in Python."""
    if isinstance(value, dict):
        return {key: kinds(member) for key, member in value.items()}
    return [kinds(member) for member in value] if isinstance(value, list) else isinstance(value, bool)


def body_difference(sent: Sent, request: Request, found: Any) -> Iterator[str]:
    if sent.body is ABSENT:
        yield from unless_same("content", request.content, b"{}" if sent.operation.empty_body else None)
    else:
        yield from unless_same("body", found, received(sent.body))


def received(body: Any) -> Any:
    """What the receiver has of a body: the content that a reference to a file stands for, else the body itself."""
    if isinstance(body, dict) and "file" in body:
        return FILES[body["file"]]
    if isinstance(body, dict) and body.keys() == {"base64", "filename"}:
        return base64.b64decode(body["base64"])
    return body


def stray_names(sent: Sent, request: Request) -> Iterator[str]:
    """Query and header names that no argument asked for, or that an argument asked for in vain."""
    path, _, query = request.target.partition("?")
    wanted_query = Counter(
        name for (location, key), pair in sent.values.items() if location == "query" for name in query_names(key, *pair)
    )
    found_query = Counter(name for name, _ in parse_qsl(query, keep_blank_values=True))
    yield from unless_same("the query's names", found_query, wanted_query)
    wanted = {
        name.lower() for (location, key), pair in sent.values.items() if location == "header" for name in header_names(key, *pair)
    }
    found = [name.lower() for name, _ in request.headers]
    defaults = {p.name.lower() for p in sent.operation.parameters_in("header")} & {"papi-use-prefixes"}
    yield from unless_same("the headers' names", set(found) - STANDARD, (wanted | defaults) - STANDARD)
    yield from unless_same("the number of headers", len(found), len(set(found)))
    if not re.fullmatch(re.sub(r"\\{[^{}]*\\}", "[^/]+", re.escape(sent.operation.path)), path):
        yield f"path {path} is none of {sent.operation.path}"


def query_names(name: str, parameter: Parameter, value: Any) -> list[str]:
    if _is_exploded_object(parameter, value):
        return list(value)
    return [name] * len(value) if isinstance(value, list) and parameter.explode else [name]


def header_names(name: str, _: Parameter, value: Any) -> list[str]:
    return [name[:-1] + suffix for suffix in value] if name.endswith("*") else [name]


# --- reading by hand, where the oracle cannot ---------------------------------------------------------------------------


def differences_by_hand(
    sent: Sent, request: Request, values: Mapping[tuple[str, str], tuple[Parameter, Any]], *, with_body: bool
) -> Iterator[str]:
    path, _, query = request.target.partition("?")
    for (location, name), (parameter, value) in values.items():
        match location:
            case "path":
                segment = sent.operation.path.split("/").index("{" + name + "}")
                yield from unless_same(f"path {name}", unquote(path.split("/")[segment]), as_text(value))
            case "query":
                yield from query_by_hand(name, parameter, value, [tuple(pair.split("=", 1)) for pair in query.split("&")])
            case _:
                yield from header_by_hand(name, value, dict(request.headers))
    if with_body and sent.body is not ABSENT:
        yield from body_by_hand(sent, request)


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def query_by_hand(name: str, parameter: Parameter, value: Any, pairs: list[tuple[str, ...]]) -> Iterator[str]:
    if _has_objects(value):
        [raw] = [text for key, text in pairs if unquote(key) == name]
        yield from unless_same(f"query {name}", json.loads(unquote(raw)), value)
    elif _is_exploded_object(parameter, value):
        found = {unquote(key): unquote(text) for key, text in pairs}
        for key, member in value.items():
            text = found.get(key, "")
            yield from unless_same(f"query {name}.{key}", text if isinstance(member, str) else json.loads(text), member)
    elif isinstance(value, list):
        [raw] = [text for key, text in pairs if unquote(key) == name]
        yield from unless_same(f"query {name}", [unquote(member) for member in raw.split(",")], value)
    else:
        yield from unless_same(f"query {name}", [unquote(text) for key, text in pairs if unquote(key) == name], [as_text(value)])


def header_by_hand(name: str, value: Any, headers: Mapping[str, str]) -> Iterator[str]:
    if name.endswith("*"):
        found = {suffix: headers.get(name[:-1] + suffix) for suffix in value}
        yield from unless_same(f"header {name}", found, value)
    else:
        yield from unless_same(f"header {name}", headers.get(name, "").partition("; boundary=")[0], as_text(value))


def body_by_hand(sent: Sent, request: Request) -> Iterator[str]:
    content = whole(request.content)
    content_type = dict(request.headers)["Content-Type"]
    if content_type.startswith("multipart/"):
        yield from unless_same("body", parts_of(content, content_type), wanted_parts(sent.body))
    elif content_type.endswith("json"):
        yield from unless_same("body", json.loads(content), sent.body)
    elif content_type == "application/x-www-form-urlencoded":
        yield from unless_same("body", dict(parse_qsl(content.decode(), keep_blank_values=True)), sent.body)
    else:
        wanted = received(sent.body)
        yield from unless_same("body", content, wanted.encode() if isinstance(wanted, str) else wanted)


def parts_of(content: bytes, content_type: str) -> list[tuple[str, bytes]]:
    """(name, content) of the parts of a multipart body, by RFC 2046 section 5.1."""
    boundary = b"\r\n--" + content_type.partition("boundary=")[2].encode()
    first, *inner, last = (b"\r\n" + content).split(boundary)
    assert (first, last) == (b"", b"--\r\n")
    parts = [part.removeprefix(b"\r\n").partition(b"\r\n\r\n") for part in inner]
    return [(re.findall(rb'name="([^"]*)"', head)[0].decode(), body) for head, _, body in parts]


def wanted_parts(body: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    members = [(name, m) for name, value in body.items() for m in (value if isinstance(value, list) else [value])]
    contents = [(name, received(member)) for name, member in members if member is not None]
    return [(name, found if isinstance(found, bytes) else as_text(found).encode()) for name, found in contents]


# --- the tests ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def entries(catalogue: Catalogue) -> Mapping[str, list[Entry]]:
    by_document: dict[str, list[Entry]] = {}
    for entry in catalogue.entries():
        by_document.setdefault(entry.document, []).append(entry)
    return by_document


def test_every_operation_documented_or_not_makes_the_round(entries: Mapping[str, list[Entry]]) -> None:
    assert sorted(entries) == DOCUMENTS
    assert sum(map(len, entries.values())) == OPERATIONS


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_operation_sends_what_it_was_given(catalogue: Catalogue, entries: Mapping[str, list[Entry]], document: str) -> None:
    wrong = [
        f"{entry.key} ({kind}): {difference}"
        for entry in entries[document]
        for kind in ROUNDS
        for sent in calls_of(catalogue.operation(entry), kind)
        for difference in differences(entry, sent)
    ]
    assert wrong == []


def test_every_named_fault_of_the_oracle_is_met(catalogue: Catalogue, entries: Mapping[str, list[Entry]]) -> None:
    operations = [catalogue.operation(entry) for listed in entries.values() for entry in listed]
    calls = [sent for operation in operations for kind in ROUNDS for sent in calls_of(operation, kind)]
    met = {name for sent in calls for name in body_faults(sent)}
    met |= {name for sent in calls for pair in sent.values.values() for name in parameter_faults(*pair)}
    assert met == {*PARAMETER_FAULTS, *BODY_FAULTS, *BODY_FAULTS_BY_OPERATION}


@pytest.mark.parametrize("key", [*BODY_FAULTS_BY_OPERATION, *OPERATION_FAULTS])
def test_the_oracle_still_refuses_what_is_named_by_operation(catalogue: Catalogue, key: str) -> None:
    entry = catalogue.get(key)
    calls = [sent for kind in ROUNDS for sent in calls_of(catalogue.operation(entry), kind)]
    requests = [build_request(sent.operation, place(sent.operation, sent.arguments), files(FILES)) for sent in calls]
    assert any(oracle_of(SPECS / entry.document).read(request).errors for request in requests)


def test_the_same_call_is_drawn_every_time(catalogue: Catalogue) -> None:
    operation = catalogue.operation(catalogue.get("papi/v1#post-property-activations"))
    [first], [second] = (list(calls_of(operation, "all arguments")) for _ in range(2))
    assert first.arguments == second.arguments
