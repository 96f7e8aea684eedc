"""Which media type a call sends and asks for: chosen by a rule for every operation, and never anything but a media type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from samples import answers, body, operation

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.openapi.media_choice import Nothing, accept_of, media_type_of, newest
from akamai_mcp.openapi.model import MediaType, Operation, Response

STRING = {"type": "string"}
OBJECT = {"type": "object"}
# RFC 9110 sections 5.6.2 and 8.3.1, without parameters: the documents and the guide name none.
MEDIA_TYPE = re.compile(r"[!#$%&'+.^_`|~0-9A-Za-z-]+/[!#$%&'+.^_`|~0-9A-Za-z-]+\Z")
INFO = "cps/v2#get-change-allowed-input-param"
UPDATE = "cps/v2#post-change-allowed-input-param"


def called(catalogue: Catalogue, key: str) -> Operation:
    return catalogue.operation(catalogue.get(key))


def operations(catalogue: Catalogue) -> list[Operation]:
    return [catalogue.operation(entry) for entry in catalogue.entries()]


def writes(*content: MediaType | str, **more: Any) -> Operation:
    return operation(method="POST", request_body=body(*content), **more)


# --- of the declared ones ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ((), None),
        (("a/b",), "a/b"),
        (("a/b", "c/d"), "a/b"),
        (("a/x.v1+json", "a/x.v2+json"), "a/x.v2+json"),
        (("a/x.v2+json", "a/x.v11+json", "a/x.v9+json"), "a/x.v11+json"),
        (("a/x.v1.4+json", "a/x.v1.10+json", "a/x.v1.5+json"), "a/x.v1.10+json"),
        (("a/x.v1+json", "a/x.v1.0+json"), "a/x.v1.0+json"),
        (("application/json", "a/x.v1+json"), "a/x.v1+json"),
        (("a/x.v1+json", "a/y.v1+json"), "a/x.v1+json"),
        (("text/csv", "application/json"), "application/json"),
        (("text/csv.v9", "application/json"), "application/json"),
    ],
)
def test_the_newest_version_is_chosen_and_json_before_others(names: tuple[str, ...], chosen: str | None) -> None:
    assert newest(names) == chosen


def test_the_type_that_is_wanted_is_written_with_the_schema_that_is_declared_for_it() -> None:
    op = writes(MediaType(name="a/x.v1+json", schema=STRING), "a/x.v2+json")
    wanted = "A/X.v1+json; charset=UTF-8"
    assert media_type_of(op, Nothing(content_type=wanted)) == MediaType(name=wanted, schema=STRING)


def test_a_wanted_but_undeclared_media_type_is_encoded_without_a_schema() -> None:
    op = writes(MediaType(name="a/x.v1+json", schema=STRING))
    assert media_type_of(op, Nothing(content_type="text/csv")) == MediaType(name="text/csv", schema={})


@pytest.mark.parametrize("op", [operation(), writes()])
def test_json_is_written_where_nothing_is_declared(op: Operation) -> None:
    assert media_type_of(op) == MediaType(name="application/json", schema={})


def test_a_range_of_media_types_is_not_encoded_as() -> None:
    anything, plain = MediaType(name="*/*", schema=OBJECT), MediaType(name="text/plain", schema=STRING)
    assert media_type_of(writes(anything, plain)) == plain
    assert media_type_of(writes(anything)) == MediaType(name="application/json", schema=OBJECT)


def test_the_type_that_is_wanted_keeps_the_encoding_that_is_declared_for_it() -> None:
    encoding = {"file": {"contentType": "application/zip"}}
    op = writes(MediaType(name="multipart/form-data", schema=OBJECT, encoding=encoding), "application/json")
    assert media_type_of(op, Nothing(content_type="multipart/form-data")).encoding == encoding
    assert media_type_of(op, Nothing(content_type="multipart/mixed")).encoding == {}


@pytest.mark.parametrize(
    ("responses", "accept"),
    [
        ((), "application/json"),
        (answers(), "application/json"),
        (answers("application/json"), "application/json"),
        (answers("*/*"), "application/json"),
        (answers("*/*", "text/csv"), "text/csv"),
        (answers("text/html", "application/json"), "application/json"),
        (answers("a/x.v1+json", "a/x.v10+json", "a/x.v9+json"), "a/x.v10+json"),
        ((*answers("application/json"), *answers("application/problem+json", status="404")), "application/json"),
        ((*answers("text/csv", status="2XX"), *answers("a/b", status="default")), "text/csv"),
        ((Response(status="204", content=()),), "application/json"),
        ((Response(status="200", content=(MediaType(name="*/*", schema={"format": "binary"}),)),), "*/*"),
    ],
)
def test_the_newest_type_of_the_success_answers_is_asked_for(responses: tuple[Response, ...], accept: str) -> None:
    assert accept_of(operation(responses=responses)) == accept


# --- what is no media type -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["domain-vnd-config-gtm.v1.5+json", "json", "a/b/c", "a /b", "text/", "/json", "*/json", "a/b\n"]
)
def test_a_name_that_is_no_media_type_is_neither_sent_nor_asked_for_and_keeps_its_schema(name: str) -> None:
    op = writes(MediaType(name=name, schema=OBJECT), responses=answers(name))
    assert media_type_of(op) == MediaType(name="application/json", schema=OBJECT)
    assert accept_of(op) == "application/json"


def test_no_operation_sends_or_asks_for_anything_but_a_media_type(catalogue: Catalogue) -> None:
    every = operations(catalogue)
    sent = {media_type_of(op).name for op in every if op.request_body}
    asked = {accept_of(op) for op in every}
    assert {name for name in sent | asked if not MEDIA_TYPE.match(name)} == {"*/*"}
    assert {op.key for op in every if accept_of(op) == "*/*"} == {
        "datastore/v1#get-datastore-key",
        "datastore/v1#head-datastore-key",
        "invoicing/v3#get-contract-invoice-download",
    }
    assert "*/*" not in sent


# --- several kinds -------------------------------------------------------------------------------------------------------


def families(names: Iterable[str]) -> set[str]:
    """The kinds of media types, without their versions."""
    return {re.sub(r"\.v\d+(\.\d+)*(?=\+|\Z)", "", name) for name in names}


def is_ruled(names: list[str], note: Any) -> bool:
    """Whether it is decided which of several kinds is used: by the guide, or because only one of them is JSON."""
    return bool(note) or len(families(name for name in names if name.endswith("json"))) == 1


def test_which_of_several_kinds_is_used_is_ruled_for_every_operation(catalogue: Catalogue) -> None:
    several: list[str] = []
    for op in operations(catalogue):
        written = [media.name for media in op.request_body.content] if op.request_body else []
        answered = [media.name for one in op.responses if one.is_success for media in one.content]
        if len(families(written)) > 1 or len(families(answered)) > 1:
            several.append(op.key)
        assert len(families(written)) < 2 or is_ruled(written, op.content_type), op.key
        assert len(families(answered)) < 2 or is_ruled(answered, op.accept), op.key
    assert len(several) == 27


@pytest.mark.parametrize(
    ("kind", "accept"),
    [
        ("lets-encrypt-challenges", "application/vnd.akamai.cps.dv-challenges.v2+json"),
        ("third-party-csr", "application/vnd.akamai.cps.csr.v2+json"),
        ("pre-verification-warnings", "application/vnd.akamai.cps.warnings.v1+json"),
        ("post-verification-warnings", "application/vnd.akamai.cps.warnings.v1+json"),
        ("change-management-info", "application/vnd.akamai.cps.change-management-info.v5+json"),
    ],
)
def test_the_input_that_a_certificate_waits_on_is_asked_for_as_its_kind(catalogue: Catalogue, kind: str, accept: str) -> None:
    assert accept_of(called(catalogue, INFO), Nothing(path={"allowedInputTypeParam": kind})) == accept


ACKNOWLEDGED = {"acknowledgement": "acknowledge"}


@pytest.mark.parametrize(
    ("kind", "given", "name"),
    [
        ("lets-encrypt-challenges-completed", ACKNOWLEDGED, "acknowledgement.v1"),
        ("pre-verification-warnings-ack", ACKNOWLEDGED, "acknowledgement.v1"),
        ("post-verification-warnings-ack", ACKNOWLEDGED, "acknowledgement.v1"),
        ("change-management-ack", ACKNOWLEDGED, "acknowledgement.v1"),
        ("change-management-ack", {**ACKNOWLEDGED, "hash": "da39a3ee"}, "acknowledgement-with-hash.v1"),
        ("third-party-cert-and-trust-chain", {"certificatesAndTrustChains": []}, "certificate-and-trust-chain.v2"),
    ],
)
def test_the_input_of_a_certificate_is_sent_as_its_kind(catalogue: Catalogue, kind: str, given: Any, name: str) -> None:
    media = media_type_of(called(catalogue, UPDATE), Nothing(path={"allowedInputTypeParam": kind}, body=given))
    assert media.name == f"application/vnd.akamai.cps.{name}+json"
    assert given.keys() <= media.schema["properties"].keys()


def test_every_value_of_the_two_arguments_has_a_kind_of_its_own(catalogue: Catalogue) -> None:
    [kinds] = [p.schema["enum"] for p in called(catalogue, INFO).parameters_in("path") if p.name == "allowedInputTypeParam"]
    noted = called(catalogue, INFO).accept["path.allowedInputTypeParam"]
    assert isinstance(noted, dict)
    assert set(noted) == set(kinds)
    assert set(noted.values()) <= {media.name for one in called(catalogue, INFO).responses for media in one.content}


def test_traffic_management_gets_the_types_that_its_clients_send_with_the_schemas_of_the_document(catalogue: Catalogue) -> None:
    every = [op for op in operations(catalogue) if op.product == "config-gtm" and op.operation_id != "get-domains-delete-request"]
    assert {accept_of(op) for op in every} == {"application/vnd.config-gtm.v1.6+json"}
    sent = [media_type_of(op) for op in every if op.request_body]
    assert {re.sub(r"1\.\d", "1.N", media.name) for media in sent} == {"application/vnd.config-gtm.v1.N+json"}
    assert all(media.schema for media in sent)


# --- plain text ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "hello", "two words", "key=value", "{not json", "NaN2"])
def test_plain_text_is_sent_as_the_text_type_that_is_declared_beside_json(text: str) -> None:
    op = writes(MediaType(name="application/json", schema=OBJECT), MediaType(name="text/plain", schema=STRING))
    assert media_type_of(op, Nothing(body=text)).name == "text/plain"


@pytest.mark.parametrize("given", [{"a": 1}, [], '{"a": 1}', '"quoted"', "1", "null", None])
def test_json_is_sent_as_json_though_a_text_type_is_declared(given: Any) -> None:
    assert media_type_of(writes("application/json", "text/plain"), Nothing(body=given)).name == "application/json"


def test_plain_text_stays_json_where_no_text_type_is_declared() -> None:
    assert media_type_of(writes("application/json", "application/gzip"), Nothing(body="hello")).name == "application/json"
