"""When a call may be sent again, read from the response to it. Pure.

Akamai says it in four ways:

- `Retry-After` with seconds or an HTTP date (RFC 9110 section 10.2.3), and with decimals, which the RFC does not have;
- `X-RateLimit-Next` with a time of RFC 3339, on a 429 of Property Manager;
- "try after <time of RFC 3339>" in the text of a problem, as Certificate Provisioning writes it;
- a 400 whose problem names the WAF deny rule `IPBLOCK-BURST`: no time at all, but a burst is over after seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from akamai_mcp.http_status import is_client_error, is_error
from akamai_mcp.pipeline.responses.problem import read_problem

Header = Callable[[str], str | None]

TOO_MANY_REQUESTS: Final = 429
SERVICE_UNAVAILABLE: Final = 503
BAD_REQUEST: Final = 400
# The WAF's burst controls average over five seconds, so a burst that has stopped is forgotten after as many.
BURST_SECONDS: Final = 5.0
BURST_TYPE: Final = "/pep-authn/request-error"
BURST_RULE: Final = "IPBLOCK-BURST"
MAX_TEXT: Final = 64 * 1024  # bytes of a problem that are searched for a time
_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_RFC_3339: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?"
_TRY_AFTER: Final = re.compile(rf"\btry\s+(?:again\s+)?after\W{{1,4}}({_RFC_3339})", re.IGNORECASE)


def seconds_until_retry(status: int, header: Header, content: bytes, now: float) -> float | None:
    """Return the seconds until a call may be sent again, or None if the response does not say.

    `now` is in seconds since the epoch. A success may say it too: how long to wait before its outcome is asked for.
    """
    times = [read_time(header("retry-after"), now)]
    if status in {TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE}:
        times.append(read_time(header("x-ratelimit-next"), now))
    if is_error(status):
        times.append(read_time(_time_in(content), now))
    found = [seconds for seconds in times if seconds is not None]
    if found:
        return max(found)  # the latest, since each of them is a promise to refuse until then
    return BURST_SECONDS if is_burst_refusal(status, content) else None


def is_rate_limit_refusal(status: int, content: bytes) -> bool:
    """Return True if a limit on the rate of calls refused this one before anything was done."""
    if status == TOO_MANY_REQUESTS or is_burst_refusal(status, content):
        return True
    return is_client_error(status) and _time_in(content) is not None


def is_burst_refusal(status: int, content: bytes) -> bool:
    """Return True for the refusal of the burst limiter, which has the status of a bad request."""
    if status != BAD_REQUEST or BURST_RULE.encode() not in content:
        return False
    problem = read_problem(content)
    return str(problem.get("type", "")).rstrip("/").endswith(BURST_TYPE) and BURST_RULE in str(problem.get("detail", ""))


def read_time(text: str | None, now: float) -> float | None:
    """Return the seconds from `now` that a text means: seconds, a time of RFC 3339, or an HTTP date; None if it is none of them.

    A time that is over is 0.
    """
    text = (text or "").strip()
    if not text:  # as most responses have it
        return None
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        time = datetime.fromisoformat(text.upper()) if re.fullmatch(_RFC_3339, text) else parsedate_to_datetime(text)
        # Without an offset it is Coordinated Universal Time: RFC 9110 allows no other, and Akamai's clocks have none.
        aware = time if time.tzinfo else time.replace(tzinfo=UTC)
        return max(0.0, aware.timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _time_in(content: bytes) -> str | None:
    match = _TRY_AFTER.search(content[:MAX_TEXT].decode("utf-8", "replace"))
    return match[1] if match else None
