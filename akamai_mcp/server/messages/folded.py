"""Unfolds the arguments of a tool call that a client wrote as JSON text, before the message is read."""

from __future__ import annotations

import re
from typing import Any, Final

from pydantic_core import from_json, to_json

from akamai_mcp.server.messages.reading import MAX_MESSAGE_BYTES

# Only a message that matches is parsed twice.
_FOLDED: Final = re.compile(rb'"arguments"\s*:\s*["\[]')


def unfold(data: bytes) -> bytes:
    """The message with `params.arguments` of tools/call as an object; the same bytes if there is nothing to unfold."""
    if len(data) > MAX_MESSAGE_BYTES or not _FOLDED.search(data):
        return data
    try:
        raw = from_json(data, allow_inf_nan=False)
        arguments = _read(raw["params"]["arguments"]) if raw["method"] == "tools/call" else None
    except (ValueError, TypeError, KeyError):
        return data
    if arguments is None:
        return data
    return to_json({**raw, "params": {**raw["params"], "arguments": arguments}})


def _read(folded: Any) -> dict[str, Any] | None:
    """The object that a text or an empty list stands for, or None."""
    if folded == [] or (isinstance(folded, str) and not folded.strip()):
        return {}
    value = from_json(folded, allow_inf_nan=False) if isinstance(folded, str) else None
    return value if isinstance(value, dict) else None
