"""Compose the answer that an agent reads: status, selected headers, body or problem, one line of advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from akamai_mcp.errors import (
    AkamaiMcpError,
    ConfirmationRequired,
    QuotaExceeded,
    UpstreamBusyError,
    UpstreamConnectError,
    UpstreamError,
    UpstreamTlsError,
    ValidationRefused,
)
from akamai_mcp.openapi.model import Operation
from akamai_mcp.pipeline.call import Response
from akamai_mcp.result.decoding import NO_BODY, decode_content, decode_saved

SHOWN_HEADERS: Final = frozenset(
    {"location", "etag", "last-modified", "retry-after", "link", "content-disposition", "deprecation", "sunset"}
)
SHOWN_PREFIXES: Final = ("x-ratelimit-", "akamai-ratelimit-", "x-rate-limit-", "x-limit-", "x-akamai-ratelimit-")
REQUEST_ID_HEADERS: Final = ("x-request-id", "x-akamai-request-id", "x-trace-id", "akamai-request-id", "akamai-grn")

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
    429: "Too many requests: wait for the time in Retry-After, then repeat the call.",
}
NOT_SENT: Final = (UpstreamBusyError, UpstreamConnectError, UpstreamTlsError)
SERVER_ADVICE: Final = "Akamai failed: repeat a read after a short wait; before you repeat a write, read the resource."
REDIRECT_ADVICE: Final = "The API redirects to the address in Location; redirects are not followed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Binary content beside an answer: base64 text, media type, and the URI of its resource."""

    base64: str = field(repr=False)
    media_type: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a call: JSON content, whether it is an error, and binary content that is not in the JSON."""

    content: dict[str, Any]
    is_error: bool = False
    attachment: Attachment | None = None


def to_answer(operation: Operation | None, response: Response, mismatches: tuple[str, ...] = ()) -> Answer:
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
    if failed:
        content |= _failure(response, decoded.value, mismatches)
    return Answer(content=content, is_error=failed)


def is_failure(operation: Operation | None, status: int) -> bool:
    """True for 4xx, 5xx, and a redirect that the document does not declare."""
    if 200 <= status < 300 or status == 304:  # noqa: PLR2004 - RFC 9110 status classes
        return False
    declared = {response.status for response in operation.responses} if operation else set()
    return not (300 <= status < 400 and str(status) in declared)  # noqa: PLR2004


def shown_headers(response: Response) -> dict[str, str]:
    """The headers that an agent can use: location, version, rate limits, how long to wait."""
    return {name: value for name, value in response.headers if name in SHOWN_HEADERS or name.startswith(SHOWN_PREFIXES)}


def _failure(response: Response, problem: Any, mismatches: tuple[str, ...]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if request_id := find_request_id(response, problem):
        content["requestId"] = request_id
    content["advice"] = advice_for(response.status)
    if mismatches and 400 <= response.status < 500:  # noqa: PLR2004
        content["schemaMismatches"] = list(mismatches)
    return content


def advice_for(status: int) -> str:
    """One line on what to do about a response status."""
    if status in ADVICE:
        return ADVICE[status]
    if status >= 500:  # noqa: PLR2004
        return SERVER_ADVICE
    return REDIRECT_ADVICE if 300 <= status < 400 else ADVICE[400]  # noqa: PLR2004


def find_request_id(response: Response, problem: Any) -> str | None:
    """Akamai's request id, from a header or from the problem document; None if there is none."""
    for name in REQUEST_ID_HEADERS:
        if value := response.header(name):
            return value
    if isinstance(problem, Mapping):
        for key in ("requestId", "traceId", "supportId", "instance"):
            if isinstance(problem.get(key), str):
                return str(problem[key])
    return None


def to_error_answer(error: AkamaiMcpError) -> Answer:
    """The answer for an error of this server, as a problem (RFC 9457) with `sent: false` if nothing was sent."""
    content: dict[str, Any] = {"problem": {"title": error.title, "detail": error.message}}
    if error.advice:
        content["advice"] = error.advice
    if isinstance(error, ConfirmationRequired):
        content |= {"would": error.line, "confirm": error.token}
    if isinstance(error, ValidationRefused):
        content["schemaMismatches"] = list(error.mismatches)
    if isinstance(error, UpstreamBusyError | QuotaExceeded):
        content["retryAfterSeconds"] = round(error.retry_after, 1)
    if not isinstance(error, UpstreamError) or isinstance(error, NOT_SENT):
        content["sent"] = False
    return Answer(content=content, is_error=True)
