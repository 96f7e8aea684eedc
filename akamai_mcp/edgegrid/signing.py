"""Sign requests with EdgeGrid: Akamai's published library behind an `httpx.Auth`.

Each attempt is signed anew, because a nonce and a timestamp are accepted once: retries must wrap the client.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from akamai_mcp.edgegrid.credentials import Credentials

Clock = Callable[[], float]
Nonce = Callable[[], str]

SIGNING_LOGGERS: Final = ("akamai", "akamai.edgegrid", "akamai.edgegrid.edgegrid", "akamai.edgegrid.edgerc")


def new_nonce() -> str:
    """A value that no other request has."""
    return str(uuid.uuid4())


def timestamp(now: float) -> str:
    """EdgeGrid's form of a time given in seconds since the epoch."""
    return time.strftime("%Y%m%dT%H:%M:%S+0000", time.gmtime(now))


def silence_signing_library() -> None:
    """Disable the loggers of the signing library: at DEBUG they print the signing key and the body."""
    for name in SIGNING_LOGGERS:
        logger = logging.getLogger(name)
        logger.disabled = True
        logger.propagate = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedParts:
    """The parts of a request that the signature covers, under the names that the library reads."""

    method: str
    url: str
    headers: Any
    body: bytes


def sign(parts: SignedParts, credentials: Credentials, *, now: float, nonce: str) -> str:
    """The Authorization header of a request."""
    from akamai.edgegrid.edgegrid import EdgeGridAuthHeaders  # 89 ms (it brings requests): first call only

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


class EdgeGridAuth(httpx.Auth):
    """Signs each request that a client sends, just before it is sent."""

    requires_request_body = True

    def __init__(self, credentials: Credentials, *, clock: Clock = time.time, nonce: Nonce = new_nonce) -> None:
        self._credentials = credentials
        self._clock = clock
        self._nonce = nonce

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the Authorization header; a copy of the headers is signed because the library may change them."""
        parts = SignedParts(
            method=request.method, url=str(request.url), headers=request.headers.copy(), body=request.content
        )
        request.headers["Authorization"] = sign(parts, self._credentials, now=self._clock(), nonce=self._nonce())
        yield request
