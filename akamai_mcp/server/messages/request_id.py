"""Finds the id in a message that cannot be read, so that its sender learns which request was refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

Id = int | float | str | None

PARSED_BYTES: Final = 256 * 1024  # parsed leniently as a whole; of longer messages only both ends are looked at
HEAD_BYTES: Final = 64 * 1024
TAIL_BYTES: Final = 1024
MAX_DIGITS: Final = 4300  # CPython converts no longer integers by default

_STRING: Final = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'  # possessive, so that a string without an end takes linear time
_TOKEN: Final = re.compile(rf"({_STRING})|[{{}}\[\]]", re.DOTALL)
_ID: Final = r'("(?:[^"\\]|\\.)*+"|-?[0-9]+(?:\.[0-9]+)?)'
_VALUE: Final = re.compile(rf"\s*:\s*(?:{_ID}(?=[\s,}}]))?", re.DOTALL)
# Only beside `jsonrpc` is an id at the end surely that of the message, and not one of its arguments.
_VERSION: Final = r'"jsonrpc"\s*:\s*"2\.0"'
_LAST: Final = re.compile(
    rf'(?:{_VERSION}\s*,\s*"id"\s*:\s*{_ID}|"id"\s*:\s*{_ID}\s*,\s*{_VERSION})\s*\}}\s*\Z',
    re.DOTALL,
)


def request_id(message: Mapping[str, Any]) -> Id:
    """Return the id of a request, or None if JSON-RPC does not allow its value.

    A fraction is returned although MCP does not allow it: its sender waits for it. The id of a malformed response is one of
    this server's requests, and would be taken for one of the client's; so it is not returned.
    """
    if "method" not in message and ("result" in message or "error" in message):
        return None
    value = message.get("id")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return value if _can_be_written(value) else None


def find_id(head: bytes, tail: bytes = b"") -> Id:
    """Return the id of a message that cannot be read, or None; `tail` is its end if `head` is only its start."""
    if not tail and len(head) <= PARSED_BYTES and (parsed := _parse(head)) is not None:
        return request_id(parsed) if isinstance(parsed, dict) else None
    members = _outer_members(_text(head[:HEAD_BYTES]))
    if "id" not in members and members and (last := _LAST.search(_text((tail or head)[-TAIL_BYTES:]))):
        members["id"] = _parse((last[1] or last[2]).encode(errors="surrogateescape"))
    return request_id(members)


def _can_be_written(value: float | str) -> bool:
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return isinstance(value, int) or math.isfinite(value)  # an integer may be too large for isfinite


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", errors="surrogateescape")


def _parse(data: bytes) -> Any:
    """Parse JSON whatever its strings and numbers hold; None if it is not JSON."""
    try:
        return json.loads(_text(data), strict=False, parse_int=_integer)
    except (ValueError, RecursionError):
        return None


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= MAX_DIGITS else None


def _outer_members(text: str) -> dict[str, Any]:
    """Return the members of the outermost object as far as its text goes; values other than ids are None."""
    members: dict[str, Any] = {}
    if not text.lstrip().startswith("{"):
        return members
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[1] is None:
            depth += 1 if token[0] in "{[" else -1
            if depth == 0:
                break
        elif depth == 1 and (value := _VALUE.match(text, token.end())):
            members[token[0][1:-1]] = _parse(value[1].encode(errors="surrogateescape")) if value[1] else None
    return members
