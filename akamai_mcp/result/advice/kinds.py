"""The kinds of error responses with one line of advice each: the first that fits counts.

docs/troubleshooting.md shows the same table to people (`make docs`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from akamai_mcp.edgegrid.credentials import DEFAULT_MAX_BODY
from akamai_mcp.result.advice.refusal import Refusal

UNKNOWN_BEFORE: Final = "An earlier attempt of this call got no clear response and may have taken effect: read the resource."

NOT_A_READ: Final = "Only 302, 303, 307 and 308 of a GET or HEAD are. Call the operation of that address yourself."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of error response: its status (a range such as `4xx`, or several), its case, whether a refusal is one, its advice.

    `{name}` in the advice stands for a fact of the refusal, see `_facts`.
    """

    status: str
    advice: str
    case: str = ""
    applies: Callable[[Refusal], bool] = lambda _: True

    def fits(self, refusal: Refusal) -> bool:
        """Return True if a refusal is of this kind."""
        status = str(refusal.response.status)
        return any(status.startswith(one.strip().replace("x", "")) for one in self.status.split(",")) and self.applies(refusal)


def advise(refusal: Refusal) -> str:
    """Return one line on what to do about an error response."""
    kind = kind_of(refusal)
    line = kind.advice.format_map(_facts(refusal)) if "{" in kind.advice else kind.advice
    return f"{line} {UNKNOWN_BEFORE}" if refusal.response.after_unknown else line


def kind_of(refusal: Refusal) -> Kind:
    """Return the kind of an error response."""
    return next(kind for kind in KINDS if kind.fits(refusal))


def _facts(refusal: Refusal) -> Mapping[str, object]:
    """What varies in the advice."""
    return {
        "reason": "Too many requests" if refusal.response.is_rate_limited else "Akamai cannot take the request now",
        "seconds": math.ceil(refusal.retry_after or 0),
        "read": DEFAULT_MAX_BODY,
        "max_body": refusal.sent.max_body,
        "api": refusal.api,
        "not_followed": refusal.response.not_followed or NOT_A_READ,
        "ids": ", ".join(refusal.identifiers),
        "warnings": ", ".join(f'"{name}"' for name in refusal.warnings),
    }


KINDS: Final = (
    Kind(
        status="4xx, 503",
        case="a limit refused the call, and a header, the text or the kind of the limit says when it may go again",
        applies=lambda refusal: refusal.is_put_off,
        advice="{reason}: nothing was done. Repeat the call in {seconds} s, and send fewer at once.",
    ),
    Kind(
        status="400, 401",
        case="the gateway finds the time of the signature wrong, though the clock was corrected by its answer",
        applies=lambda refusal: refusal.gateway == "authentication" and refusal.says("timestamp"),
        advice="Akamai finds the time of the signature wrong: set this machine's clock (NTP). The arguments are not the cause.",
    ),
    Kind(
        status="401",
        case="the body is longer than what `max_body` of the section lets the signature cover",
        applies=lambda refusal: refusal.is_signed_otherwise,
        advice="Akamai reads {read} bytes of a body for the signature: remove the line max_body = {max_body} from .edgerc.",
    ),
    Kind(
        status="401",
        case="the gateway does not accept the client or access token",
        applies=lambda refusal: refusal.gateway == "authentication" and refusal.says("token", "inactive", "expired"),
        advice="Akamai does not accept the tokens of this section of .edgerc: the client is inactive, or the host another's.",
    ),
    Kind(
        status="400",
        case="the gateway could not read the request",
        applies=lambda refusal: refusal.gateway is not None,
        advice="Akamai's gateway refused the request before an API read it: its detail says why. It is not about the arguments.",
    ),
    Kind(
        status="401",
        case="any other",
        advice="Akamai refused the signature or the credentials: check the section of .edgerc (the clock is corrected).",
    ),
    Kind(
        status="403",
        case="the account switch key is refused",
        applies=lambda refusal: refusal.sent.switched and refusal.says("account switch", "accountswitch", "switch key"),
        advice="Akamai refused the account switch key: check account_key in .edgerc, and that the client may use it.",
    ),
    Kind(
        status="403",
        case="the gateway says that the client has no grant for the API",
        applies=lambda refusal: refusal.gateway == "authorization",
        advice="The API client lacks permission: it has no grant for {api}. Add it to the client's grants in Control Center; "
        "akamai_list_customers with check shows which customers have it.",
    ),
    Kind(
        status="403",
        case="the edge refused the request with a page of its own",
        applies=lambda refusal: refusal.is_html,
        advice="Akamai's edge refused the request, by its address or a firewall rule: give support the reference.",
    ),
    Kind(
        status="403",
        case="any other",
        advice="The API client lacks permission: check its grants in Control Center, the account, and the contract or group.",
    ),
    Kind(
        status="400",
        case="an activation has warnings that nobody has acknowledged",
        applies=lambda refusal: refusal.says("acknowledg") and bool(refusal.warnings),
        advice="Show the warnings to the user. Once they agree, repeat it with acknowledgeWarnings: [{warnings}] in the body.",
    ),
    Kind(
        status="404",
        case="the path or the query names a resource",
        applies=lambda refusal: bool(refusal.identifiers),
        advice="The resource does not exist: check each id ({ids}) with the operation that lists it; a new one may take seconds.",
    ),
    Kind(
        status="404",
        case="nothing in the call names a resource",
        advice="Nothing is served at this path: this account may not have the product; check customer and path.",
    ),
    Kind(status="405", advice="The API does not allow this method on this path: look up the operation again."),
    Kind(status="406", advice="Set accept to one of the media types that akamai_describe_operation lists."),
    Kind(status="408", advice="Akamai gave up waiting for the request: repeat it, with a smaller body if it has a large one."),
    Kind(
        status="409",
        advice="The resource has changed or is busy: read it again, then repeat the call based on its state.",
    ),
    Kind(status="410", advice="The resource was deleted: list its collection to find what exists."),
    Kind(status="412", advice="The ETag in If-Match is outdated: read the resource again and use its new ETag."),
    Kind(status="413", advice="The body is too large for the API: split it into several calls."),
    Kind(status="414", advice="Path and query are too long for the API: pass fewer values, or use an operation with a body."),
    Kind(status="415", advice="Set contentType to one of the media types that akamai_describe_operation lists."),
    Kind(status="422", advice="The API rejects a value: see what the problem says; its errors name the field, where it has any."),
    Kind(status="423", advice="The resource is locked: wait until the work in progress ends, then repeat the call."),
    Kind(status="428", advice="The API requires If-Match: read the resource and send its ETag as ifMatch."),
    Kind(
        status="429",
        case="nothing says when it may go again",
        advice="Too many requests: wait for a while, then repeat the call and send fewer at once.",
    ),
    Kind(
        status="4xx",
        case="any other",
        advice="Compare the arguments with akamai_describe_operation and with what the problem says.",
    ),
    Kind(status="501", advice="The API does not offer this call: look up the operation again."),
    Kind(
        status="5xx",
        case="the call is a read",
        applies=lambda refusal: refusal.is_read,
        advice="Akamai failed: repeat the call after a short wait. If it goes on, give Akamai's support the requestId.",
    ),
    Kind(
        status="5xx",
        case="the call may have changed something",
        advice="Akamai failed, and the call may have taken effect: read the resource before you repeat it.",
    ),
    Kind(status="3xx", advice="The API redirects to the address in Location, which was not followed: {not_followed}"),
    Kind(
        status="xxx",
        case="HTTP has no such status, or it is no final one",
        advice="The status is none of HTTP's: read what the call was about before you repeat it, since it may have taken effect.",
    ),
)
