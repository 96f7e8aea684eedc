"""Reads one JSON-RPC message strictly, or says with which error it is refused (JSON-RPC 2.0, section 5).

Nothing is repaired: a character that was replaced, or a number that became infinite, would reach Akamai as another value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mcp_types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCRequest,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError
from pydantic_core import from_json

from akamai_mcp.server.messages.request_id import MAX_DIGITS, TAIL_BYTES, Id, find_id, request_id

MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024  # parsed in the event loop, where more would delay other calls
# A WebSocket frame beyond it closes the connection (RFC 6455, section 7.4.1); one between the two is answered like a long line.
MAX_FRAME_BYTES: Final = 2 * MAX_MESSAGE_BYTES
MAX_MESSAGE_LEVELS: Final = 200  # of pydantic's parser
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

# What pydantic's parser says of a text, and what is wrong with the message. The first two are JSON, but not for this parser.
_REASONS: Final = (
    ("recursion limit", INVALID_REQUEST, f"The message is nested too deeply: at most {MAX_MESSAGE_LEVELS} levels."),
    ("number out of range", INVALID_REQUEST, f"The message has a number with too many digits: at most {MAX_DIGITS}."),
    ("surrogate", PARSE_ERROR, "A string has half a surrogate pair: send whole characters."),
    ("hex escape", PARSE_ERROR, "A string has half a surrogate pair or a broken \\u escape: send whole characters."),
)


class ErrorAnswer(JSONRPCError):
    """An error response whose id may be a fraction, because that is what its client waits for."""

    id: Id  # type: ignore[assignment] # wider than the SDK's, and only ever written


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a message is refused: `code` is that of JSON-RPC, and `reason` holds nothing of the message.

    `replies_to` is the id of the server's own request that the message replies to, if it is a response.
    """

    code: int
    reason: str
    id: Id = None
    replies_to: int | str | None = None

    def answer(self) -> ErrorAnswer:
        """Return the response."""
        return ErrorAnswer(jsonrpc="2.0", id=self.id, error=ErrorData(code=self.code, message=self.reason))

    def reply(self) -> JSONRPCError | None:
        """Return what stands in for a refused response, so that nobody waits for it any longer; None for other messages."""
        if self.replies_to is None:
            return None
        return JSONRPCError(jsonrpc="2.0", id=self.replies_to, error=ErrorData(code=self.code, message=self.reason))


def read_message(data: bytes) -> JSONRPCMessage | Refusal:
    """Read a message. Of members with the same name the last one counts, as in every JSON parser on the way."""
    if len(data) > MAX_MESSAGE_BYTES:
        return refuse_oversize(data)
    try:
        raw = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        return _refuse_text(data, str(error))
    try:
        message = jsonrpc_message_adapter.validate_python(raw, by_name=False)
    except ValidationError:
        return _refuse_value(raw)
    if _has_other_arguments(raw):
        reason = "params.arguments must be an object, or its JSON text."
        return Refusal(code=INVALID_PARAMS, reason=reason, id=request_id(raw))
    # The SDK's notification ignores members it does not know, and so a request with an id that is none.
    if isinstance(message, JSONRPCRequest) or not ("id" in raw and "method" in raw):
        return message
    return _refuse_value(raw)


def _has_other_arguments(raw: dict[str, Any]) -> bool:
    arguments = (raw.get("params") or {}).get("arguments")
    return raw.get("method") == "tools/call" and "id" in raw and not isinstance(arguments, dict | None)


def refuse_oversize(head: bytes, tail: bytes = b"") -> Refusal:
    """Refuse a message of which only the start, and perhaps the end, was kept."""
    reason = (
        f"The message is larger than {MAX_MESSAGE_BYTES} bytes: send less at once, or content as a file (AKAMAI_MCP_FILES_DIR)."
    )
    return Refusal(code=INVALID_REQUEST, reason=reason, id=find_id(head, tail or head[-TAIL_BYTES:]))


def _refuse_text(data: bytes, problem: str) -> Refusal:
    code, reason = _explain(data, problem)
    return Refusal(code=code, reason=reason, id=find_id(data))


def _explain(data: bytes, problem: str) -> tuple[int, str]:
    if not data.strip():
        return PARSE_ERROR, "The message is empty."
    if data.startswith(BYTE_ORDER_MARK):
        return PARSE_ERROR, "The message starts with a byte order mark: send UTF-8 without one."
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return PARSE_ERROR, f"The message is not UTF-8 at byte {error.start}."
    found = next(((code, reason) for words, code, reason in _REASONS if words in problem), None)
    return found or (PARSE_ERROR, f"The message is not JSON: {problem}.")


def _refuse_value(raw: Any) -> Refusal:
    if isinstance(raw, list):
        return Refusal(code=INVALID_REQUEST, reason="Batches are not supported: send each message by itself.")
    if not isinstance(raw, dict):
        return Refusal(code=INVALID_REQUEST, reason="A message must be a JSON object.")
    code, reason = _find_fault(raw)
    own = raw.get("id") if "method" not in raw else None
    replies_to = own if isinstance(own, int | str) and not isinstance(own, bool) else None
    return Refusal(code=code, reason=reason, id=request_id(raw), replies_to=replies_to)


def _find_fault(raw: dict[str, Any]) -> tuple[int, str]:
    if raw.get("jsonrpc") != "2.0":
        return INVALID_REQUEST, 'jsonrpc must be "2.0".'
    if "id" in raw and (isinstance(raw["id"], bool) or not isinstance(raw["id"], int | str)):
        return INVALID_REQUEST, "id must be a string or an integer."
    if "method" not in raw and ("result" in raw or "error" in raw):
        return INVALID_REQUEST, "A response must have an id and an object as its result or error."
    if not isinstance(raw.get("method"), str):
        return INVALID_REQUEST, "method must be a string."
    # A notification with a list is refused as well: MCP allows objects only, and nobody waits for -32602.
    return (INVALID_PARAMS if "id" in raw else INVALID_REQUEST), "params must be an object."
