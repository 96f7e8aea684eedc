"""Read the values of a built request back from the bytes that will be sent.

A body has the same values however the caller wrote it: as an object, as JSON text, as a form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby, islice
from typing import Any, Final
from urllib.parse import parse_qsl

from akamai_mcp.media_types import JSON_TYPE, is_form, is_json, is_multipart
from akamai_mcp.request.builder import Request
from akamai_mcp.request.content import Content, FileContent, Piece, Streamed

# Enough for every list a person can check; a body of more values says so.
MAX_VALUES: Final = 20_000
Step = str | int
# A name such as `_method`, in plain or with its sign encoded: other bodies need not be read for their names.
_LIKE_METHOD: Final = re.compile(rb"[_$](?:http)?_?method|%(?:25)*5f|%(?:25)*24|\\u00(?:5f|24)", re.IGNORECASE)
_PART_NAME: Final = re.compile(r'name="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Opaque:
    """Content that is shown by its size in bytes and its SHA-256 digest."""

    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentValue:
    """One value of a request: where it stands (`header`, `query`, `body`, `part`), the names that lead to it, and the value."""

    location: str
    steps: tuple[Step, ...]
    value: Any


def content_type_of(request: Request) -> str:
    """The Content-Type header; empty if there is none."""
    return next((value for name, value in request.headers if name.lower() == "content-type"), "")


def read_values(request: Request) -> list[SentValue]:
    """The values of headers, query and body, in the order in which they are sent; at most 20,000 and one more.

    A header may choose what the call is about, as `Policy-Set` does. Accept is left out, and the Content-Type of plain JSON.
    """
    return list(islice(_values(request), MAX_VALUES + 1))


def own_names(request: Request) -> Iterator[str]:
    """The names of a body's own members, of a JSON object, a form or its parts, if one of them may be that of a method."""
    content = request.content
    if content is None or (isinstance(content, bytes) and not _LIKE_METHOD.search(content)):
        return
    for value in _content_values(request, content):
        if value.steps and isinstance(first := value.steps[0], str):
            yield from _PART_NAME.findall(first) if value.location == "part" else (first,)


def digest_content(request: Request) -> str:
    """The SHA-256 digest of the content; empty without one. Reads the files in it, so call it in a thread if there are any.

    The random boundary of a multipart form is left out: the same form has the same digest each time.
    """
    if request.content is None:
        return ""
    digest = sha256()
    boundary = _boundary(request)
    for piece in _pieces(request.content):
        if isinstance(piece, bytes):
            digest.update(piece.replace(boundary, b"") if boundary else piece)
        else:
            digest.update(bytes.fromhex(describe_piece(piece).digest))
    return digest.hexdigest()


def describe_piece(piece: Piece) -> Opaque:
    """The size and digest of bytes or of a file. Raises BodyError if the file cannot be read."""
    if isinstance(piece, bytes):
        return Opaque(size=len(piece), digest=sha256(piece).hexdigest())
    digest = sha256()
    for chunk in piece.read():
        digest.update(chunk)
    return Opaque(size=piece.size, digest=digest.hexdigest())


def has_files(request: Request) -> bool:
    """True if the content is read from files."""
    return isinstance(request.content, Streamed)


def digested_headers(request: Request) -> list[tuple[str, str]]:
    """The headers by lower-case name, in order; the Content-Type of a multipart form without its random boundary."""
    boundary = _boundary(request).decode()
    return sorted(
        (name.lower(), value.removesuffix(boundary) if name.lower() == "content-type" else value)
        for name, value in request.headers
    )


def _values(request: Request) -> Iterator[SentValue]:
    for name, value in request.headers:
        if not _is_usual(name.lower(), value):
            yield SentValue(location="header", steps=(name,), value=value)
    for name, value in parse_qsl(request.target.partition("?")[2], keep_blank_values=True):
        yield SentValue(location="query", steps=(name,), value=value)
    if request.content is not None:
        yield from _content_values(request, request.content)


def _is_usual(name: str, value: str) -> bool:
    """True for a header that says nothing which the values of the body do not say."""
    return name == "accept" or (name == "content-type" and (value.lower() == JSON_TYPE or is_multipart(value)))


def _content_values(request: Request, content: Content) -> Iterator[SentValue]:
    content_type = content_type_of(request)
    if boundary := _boundary(request):
        yield from _part_values(content, boundary)
        return
    if not isinstance(content, bytes):
        for piece in content.pieces:
            yield SentValue(location="body", steps=(), value=describe_piece(piece))
        return
    try:
        text = content.decode()
    except UnicodeDecodeError:
        yield SentValue(location="body", steps=(), value=describe_piece(content))
        return
    if is_json(content_type):
        yield from _json_values(text)
    elif is_form(content_type):
        for name, value in parse_qsl(text, keep_blank_values=True):
            yield SentValue(location="body", steps=(name,), value=value)
    else:
        yield SentValue(location="body", steps=(), value=text)


def _json_values(text: str) -> Iterator[SentValue]:
    try:
        # Pairs instead of objects: a name that is sent twice is shown twice.
        value = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        yield SentValue(location="body", steps=(), value=text)
        return
    for steps, leaf in _leaves(value):
        yield SentValue(location="body", steps=steps, value=leaf)


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs."""


def _leaves(value: Any) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Every leaf with the steps that lead to it; an empty object or array is a leaf."""
    pending: list[Iterator[tuple[tuple[Step, ...], Any]]] = [iter([((), value)])]
    while pending:
        entry = next(pending[-1], None)
        if entry is None:
            pending.pop()
            continue
        steps, node = entry
        if isinstance(node, _Pairs) and node:
            pending.append(_below(steps, node))
        elif isinstance(node, list) and node and not isinstance(node, _Pairs):
            pending.append(_below(steps, enumerate(node)))
        else:
            yield steps, {} if isinstance(node, _Pairs) else node


def _below(steps: tuple[Step, ...], members: Iterable[tuple[Step, Any]]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    return (((*steps, step), member) for step, member in members)


def _boundary(request: Request) -> bytes:
    content_type = content_type_of(request)
    return content_type.partition("boundary=")[2].encode() if is_multipart(content_type) else b""


def _pieces(content: Content) -> tuple[Piece, ...]:
    return content.pieces if isinstance(content, Streamed) else (content,)


def _part_values(content: Content, boundary: bytes) -> Iterator[SentValue]:
    """The parts of a form; no value can contain its random boundary."""
    delimiter = b"--" + boundary
    head = b""
    for piece in _joined(_pieces(content)):
        if isinstance(piece, FileContent):
            yield SentValue(location="part", steps=(_head_text(head),), value=describe_piece(piece))
            head = b""
            continue
        for section in piece.split(delimiter):
            head, _, text = section.partition(b"\r\n\r\n")
            if text:
                yield SentValue(location="part", steps=(_head_text(head),), value=_text_or_digest(text.removesuffix(b"\r\n")))


def _joined(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    """The pieces, with adjacent bytes as one."""
    for is_bytes, group in groupby(pieces, key=lambda piece: isinstance(piece, bytes)):
        if is_bytes:
            yield b"".join(piece for piece in group if isinstance(piece, bytes))
        else:
            yield from group


def _head_text(head: bytes) -> str:
    """The headers of a part, in one line."""
    return head.strip().decode(errors="replace").replace("\r\n", "; ")


def _text_or_digest(content: bytes) -> Any:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return describe_piece(content)
