"""Every media type that the documents name, counted in their files: sent as its own, and decoded as what it is."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import pytest
from mcp_stage import METHODS, Reply, Stage

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.faults import Fault

Kind = Literal["json", "text", "binary", "form", "multipart"]

KINDS: Mapping[str, Kind] = {
    "text/csv": "text",
    "text/dns": "text",
    "text/html": "text",
    "text/plain": "text",
    "text/xml": "text",
    "application/xml": "text",
    "application/gzip": "binary",
    "application/tar+gzip": "binary",
    "application/octet-stream": "binary",
    "application/pdf": "binary",
    "application/zip": "binary",
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
    "*/*": "json",  # any type: what comes is decoded by the type that it says
}
VALUE = {"name": "größe", "list": [1, 2.5, None, False], "empty": {}}
TEXT = "größe,1\r\n<a>&amp;</a>\n"
BINARY = bytes(range(256))
ANSWERS: Mapping[str, bytes] = {"json": json.dumps(VALUE).encode(), "text": TEXT.encode(), "binary": BINARY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A media type at one operation of one document."""

    media_type: str
    operation: str


@cache
def declared() -> tuple[tuple[Declared, ...], tuple[Declared, ...]]:
    """(of requests, of successful answers that have a body): every media type at every operation, read without the code under test."""
    requests: list[Declared] = []
    answers: list[Declared] = []
    root = embedded_folder()
    for file in sorted(root.glob("*/*/openapi.json")):
        document = json.loads(file.read_bytes())
        name = file.parent.relative_to(root).as_posix()
        for operation in operations(document):
            key = f"{name}#{operation['operationId']}"
            requests += [Declared(media_type=m, operation=key) for m in content(document, operation.get("requestBody", {}))]
            answers += [
                Declared(media_type=m, operation=key)
                for status, response in operation["responses"].items()
                if status.startswith("2") and status != "204"
                for m in content(document, response)
            ]
    return tuple(requests), tuple(answers)


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (item[method] for method in item.keys() & METHODS - {"head"})


def content(document: dict[str, Any], node: dict[str, Any]) -> list[str]:
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        node = found
    return list(node.get("content", {}))


def names(of: tuple[Declared, ...]) -> list[str]:
    """The names that are media types; the others are in no header (tests/openapi/test_media_choice.py)."""
    return sorted({one.media_type for one in of if "/" in one.media_type})


def kind_of(media_type: str) -> Kind:
    return "json" if media_type.endswith("json") else KINDS[media_type]


REQUESTS, ANSWERED = declared()


def test_the_documents_name_26_media_types_of_bodies_and_52_of_answers_and_each_has_a_kind() -> None:
    assert (len(names(REQUESTS)), len(names(ANSWERED))) == (26, 52)
    assert {kind_of(name) for name in names(REQUESTS)} == {"json", "text", "binary", "form", "multipart"}
    assert {kind_of(name) for name in names(ANSWERED)} == {"json", "text", "binary"}


async def example(stage: Stage, of: tuple[Declared, ...], media_type: str) -> tuple[str, dict[str, Any]]:
    """An operation that has the media type and can be sent, and the arguments of its example but for the type itself."""
    for one in of:
        if one.media_type == media_type:
            facts = (await stage.ask("akamai_describe_operation", name=one.operation)).content
            if "cannotBeSent" not in facts:
                given = facts["example"]["arguments"]
                return one.operation, {name: given[name] for name in given if name.lower() not in {"accept", "content-type"}}
    # Only operations of another host have it: another operation asks for it in their place.
    return ("etp-config/v3#get-sites", {"configId": 1}) if of is ANSWERED else ("akamai_dns_post_zone", {"contractId": "c"})


@pytest.mark.parametrize("media_type", names(ANSWERED))
async def test_an_answer_is_asked_for_by_its_media_type_and_decoded_as_it(stage: Stage, media_type: str) -> None:
    operation, arguments = await example(stage, ANSWERED, media_type)
    kind = kind_of(media_type)
    answered = "application/json" if media_type == "*/*" else media_type
    stage.fake.faults.add(Fault(body=ANSWERS[kind], content_type=answered))
    reply = await stage.agreed(operation, {**arguments, "accept": media_type})
    assert stage.seen.header("accept") == media_type
    assert await decoded(stage, reply, kind, answered)


async def decoded(stage: Stage, reply: Reply, kind: Kind, media_type: str) -> bool:
    """Whether a reply has what was answered, as a value of its kind."""
    if kind != "binary":
        return bool(reply.content["body"] == (VALUE if kind == "json" else TEXT))
    [beside] = (await stage.ask("akamai_read", name=f"{reply.content['body']['whole']}?embed=true")).attachments
    facts = (reply.content["body"]["contentType"], reply.content["body"]["bytes"])
    return (base64.b64decode(beside.blob), beside.mime_type, facts) == (BINARY, media_type, (media_type, len(BINARY)))


@pytest.mark.parametrize("media_type", names(REQUESTS))
async def test_a_body_is_sent_as_its_media_type(stage: Stage, media_type: str) -> None:
    operation, arguments = await example(stage, REQUESTS, media_type)
    kind = kind_of(media_type)
    wanted = "application/json" if media_type == "*/*" else media_type
    given = {"json": VALUE, "text": TEXT, "binary": {"base64": base64.b64encode(BINARY).decode()}}.get(kind, {"a": "b c"})
    await stage.agreed(operation, {**arguments, "body": given, "contentType": wanted})
    sent, said = stage.seen.body, str(stage.seen.header("content-type"))
    assert said == wanted if kind != "multipart" else said.startswith(f"{wanted}; boundary=")
    if kind == "json":
        assert json.loads(sent) == VALUE
    elif kind == "multipart":
        assert b'Content-Disposition: form-data; name="a"\r\n\r\nb c\r\n' in sent
    else:
        assert sent == {"text": TEXT.encode(), "binary": BINARY, "form": b"a=b+c"}[kind]
