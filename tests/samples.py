"""Operations and parameters of the tests' own, each with as little as a test needs to say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from akamai_mcp.edgegrid.credentials import Credentials, CredentialsSource, find_credentials
from akamai_mcp.edgegrid.edgerc import read_edgerc
from akamai_mcp.openapi.model import Location, MediaType, Operation, Parameter, RequestBody, Response
from akamai_mcp.openapi.parser import parse_parameter
from akamai_mcp.request.bodies import FindFile
from akamai_mcp.request.content import Content, FileContent, Streamed
from akamai_mcp.sandbox.paging import ITEM


def parameter(name: str, location: Location = "query", **node: Any) -> Parameter:
    """A parameter as a document declares it, with OpenAPI's defaults for what is not given."""
    return parse_parameter({"name": name, "in": location, "schema": {"type": "string"}, **node})


def body(*media: MediaType | str, required: bool = False) -> RequestBody:
    """A body of some media types; a bare name has an empty schema."""
    content = tuple(one if isinstance(one, MediaType) else MediaType(name=one, schema={}) for one in media)
    return RequestBody(required=required, content=content)


def answers(*media: str, status: str = "200") -> tuple[Response, ...]:
    """One answer of some media types."""
    return (Response(status=status, content=tuple(MediaType(name=name, schema={}) for name in media)),)


def operation(*parameters: Parameter, path: str = "/pets", method: str = "GET", **more: Any) -> Operation:
    """An operation of a product called zoo."""
    facts: dict[str, Any] = {
        "refusal": "",
        "summary": "",
        "tags": (),
        "deprecated": False,
        "request_body": None,
        "responses": (),
        "dialect": "3.0",
    }
    return Operation(
        product="zoo",
        version="v1",
        operation_id="get-pets",
        method=method,
        path=path,
        parameters=parameters,
        **facts | more,
    )


def no_file(name: str) -> FileContent:
    """Finds no file."""
    raise AssertionError(f"{name} was not meant to be read")


def files(contents: Mapping[str, bytes]) -> FindFile:
    """Finds files that hold these bytes, and reads them two bytes at a time."""

    def find(name: str) -> FileContent:
        content = contents[name]
        return FileContent(size=len(content), read=lambda: (content[at : at + 2] for at in range(0, len(content), 2)))

    return find


def whole(content: Content | None) -> bytes:
    """All bytes of a content, files read."""
    return b"".join(content.chunks()) if isinstance(content, Streamed) else content or b""


def credentials_of(source: CredentialsSource, section: str = "default") -> Credentials:
    """The credentials of a section, read from the source's file."""
    return find_credentials(source, section, partial(read_edgerc, source.edgerc))


def item_number(item: Any) -> int:
    """The number of an item in a list that the sandbox served."""
    return int(item[ITEM] if isinstance(item, dict) else item[0] if isinstance(item, list) else item)
