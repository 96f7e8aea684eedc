"""The innermost handler: one pooled httpx client, a new signature for each attempt, no redirects.

The first call imports httpx and aiohttp, which cost 20 and 90 ms.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from akamai_mcp import __version__
from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.edgegrid.signing import Nonce, new_nonce
from akamai_mcp.errors import SettingsError, UpstreamProtocolError, UpstreamTimeout, UpstreamTooLargeError
from akamai_mcp.media_types import is_binary
from akamai_mcp.pipeline.call import Call, Response
from akamai_mcp.pipeline.transport.content_encoding import ACCEPTED, open_inflater
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy, suggested_name
from akamai_mcp.pipeline.transport.large_bodies import LARGE_BODY_BYTES, MAX_LARGE_BODIES, receiving
from akamai_mcp.pipeline.transport.proxies import ADVICE, Proxy, bypasses, proxy_of
from akamai_mcp.pipeline.transport.response_body import Body
from akamai_mcp.pipeline.transport.upload import Upload, length_header
from akamai_mcp.request.builder import add_query
from akamai_mcp.request.content import Streamed

if TYPE_CHECKING:
    import httpx

USER_AGENT: Final = f"akamai-mcp/{__version__}"
MAX_IDLE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportPolicy:
    """Timeouts in seconds, sizes in bytes; `total_timeout` limits a whole attempt."""

    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    total_timeout: float = 120.0
    max_connections: int = 64
    max_response_bytes: int = 16 * 1024 * 1024
    downloads: DownloadPolicy = field(default_factory=DownloadPolicy)
    ca_bundle: Path | None = None


def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """The trust store of httpx (certifi, or SSL_CERT_FILE) with the bundle added. Raises SettingsError if it cannot be read."""
    import httpx  # 50 ms: the first call needs it

    context = httpx.create_ssl_context()
    if ca_bundle is not None:
        try:
            context.load_verify_locations(cafile=str(ca_bundle))
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(
                f"AKAMAI_MCP_CA_BUNDLE names {str(ca_bundle)!r}, which is not a readable PEM file.",
                advice="Set it to a file with one or more PEM certificates.",
            ) from error
    return context


def forgo_sniffio() -> None:
    """Make the import of a missing sniffio fail at once: httpcore tries it at each lock, 0.15 to 0.3 ms per call."""
    if find_spec("sniffio") is None:
        sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]


def no_cookies() -> httpx.Cookies:
    """A cookie jar that stores nothing: one client serves all customers, and a cookie must not cross between them."""
    import httpx  # 50 ms: the first call needs it

    class NoCookies(httpx.Cookies):
        def extract_cookies(self, response: httpx.Response) -> None:
            pass

    return NoCookies()


def usable_proxy(environment: Mapping[str, str], system: Mapping[str, str]) -> Proxy | None:
    """The proxy that calls use. Raises SettingsError for one that they cannot use."""
    proxy = proxy_of(environment, system)
    if proxy is not None and proxy.problem:
        raise SettingsError(f"{proxy.source} {proxy.problem}.", advice=ADVICE)
    return proxy


def open_transport(policy: TransportPolicy, context: ssl.SSLContext, proxy: Proxy | None) -> httpx.AsyncBaseTransport | None:
    """The transport over aiohttp, or None behind a proxy, where httpx's own transport handles proxies and NO_PROXY."""
    if proxy is not None:
        forgo_sniffio()
        return None
    from akamai_mcp.pipeline.transport.aiohttp_transport import AiohttpTransport  # 140 ms with aiohttp: not behind a proxy

    return AiohttpTransport(context, connections=policy.max_connections, keepalive=MAX_IDLE_SECONDS)


async def receive(response: httpx.Response, body: Body, places: asyncio.Semaphore) -> None:
    """Receive and decode the content; a large one waits for one of the places for such bodies.

    Raises UpstreamTooLargeError or UpstreamProtocolError, and httpx's and aiohttp's errors.
    """
    inflater = open_inflater(response.headers.get("content-encoding", ""))
    async with receiving() as place:
        async for chunk in response.aiter_raw():
            for step in inflater.steps(chunk) if inflater else (chunk,):
                body.add(step)
                if body.in_memory_bytes > LARGE_BODY_BYTES:
                    await place.take(places)
                if inflater:
                    await asyncio.sleep(0)  # one chunk may expand to many steps, and other calls run between them
    if inflater:
        inflater.finish()


