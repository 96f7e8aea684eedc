"""EdgeGrid as an `httpx.Auth`: each attempt is signed anew, because a nonce and a timestamp are accepted once.

So retries must wrap the client and not be a transport of its own.
"""

from __future__ import annotations

from collections.abc import Generator

import httpx

from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.edgegrid.credentials import Credentials
from akamai_mcp.edgegrid.signing import Nonce, SignedParts, new_nonce, sign


class EdgeGridAuth(httpx.Auth):
    """Signs each request that a client sends, just before it is sent, and once more where the clock was off.

    `head` is the beginning of a body that is streamed, of which a signature covers no more; None for one that is in memory.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        clock: SigningClock | None = None,
        nonce: Nonce = new_nonce,
        head: bytes | None = None,
    ) -> None:
        self._credentials = credentials
        self._head = head
        self._clock = clock or SigningClock()
        self._nonce = nonce

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the Authorization header; a refusal because of the time had no effect, so the request may go again."""
        response = yield self._signed(request)
        if self._clock.learn(self._credentials.host, response.status_code, response.headers.get("date")):
            yield self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        # A copy of the headers is signed because the library may change them.
        body = request.content if self._head is None else self._head
        parts = SignedParts(method=request.method, url=str(request.url), headers=request.headers.copy(), body=body)
        now = self._clock.now(self._credentials.host)
        request.headers["Authorization"] = sign(parts, self._credentials, now=now, nonce=self._nonce())
        return request
