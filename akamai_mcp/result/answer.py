"""Compose the answer that an agent reads: status, selected headers, body or problem, one line of advice."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from akamai_mcp.errors import (
    AkamaiMcpError,
    ConfirmationRequired,
    QuestionRequired,
    QuotaExceeded,
    UpstreamBusyError,
    ValidationRefused,
)
from akamai_mcp.http_status import is_redirect, is_success
from akamai_mcp.openapi.model import Operation
from akamai_mcp.pipeline.call import NOT_MODIFIED, Response
from akamai_mcp.pipeline.responses.effect import effect_of
from akamai_mcp.pipeline.responses.rate_limits import read_rate_limit
from akamai_mcp.pipeline.responses.retry_time import read_time
from akamai_mcp.result.advice.kinds import advise
from akamai_mcp.result.advice.refusal import NOTHING_SENT, Refusal, Sent
from akamai_mcp.result.decoding import NO_BODY, decode_content, decode_saved
from akamai_mcp.result.json_lines import describe_lines

SHOWN_HEADERS: Final = frozenset(
    {"location", "etag", "last-modified", "retry-after", "link", "content-disposition", "deprecation", "sunset"}
)
SHOWN_PREFIXES: Final = ("x-ratelimit-", "akamai-ratelimit-", "x-rate-limit-", "x-limit-", "x-akamai-ratelimit-", "ratelimit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Binary content beside an answer: its resource's URI, media type and size; its bytes as base64 text if it is embedded."""

    uri: str
    media_type: str
    size: int
    base64: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a call: JSON content, whether it is an error, and binary content that is not in the JSON.

    `pause` is the time in seconds to wait before the next poll or attempt; None if Akamai gives none.
    `size` is that of the response's content in bytes, `request_id` Akamai's of the response; `picture` is a PNG as base64
    text, shown beside the JSON.
    """

    content: dict[str, Any]
    is_error: bool = False
    attachment: Attachment | None = None
    pause: float | None = None
    size: int = 0
    picture: str = field(default="", repr=False)
    request_id: str = ""


def to_answer(
    operation: Operation | None,
    response: Response,
    mismatches: tuple[str, ...] = (),
    *,
    sent: Sent = NOTHING_SENT,
    clock: Callable[[], float] = time.time,
) -> Answer:
    """The answer for a response; anything but a success is an error with a problem and advice. `sent` is for the advice."""
    decoded = decode_saved(response) if response.file else decode_content(response.content, response.header("content-type"))
    failed = is_failure(operation, response.status)
    content: dict[str, Any] = {"status": response.status}
    if response.redirected:
        content["redirected"] = list(response.redirected)
    if response.age is not None:
        content["_cache"] = {"hit": True, "ageSeconds": round(response.age, 1)}
    now = clock()
    if headers := shown_headers(response, now):
        content["headers"] = headers
    if decoded.value is not NO_BODY:
        content["problem" if failed else "body"] = decoded.value
    if decoded.lines:
        content["lines"] = describe_lines(decoded.value)
    if decoded.note:
        content["note"] = decoded.note
    if response.warning:
        content["auditWarning"] = response.warning
    if failed:
        refusal = Refusal(response=response, operation=operation, sent=sent, retry_after=response.retry_after(now))
        content |= _failure(refusal, mismatches)
    return Answer(
        content=content,
        is_error=failed,
        pause=_pause(response, decoded.value, now),
        size=len(response.content),
        request_id=response.request_id,
    )


def is_failure(operation: Operation | None, status: int) -> bool:
    """True for 4xx, 5xx, and a redirect that the document does not declare."""
    if is_success(status) or status == NOT_MODIFIED:
        return False
    declared = {response.status for response in operation.responses} if operation else set()
    return not (is_redirect(status) and str(status) in declared)


def shown_headers(response: Response, now: float) -> dict[str, str]:
    """The headers that an agent can use: location, version, how long to wait, and rate limits when little is left of them."""
    limit = read_rate_limit(response, now)
    low = not response.is_success or bool(limit and limit.is_low)
    return {name: value for name, value in response.headers if name in SHOWN_HEADERS or (low and name.startswith(SHOWN_PREFIXES))}


def _pause(response: Response, body: Any, now: float) -> float | None:
    """The pause that a response asks for, or else its body's `retryAfter`, in seconds; None if there is nothing to wait for."""
    in_body = body.get("retryAfter", "") if isinstance(body, Mapping) else ""
    return response.retry_after(now) or read_time(str(in_body), now) or None


def _failure(refusal: Refusal, mismatches: tuple[str, ...]) -> dict[str, Any]:
    response, retry_after = refusal.response, refusal.retry_after
    content: dict[str, Any] = {}
    if request_id := response.request_id:
        content["requestId"] = request_id
    content["advice"] = advise(refusal)
    if retry_after is not None:
        content["retryAfterSeconds"] = round(retry_after, 1)
    if mismatches and response.is_client_error:
        content["schemaMismatches"] = list(mismatches)
    return content


def to_error_answer(error: AkamaiMcpError) -> Answer:
    """The answer for an error of this server, as a problem (RFC 9457) with `sent: false` if nothing was sent."""
    content: dict[str, Any] = {"problem": {"title": error.title, "detail": error.message}}
    if error.advice:
        content["advice"] = error.advice
    if isinstance(error, ConfirmationRequired | QuestionRequired):
        content["would"] = error.line
    if isinstance(error, ConfirmationRequired):
        content["confirm"] = error.token
    if isinstance(error, ValidationRefused):
        content["schemaMismatches"] = list(error.mismatches)
    if isinstance(error, UpstreamBusyError | QuotaExceeded):
        content["retryAfterSeconds"] = round(error.retry_after, 1)
    if effect_of(error) == "none":
        content["sent"] = False
    pause = error.retry_after if isinstance(error, UpstreamBusyError | QuotaExceeded) else None
    return Answer(content=content, is_error=True, pause=pause)