class Transport:
    """Sends calls over one client, which the first call opens and all customers share."""

    def __init__(self, policy: TransportPolicy, *, clock: SigningClock | None = None, nonce: Nonce = new_nonce) -> None:
        self._policy = policy
        self._clock = clock or SigningClock()
        self._nonce = nonce
        self._client: httpx.AsyncClient | None = None
        self._places = asyncio.Semaphore(MAX_LARGE_BODIES)

    async def __call__(self, call: Call) -> Response:
        """Send one signed request. Raises UpstreamError."""
        from akamai_mcp.pipeline.transport.errors import FOREIGN, map_error  # 150 ms with aiohttp and httpx

        host = call.credentials.host
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._policy.total_timeout):
                response = await self._send(call)
        except FOREIGN as error:  # before TimeoutError, because some are both
            raise map_error(error, host) from error
        except TimeoutError as error:
            raise UpstreamTimeout(
                f"{host} did not answer within {self._policy.total_timeout:g} s.",
                advice="Raise AKAMAI_MCP_TOTAL_TIMEOUT or request less; read the resource before repeating a write.",
            ) from error
        return replace(response, elapsed=time.monotonic() - started)

    async def _send(self, call: Call) -> Response:
        content = call.request.content
        if not isinstance(content, Streamed):
            return await self._exchange(call, content, None)
        with Upload(content) as upload:
            # EdgeGrid signs the body of POST only, and at most max_body bytes of it.
            head = content.head(call.credentials.max_body) if call.request.method == "POST" else b""
            return await self._exchange(call, upload, head)

    async def _exchange(self, call: Call, content: bytes | Upload | None, head: bytes | None) -> Response:
        import httpx  # 50 ms: the first call needs it

        from akamai_mcp.edgegrid.auth import EdgeGridAuth

        client = self.open()
        given = {name.lower() for name, _ in call.request.headers}
        request = httpx.Request(  # client.build_request would parse the URL a second time
            call.request.method,
            f"https://{call.credentials.host}{self._target(call)}",
            headers=[
                *(line for line in client.headers.items() if line[0] not in given),
                *call.request.headers,
                *length_header(call.request.content),
            ],
            content=content,
        )
        auth = EdgeGridAuth(call.credentials, clock=self._clock, nonce=self._nonce, head=head)
        try:
            response = await client.send(request, auth=auth, stream=True)
        except httpx.InvalidURL as error:  # of a Location, which httpx reads though it is not followed: the request was sent
            raise httpx.RemoteProtocolError("The Location of the answer is no address.") from error
        headers = tuple((name.lower(), value) for name, value in response.headers.multi_items())
        begun = Response(status=response.status_code, headers=headers, content=b"")
        try:
            body = await self._read(response, call)
        except (UpstreamTooLargeError, UpstreamProtocolError) as error:
            error.effect = begun.effect  # what cannot be read was decided before it
            raise
        finally:
            await response.aclose()
        return replace(begun, content=body.content, file=body.path, size=body.size)

    def _target(self, call: Call) -> str:
        key = call.credentials.account_switch_key
        return add_query(call.request.target, "accountSwitchKey", key) if key else call.request.target

    async def _read(self, response: httpx.Response, call: Call) -> Body:
        policy = self._policy
        disposition = response.headers.get("content-disposition")
        body = Body(
            name=suggested_name(disposition, call.operation.replace("/", "-")),
            downloads=policy.downloads if response.is_success else DownloadPolicy(),
            in_memory=policy.max_response_bytes,
            binary=is_binary(response.headers.get("content-type", "")),
        )
        try:
            await receive(response, body, self._places)
        except BaseException:
            body.abandon()
            raise
        return body.finish()

    def open(self) -> httpx.AsyncClient:
        """The client, made at its first use. Raises SettingsError for certificate authorities or a proxy that cannot be used."""
        from urllib.request import getproxies  # 7 ms: the first call needs it

        import httpx  # 50 ms: the first call needs it

        if self._client is None:
            policy = self._policy
            context, system = tls_context(policy.ca_bundle), getproxies()
            proxy = usable_proxy(os.environ, system)
            self._client = httpx.AsyncClient(
                verify=context,
                transport=open_transport(policy, context, proxy),
                trust_env=False,
                proxy=proxy.url if proxy else None,
                mounts=dict.fromkeys(bypasses(system.get("no", "")) if proxy else ()),
                timeout=httpx.Timeout(policy.read_timeout, connect=policy.connect_timeout),
                limits=httpx.Limits(
                    max_connections=policy.max_connections,
                    max_keepalive_connections=policy.max_connections,
                    keepalive_expiry=MAX_IDLE_SECONDS,
                ),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPTED},
            )
            self._client._cookies = no_cookies()  # noqa: SLF001 - a jar with a policy that refuses all costs 3% of a call
        return self._client

    async def aclose(self) -> None:
        """Close every pooled connection."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()
