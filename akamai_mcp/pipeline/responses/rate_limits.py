"""What a response says about a limit on the rate of calls, and the rate that follows from it. Pure.

Three spellings occur: `X-RateLimit-Limit`, `-Remaining` and `-Next` (Property Manager and others, each number perhaps with a
window: `100;w=60`), `RateLimit-Limit`, `-Remaining` and `-Reset` (draft-ietf-httpapi-ratelimit-headers up to 06), and
`RateLimit: "default";r=20;t=30` with `RateLimit-Policy: "default";q=100;w=60` (from 07).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.responses.retry_time import read_time

_NAME: Final = re.compile(r"((?:x-|akamai-|x-akamai-)?rate-?limit)-(limit|remaining|next|reset)")
_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_PARAMETER: Final = re.compile(r"\b([a-z]+)\s*=\s*([0-9]+(?:\.[0-9]+)?)")
# If nothing says how long the window is: Property Manager counts the calls of a minute.
MINUTE: Final = 60.0
LONGEST: Final = 3600.0  # a longer window, or a time that is none of ours, must not stop a queue for good
LOW: Final = 0.25  # the last quarter of a limit is spent slowly
EPOCH_TIMES: Final = 1e9  # seconds; every time since 2001 is a larger number, and no window is as long


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """`remaining` of `limit` calls are left of a window of `window` seconds, which ends in `reset` seconds if that is known."""

    limit: float
    remaining: float
    window: float = MINUTE
    reset: float | None = None

    @property
    def closed_for(self) -> float:
        """Seconds for which every further call would be refused."""
        return (self.reset or 0.0) if self.remaining <= 0 else 0.0

    def rate(self, in_flight: int = 0) -> float | None:
        """Return the calls a second that make what is left last, or None while enough is left.

        `in_flight` are the calls that `remaining` may not count yet.
        """
        left = max(0.0, self.remaining - in_flight)
        return left / (self.reset or self.window) if left < self.limit * LOW else None

    @property
    def is_low(self) -> bool:
        """True in the last quarter of the limit."""
        return self.rate() is not None


def read_rate_limit(response: Response, now: float) -> RateLimit | None:
    """Return the limit that a response tells of, or None. `now` is in seconds since the epoch."""
    headers = {name: value for name, value in response.headers if "ratelimit" in name or "rate-limit" in name}
    if not headers:  # most responses
        return None
    return _read_combined(headers) or _read_numbered(headers, now)


def _read_numbered(headers: Mapping[str, str], now: float) -> RateLimit | None:
    """Read the spellings that have a header for each number."""
    found = {match[2]: value for name, value in headers.items() if (match := _NAME.fullmatch(name))}
    limit, remaining = (_leading(found.get(name, "")) for name in ("limit", "remaining"))
    if not limit or remaining is None:
        return None
    window = dict(_PARAMETER.findall(found["limit"])).get("w")
    reset = read_time(found.get("next"), now) or _read_reset(found.get("reset"), now)
    return RateLimit(limit=limit, remaining=remaining, window=_bounded(window) or MINUTE, reset=_bounded(reset))


def _read_combined(headers: Mapping[str, str]) -> RateLimit | None:
    """Read the spelling whose parameters stand in one header; its limit stands in that of the policy."""
    current = dict(_PARAMETER.findall(headers.get("ratelimit", "")))
    policy = dict(_PARAMETER.findall(headers.get("ratelimit-policy", "")))
    limit, remaining = policy.get("q") or current.get("limit"), current.get("r") or current.get("remaining")
    if limit is None or remaining is None or not float(limit):
        return None
    reset = _bounded(current.get("t") or current.get("reset"))
    return RateLimit(limit=float(limit), remaining=float(remaining), window=_bounded(policy.get("w")) or MINUTE, reset=reset)


def _read_reset(text: str | None, now: float) -> float | None:
    """Return the seconds until a reset, which is in seconds from now or, as some write it, since the epoch."""
    seconds = read_time(text, now)
    return seconds if seconds is None or seconds < EPOCH_TIMES else max(0.0, seconds - now)


def _bounded(seconds: float | str | None) -> float | None:
    return min(float(seconds), LONGEST) if seconds else None


def _leading(text: str) -> float | None:
    """Return the number that a header begins with: `100, 100;w=60` is 100."""
    match = _NUMBER.match(text.strip())
    return float(match[0]) if match else None
