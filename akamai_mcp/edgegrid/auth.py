"""EdgeGrid as an `httpx.Auth`: each attempt gets its own signature, because Akamai accepts a nonce and timestamp only once.

So retries have to wrap the client: a retrying transport would send the same signature again.
"""

from __future__ import annotations

from collections.abc import Generator

import httpx

from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.edgegrid.credentials import Credentials
from akamai_mcp.edgegrid.signing import Nonce, SignedParts, new_nonce, sign


class EdgeGridAuth(httpx.Auth):
    """Signs each request just before it is sent, and once more if the clock was off.

    `head` is the beginning of a streamed body, all that its signature covers; None for a body in memory.
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
        """Add the Authorization header. A request that was rejected for its timestamp had no effect and is sent again."""
        response = yield self._signed(request)
        if self._clock.learn(self._credentials.host, response.status_code, response.headers.get("date")):
            yield self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        # A copy of the headers, because the library may change them.
        body = request.content if self._head is None else self._head
        parts = SignedParts(method=request.method, url=str(request.url), headers=request.headers.copy(), body=body)
        now = self._clock.now(self._credentials.host)
        request.headers["Authorization"] = sign(parts, self._credentials, now=now, nonce=self._nonce())
        return request
