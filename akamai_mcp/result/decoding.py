"""Decode a response's content by its Content-Type, with a note if the content does not match it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Final

import orjson

from akamai_mcp.media_types import BINARY_TYPE, base_type, charset, is_json, is_json_lines, is_text
from akamai_mcp.pipeline.call import Response
from akamai_mcp.result.json_lines import read_lines
from akamai_mcp.result.json_text import load, to_utf8

MAX_DEPTH: Final = 128  # not every JSON library between this server and a client can write deeper nesting
_WRITABLE: Final = 254  # orjson's own limit
LARGE: Final = 256 * 1024  # up to it the values of content fit into memory whatever they are
MAX_DECODED: Final = 180 * 1024 * 1024


class NoBody:
    """The type of NO_BODY, the body of a response without content."""

    __slots__ = ()


NO_BODY: Final = NoBody()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A body as a JSON value; `note` says how the content differs from its Content-Type, `lines` that it was lines of JSON."""

    value: Any
    note: str = ""
    lines: bool = False


def decode_content(content: bytes, content_type: str | None) -> Decoded:
    """The content as a JSON value: JSON decoded, text as a string, anything else as base64 with its type and size."""
    if not content:
        return Decoded(value=NO_BODY)
    name = content_type or ""
    if is_json(name) or is_json_lines(name) or not name:
        return _decode_json(content, name)
    if is_text(name):
        return _decode_text(content, name)
    return Decoded(value=_binary(content, name))


def _decode_json(content: bytes, content_type: str) -> Decoded:
    content = to_utf8(content, content_type)
    if len(content) > LARGE and memory_of(content) > MAX_DECODED:
        note = (
            f"the JSON would take more than {MAX_DECODED // 1024**2} MiB in memory, so it is returned as text: "
            "request less (a filter, a smaller page, a shorter period)"
        )
        return Decoded(value=_decode_text(content, content_type).value, note=note)
    of_lines = is_json_lines(content_type)
    try:
        value = read_lines(content, any_value=True) if of_lines else load(content)
    except orjson.JSONDecodeError:
        value = read_lines(content, any_value=False)
        of_lines = True
    if value is None and of_lines:
        decoded = _decode_text(content, content_type)
        note = f"the response has the Content-Type {content_type} but is not JSON" if content_type else ""
        return Decoded(value=decoded.value, note=note)
    if _is_too_deep(value):
        note = f"the JSON has more than {MAX_DEPTH} levels, so it is returned as text"
        return Decoded(value=_decode_text(content, content_type).value, note=note)
    return Decoded(value=value, lines=of_lines)


def memory_of(content: bytes) -> int:
    """An estimate of the memory that JSON takes as Python values, in bytes, from counting its marks.

    Counting takes a tenth of the time of parsing. The weights are CPython's sizes with allocation: 16 MiB of small lists
    take 500 MiB, of ordinary records 160 MiB. Marks inside strings are counted too, so the estimate is rather too high.
    """
    objects, arrays = content.count(b"{"), content.count(b"[")
    strings = max(content.count(b'"') // 2 - content.count(b":"), 0)  # orjson shares the names of members
    others = max(content.count(b",") - strings - objects - arrays, 0)
    return len(content) + 232 * objects + 112 * arrays + 88 * strings + 56 * others


def _is_too_deep(value: Any) -> bool:
    """True beyond MAX_DEPTH levels; wrapping the value up to orjson's limit is much faster than a walk in Python."""
    for _ in range(_WRITABLE - MAX_DEPTH):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return True
    return False


def _decode_text(content: bytes, content_type: str) -> Decoded:
    encoding = charset(content_type)
    try:
        return Decoded(value=content.decode(encoding))
    except (ValueError, LookupError):  # an unknown encoding, or one that is not a text encoding
        note = f"the response has the Content-Type {content_type} but is not {encoding} text" if content_type else ""
        return Decoded(value=_binary(content, content_type or BINARY_TYPE), note=note)


def _binary(content: bytes, content_type: str) -> dict[str, Any]:
    return {
        "base64": base64.b64encode(content).decode(),
        "contentType": base_type(content_type),
        "bytes": len(content),
    }


def decode_saved(response: Response) -> Decoded:
    """The path, type and size of a response that was saved to a file, and the beginning of it if it is text."""
    content_type = response.header("content-type") or BINARY_TYPE
    facts = {"contentType": base_type(content_type), "bytes": response.size, "savedTo": str(response.file)}
    if is_json(content_type) or is_text(content_type):
        facts["begins"] = response.content.decode(errors="replace")
    return Decoded(value=facts)


def is_saved(value: Any) -> bool:
    """True for a body that `decode_saved` returned."""
    return isinstance(value, dict) and value.keys() - {"begins"} == {"contentType", "bytes", "savedTo"}


def is_binary(value: Any) -> bool:
    """True for a body that `decode_content` returned as base64."""
    return isinstance(value, dict) and value.keys() - {"archive"} == {"base64", "contentType", "bytes"}
