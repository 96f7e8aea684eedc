"""EdgeGrid signatures, through Akamai's published library."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from akamai_mcp.edgegrid.credentials import Credentials

Clock = Callable[[], float]
Nonce = Callable[[], str]

SIGNING_LOGGERS: Final = ("akamai", "akamai.edgegrid", "akamai.edgegrid.edgegrid", "akamai.edgegrid.edgerc")


def new_nonce() -> str:
    """Create a value that no other request has."""
    return str(uuid.uuid4())


def timestamp(now: float) -> str:
    """Format seconds since the epoch as EdgeGrid does."""
    return time.strftime("%Y%m%dT%H:%M:%S+0000", time.gmtime(now))


def silence_signing_library() -> None:
    """Disable the loggers of the signing library, which print the signing key and the body at DEBUG."""
    for name in SIGNING_LOGGERS:
        logger = logging.getLogger(name)
        logger.disabled = True
        logger.propagate = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedParts:
    """The parts of a request that the signature covers, with the attribute names that the library expects."""

    method: str
    url: str
    headers: Any
    body: bytes


def sign(parts: SignedParts, credentials: Credentials, *, now: float, nonce: str) -> str:
    """Return the Authorization header of a request."""
    from akamai.edgegrid.edgegrid import EdgeGridAuthHeaders  # 89 ms, since it imports requests; paid by the first call

    silence_signing_library()
    signer = EdgeGridAuthHeaders(
        credentials.client_token,
        credentials.client_secret,
        credentials.access_token,
        headers_to_sign=credentials.headers_to_sign,
        max_body=credentials.max_body,
    )
    header: str = signer.make_auth_header(parts, timestamp(now), nonce)
    return header
