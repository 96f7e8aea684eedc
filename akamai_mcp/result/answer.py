"""Compose the answer that an agent reads: status, selected headers, body or problem, one line of advice."""

from __future__ import annotations

import math
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
from akamai_mcp.http_status import is_redirect, is_server_error, is_success
from akamai_mcp.openapi.model import Operation
from akamai_mcp.pipeline.call import NOT_MODIFIED, Response
from akamai_mcp.pipeline.responses.effect import effect_of
from akamai_mcp.pipeline.responses.retry_time import read_time
from akamai_mcp.result.decoding import NO_BODY, decode_content, decode_saved

SHOWN_HEADERS: Final = frozenset(
    {"location", "etag", "last-modified", "retry-after", "link", "content-disposition", "deprecation", "sunset"}
)
SHOWN_PREFIXES: Final = ("x-ratelimit-", "akamai-ratelimit-", "x-rate-limit-", "x-limit-", "x-akamai-ratelimit-")

ADVICE: Final[Mapping[int, str]] = {
    400: "Compare the arguments with akamai_describe_operation; the problem's errors name the field.",
    401: "Akamai refused the signature or the credentials: check the section of .edgerc and this machine's clock.",
    403: "The API client lacks permission: check its grants in Control Center, the account, and the contract or group.",
    404: "The resource does not exist: check each id with the operation that lists it.",
    405: "The API does not allow this method on this path: look up the operation again.",
    406: "Set accept to one of the media types that akamai_describe_operation lists.",
    409: "The resource has changed or is busy: read it again, then repeat the call based on its current state.",
    410: "The resource was deleted: list its collection to find what exists.",
    412: "The ETag in If-Match is outdated: read the resource again and use its new ETag.",
    413: "The body is too large for the API: split it into several calls.",
    415: "Set contentType to one of the media types that akamai_describe_operation lists.",
    422: "The API rejects a value: the problem's errors name the field.",
    423: "The resource is locked: wait until the work in progress ends, then repeat the call.",
    428: "The API requires If-Match: read the resource and send its ETag as ifMatch.",
    429: "Too many requests: wait for a while, then repeat the call and send fewer at once.",
}
SERVER_ADVICE: Final = "Akamai failed: repeat a read after a short wait; before you repeat a write, read the resource."
UNKNOWN_BEFORE: Final = "An earlier attempt of this call got no clear response and may have taken effect: read the resource."
REDIRECT_ADVICE: Final = "The API redirects to the address in Location; redirects are not followed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Binary content beside an answer: base64 text, media type, and the URI of its resource."""

    base64: str = field(repr=False)
    media_type: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a call: JSON content, whether it is an error, and binary content that is not in the JSON.

    `pause` is the time in seconds to wait before the next poll or attempt; None if Akamai gives none.
    `size` is that of the response's content in bytes.
    """

    content: dict[str, Any]
    is_error: bool = False
    attachment: Attachment | None = None
    pause: float | None = None
    size: int = 0


def to_answer(
    operation: Operation | None,
    response: Response,
    mismatches: tuple[str, ...] = (),
    *,
    clock: Callable[[], float] = time.time,
) -> Answer:
    """The answer for a response; anything but a success is an error with a problem and advice."""
    decoded = decode_saved(response) if response.file else decode_content(response.content, response.header("content-type"))
    failed = is_failure(operation, response.status)
    content: dict[str, Any] = {"status": response.status}
    if response.age is not None:
        content["_cache"] = {"hit": True, "ageSeconds": round(response.age, 1)}
    if headers := shown_headers(response):
        content["headers"] = headers
    if decoded.value is not NO_BODY:
        content["problem" if failed else "body"] = decoded.value
    if decoded.note:
        content["note"] = decoded.note
    if response.warning:
        content["auditWarning"] = response.warning
    now = clock()
    if failed:
        content |= _failure(response, response.retry_after(now), mismatches)
    return Answer(content=content, is_error=failed, pause=_pause(response, decoded.value, now), size=len(response.content))


def is_failure(operation: Operation | None, status: int) -> bool:
    """True for 4xx, 5xx, and a redirect that the document does not declare."""
    if is_success(status) or status == NOT_MODIFIED:
        return False
    declared = {response.status for response in operation.responses} if operation else set()
    return not (is_redirect(status) and str(status) in declared)


def shown_headers(response: Response) -> dict[str, str]:
    """The headers that an agent can use: location, version, rate limits, how long to wait."""
    return {name: value for name, value in response.headers if name in SHOWN_HEADERS or name.startswith(SHOWN_PREFIXES)}


def _pause(response: Response, body: Any, now: float) -> float | None:
    """The pause that a response asks for, or else its body's `retryAfter`, in seconds; None if there is nothing to wait for."""
    in_body = body.get("retryAfter", "") if isinstance(body, Mapping) else ""
    return response.retry_after(now) or read_time(str(in_body), now) or None


def _failure(response: Response, retry_after: float | None, mismatches: tuple[str, ...]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if request_id := response.request_id:
        content["requestId"] = request_id
    content["advice"] = advise(response, retry_after)
    if retry_after is not None:
        content["retryAfterSeconds"] = round(retry_after, 1)
    if mismatches and response.is_client_error:
        content["schemaMismatches"] = list(mismatches)
    return content


def advise(response: Response, retry_after: float | None) -> str:
    """One line on what to do about an error response; `retry_after` is the time in seconds after which to repeat the call."""
    if response.after_unknown:
        return f"{advice_for(response.status)} {UNKNOWN_BEFORE}"
    if retry_after is None or effect_of(response) != "none":
        return advice_for(response.status)
    reason = "Too many requests" if response.is_rate_limited else "Akamai cannot take the request now"
    return f"{reason}: nothing was done. Repeat the call in {math.ceil(retry_after)} s, and send fewer at once."


def advice_for(status: int) -> str:
    """One line on what to do about a response status."""
    if status in ADVICE:
        return ADVICE[status]
    if is_server_error(status):
        return SERVER_ADVICE
    return REDIRECT_ADVICE if is_redirect(status) else ADVICE[400]


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
