"""Whether an attempt changed or sent anything: one answer for retry, cache, audit trail, circuit breaker and what an agent reads.

An attempt ends in a response or in an exception. Its effect is

- `none`: it surely changed nothing. It was not sent whole, or it was refused;
- `taken`: Akamai accepted it;
- `unknown`: neither is sure, so it counts as both.

Errors of the tree in `errors` say it themselves, and responses do (`pipeline.call.Response.effect`). Everything else, such as
a cancellation, may come at any moment, so its effect is unknown.
"""

from __future__ import annotations

from typing import Final

from akamai_mcp.errors import AkamaiMcpError, Effect
from akamai_mcp.pipeline.call import Response

ACCEPTED: Final = 202
# What the caller knew of the resource was old: it is gone (404, 410), in another state (409), or has another tag (412, 428).
OUTDATED: Final = frozenset({404, 409, 410, 412, 428})

Ending = Response | BaseException


def effect_of(ending: Ending) -> Effect:
    """Return what an attempt did."""
    return ending.effect if isinstance(ending, (Response, AkamaiMcpError)) else "unknown"


def voids_reads(ending: Ending) -> bool:
    """Return True if what was read before this attempt to write can no longer be trusted.

    It cannot if the write may have taken effect, nor if the refusal says that the caller's picture is old: the next read
    would get the same old picture from the cache.
    """
    outdated = isinstance(ending, Response) and ending.status in OUTDATED
    return outdated or effect_of(ending) != "none"


def may_still_come(ending: Ending) -> bool:
    """Return True if the effect of an attempt to write may come later: nothing says that it is over, or it was put in a queue."""
    return effect_of(ending) == "unknown" or (isinstance(ending, Response) and ending.status == ACCEPTED)
