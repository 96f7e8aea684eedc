"""HTTP responses as they are sent, whole or damaged by a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from akamai_mcp.sandbox.faults import Fault

PROBLEM: Final = "application/problem+json"
_FRAME: Final = (b'{"padding":"', b'"}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A status, headers with lower-case names, and a body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ConnectionDroppedError(Exception):
    """Raised through the application if there is no socket to close."""


def problem(status: int, detail: str, instance: str, **more: Any) -> Reply:
    """An error response as a problem document (RFC 9457), with more members or others."""
    members = {
        "type": f"https://problems.sandbox.example/{status}",
        "title": HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown",
        "status": status,
        "detail": detail,
        "instance": instance,
        **more,
    }
    return Reply(status=status, headers={"content-type": PROBLEM}, body=orjson.dumps(members))


def spoil(reply: Reply, fault: Fault) -> Reply:
    """The reply with its headers and body changed by the fault."""
    headers = {**reply.headers, **{name.lower(): value for name, value in fault.headers.items()}}
    if fault.retry_after is not None:
        headers["retry-after"] = fault.retry_after
    if fault.content_type is not None:
        headers["content-type"] = fault.content_type
    return replace(reply, headers=headers, body=_spoiled_body(reply.body, fault))


def _spoiled_body(body: bytes, fault: Fault) -> bytes:
    if fault.body is not None:
        body = fault.body
    if fault.body_size is not None:
        body = (b"x" * max(fault.body_size - len(b"".join(_FRAME)), 0)).join(_FRAME)
    return body[: len(body) // 2] + b"<" if fault.malformed_json else body


async def send_reply(reply: Reply, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a reply: whole, truncated, or not at all."""
    if fault is not None and fault.drop:
        await _hang_up(receive, send)
    elif fault is not None and fault.truncate:
        await _send_half(reply, receive, send)
    else:
        is_head = scope["method"] == "HEAD"
        response = Response(status_code=reply.status, content=b"" if is_head else reply.body, headers=reply.headers)
        if is_head:
            response.headers["content-length"] = str(len(reply.body))
        await response(scope, receive, send)


async def _send_half(reply: Reply, receive: Receive, send: Send) -> None:
    headers = {**reply.headers, "content-length": str(len(reply.body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
    await _hang_up(receive, send)


async def _hang_up(receive: Receive, send: Send) -> None:
    # ASGI has no message to close a connection; uvicorn's `send` is a method of an object that has the transport.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionDroppedError("A fault dropped the connection.")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
