"""Encode a body by its media type: JSON types, form, multipart, text, XML, binary.

Binary content is `{"base64": "..."}` or `{"file": "name"}` (a file in the allowed folder); text is a string.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from akamai_mcp.errors import BodyError
from akamai_mcp.media_types import BINARY_TYPE, base_type, is_form, is_json, is_multipart
from akamai_mcp.openapi.model import MediaType, Schema
from akamai_mcp.request.arguments import check_header
from akamai_mcp.request.content import Content, FileContent, Piece, join
from akamai_mcp.request.multipart import Part, new_boundary, write_form
from akamai_mcp.request.serialization import to_json, to_text

FindFile = Callable[[str], FileContent]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedBody:
    """The content of a body and its Content-Type."""

    content: Content = field(repr=False)
    content_type: str


def encode_body(body: Any, media: MediaType, find_file: FindFile) -> EncodedBody:
    """The encoded body and its Content-Type. Raises BodyError if it cannot be encoded as that media type."""
    try:
        return _encode(body, media, find_file)
    except UnicodeEncodeError as error:
        raise BodyError("The body contains text that is not valid Unicode.", advice="Remove the lone surrogates.") from error


def _encode(body: Any, media: MediaType, find_file: FindFile) -> EncodedBody:
    name = base_type(media.name)
    if is_json(name):
        return EncodedBody(content=encode_json(body, media.schema), content_type=media.name)
    if is_form(name):
        # Without parameters: the form encoding is always UTF-8 (WHATWG URL standard).
        return EncodedBody(content=_form(body), content_type=name)
    if is_multipart(name):
        return _multipart(body, media, find_file)
    return EncodedBody(content=_plain(body, media.name, find_file), content_type=media.name)


def encode_json(body: Any, schema: Schema) -> bytes:
    """A JSON body as it is sent. Raises BodyError if it is text that is not JSON."""
    return (_json_text(body, schema) if isinstance(body, str) else to_json(body)).encode()


def _json_text(body: str, schema: Schema) -> str:
    """The JSON text of a string body: JSON is sent unchanged; other text becomes a JSON string if the schema allows one.

    If the schema allows only a string, `0` and `true` become strings too.
    """
    try:
        value = json.loads(body)
    except ValueError as error:
        if "string" in (schema.get("type") or ()):
            return to_json(body)
        raise BodyError(
            f"The body is a string that is not JSON ({error}).",
            advice="Send the body as an object or array, or as valid JSON text.",
        ) from error
    is_scalar = not isinstance(value, (dict, list, str))
    return to_json(body) if is_scalar and schema.get("type") == "string" else body


def _form(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    if not isinstance(body, Mapping):
        raise BodyError("A form body must be an object of fields.", advice='Example: {"name": "value"}.')
    pairs = [
        (name, to_text(member))
        for name, value in body.items()
        for member in (value if isinstance(value, list) else [value])
        if member is not None
    ]
    return urlencode(pairs).encode()


def _multipart(body: Any, media: MediaType, find_file: FindFile) -> EncodedBody:
    if not isinstance(body, Mapping):
        raise BodyError(
            "A multipart body must be an object of fields.",
            advice='A file field is {"base64": "...", "filename": "..."} or {"file": "name"}.',
        )
    parts = [
        _part(str(name), member, media, find_file)
        for name, value in body.items()
        for member in (value if isinstance(value, list) else [value])
        if member is not None
    ]
    boundary = new_boundary()
    return EncodedBody(content=write_form(parts, boundary), content_type=f"multipart/form-data; boundary={boundary}")


def _part(name: str, value: Any, media: MediaType, find_file: FindFile) -> Part:
    declared = _member(media.encoding, name).get("contentType")
    if is_binary_reference(value):
        filename = str(value.get("filename") or str(value.get("file", name)).rpartition("/")[2])
        content_type = _header_line(value.get("contentType") or declared or BINARY_TYPE)
        return Part(name=name, content=_reference(value, find_file), filename=filename, content_type=content_type)
    content = to_text(value).encode()
    if _member(media.schema.get("properties"), name).get("format") == "binary":
        return Part(name=name, content=content, filename=name, content_type=_header_line(declared or BINARY_TYPE))
    return Part(name=name, content=content, content_type=_header_line(declared) if declared else None)


def _member(node: Any, name: str) -> Mapping[str, Any]:
    """A member of a part of the document that should be an object of objects; empty if it is none."""
    found = node.get(name) if isinstance(node, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _header_line(content_type: Any) -> str:
    """The type of a part, which an argument or the document may say, as what can stand in one line. Raises ArgumentError."""
    check_header("Content-Type", str(content_type))
    return str(content_type)


def _plain(body: Any, media_type: str, find_file: FindFile) -> Content:
    if is_binary_reference(body):
        return join([_reference(body, find_file)])
    if isinstance(body, str):
        return body.encode()
    raise BodyError(
        f"A body of {media_type} must be text or a file, not {type(body).__name__}.",
        advice='Send a string, {"base64": "..."} or {"file": "path in the files folder"}.',
    )


def is_binary_reference(value: Any) -> bool:
    """True for `{"base64": ...}` or `{"file": ...}`, with `filename` and `contentType` as the only other fields."""
    if not isinstance(value, Mapping) or ("base64" in value) == ("file" in value):
        return False
    return value.keys() - {"base64", "file"} <= {"filename", "contentType"}


def _reference(value: Mapping[str, Any], find_file: FindFile) -> Piece:
    if "file" in value:
        return find_file(str(value["file"]))
    try:
        return base64.b64decode("".join(str(value["base64"]).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BodyError(f"The base64 text cannot be decoded ({error}).", advice="Use standard base64 (RFC 4648).") from error
