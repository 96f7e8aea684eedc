"""Where a redirect leads: a target on the customer's own host, or a reason not to go there."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin, urlsplit

from akamai_mcp.errors import AccessError

# 301 is left out: an address that moved for good is a mistake of a document, not a habit of the API.
FOLLOWED_STATUSES: Final = frozenset({302, 303, 307, 308})
MAX_REDIRECTS: Final = 3
_REDACTED_ACCOUNT: Final = "accountSwitchKey=***"


def redirect_target(location: str | None, target: str, host: str) -> str:
    """The path and query that a Location leads to from a target, without fragment (RFC 9110 section 10.2.2).

    The customer's account switch key is redacted in responses; it is taken out here, because the transport adds it again.
    Raises AccessError for another host, port or scheme.
    """
    try:
        parts = urlsplit(urljoin(f"https://{host}{target}", (location or "").strip()))
    except ValueError as error:
        raise AccessError("Its Location is no address.") from error
    if not location:
        raise AccessError("It has no Location.")
    if (parts.scheme, _authority(parts.netloc)) != ("https", _authority(host)):
        raise AccessError("It leads to another host, port or scheme.")
    query = "&".join(part for part in parts.query.split("&") if part != _REDACTED_ACCOUNT)
    path = parts.path or "/"
    return f"{path}?{query}" if query else path


def _authority(host: str) -> str:
    return host.lower().removesuffix(":443")
