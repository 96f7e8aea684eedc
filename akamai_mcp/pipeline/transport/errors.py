"""Map the exceptions of httpx and aiohttp to the project's own.

Messages contain the host and the exception's type only. A request that may have been sent never becomes a failed
connection, because a POST is repeated after one.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import aiohttp
import httpx

from akamai_mcp.errors import (
    UpstreamConnectError,
    UpstreamError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTlsError,
)

_TLS_ADVICE: Final = "Check the host in .edgerc; behind an inspecting proxy, set AKAMAI_MCP_CA_BUNDLE to its CA certificate."
_CONNECT_ADVICE: Final = "Check the network, the proxy variables (HTTPS_PROXY) and the host in .edgerc. Nothing was sent."
_UNSURE_ADVICE: Final = "A read can be repeated; before repeating a write, read the resource to see whether it took effect."


FOREIGN: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, aiohttp.ClientError)
# Raised before any of the request is written. ClientConnectionError is not: it also covers a connection that was lost.
_UNCONNECTED: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
)
_REASONS: Final = (
    (aiohttp.ClientConnectorDNSError, "the name does not resolve"),
    ((httpx.ProxyError, aiohttp.ClientProxyConnectionError), "the proxy was not reached or refused"),
    (httpx.PoolTimeout, "too many calls at once"),
    ((httpx.ConnectTimeout, aiohttp.ConnectionTimeoutError), "the connection took too long"),
)
_REASONS_BY_NUMBER: Final = {
    errno.ECONNREFUSED: "nothing listens there",
    errno.ENETUNREACH: "the network is not reachable",
    errno.EHOSTUNREACH: "the host is not reachable",
    socket.EAI_NONAME: "the name does not resolve",
    socket.EAI_AGAIN: "the name does not resolve",
}
_UNMADE: Final = (httpx.UnsupportedProtocol, httpx.InvalidURL, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)


def map_error(error: Exception, host: str) -> UpstreamError:
    """The project's error for an exception of httpx or aiohttp."""
    kind = type(error).__name__
    if isinstance(error, (httpx.ConnectError, aiohttp.ClientConnectorError)) and (reason := _tls_reason(error)):
        return UpstreamTlsError(f"The TLS certificate or handshake of {host} was refused ({reason}).", advice=_TLS_ADVICE)
    if isinstance(error, _UNCONNECTED):
        return UpstreamConnectError(f"No connection to {host} ({_reason(error)}).", advice=_CONNECT_ADVICE)
    if isinstance(error, _UNMADE):
        return UpstreamConnectError(f"The request to {host} could not be made ({kind}).", advice=_CONNECT_ADVICE)
    if isinstance(error, (httpx.TimeoutException, aiohttp.ServerTimeoutError)):
        return UpstreamTimeout(f"{host} did not answer in time ({kind}).", advice=_UNSURE_ADVICE)
    return UpstreamProtocolError(f"The response of {host} broke off or was not HTTP ({kind}).", advice=_UNSURE_ADVICE)


def _reason(error: Exception) -> str:
    """Why there is no connection, in words; the libraries' own names say it to nobody who does not know them."""
    for kinds, reason in _REASONS:
        if isinstance(error, kinds):
            return reason
    numbers = {cause.errno for cause in _causes(error) if isinstance(cause, OSError)}
    return next((reason for number, reason in _REASONS_BY_NUMBER.items() if number in numbers), type(error).__name__)


def _tls_reason(error: BaseException) -> str | None:
    """The OpenSSL reason if a failed connect has a TLS error in its chain of causes, else None.

    Call it for failed connects only: after that, a timeout has OpenSSL's "want read" in its chain, and the request may
    have arrived.
    """
    found = [cause for cause in _causes(error) if isinstance(cause, ssl.SSLError)]
    reasons = (getattr(cause, "verify_message", "") or getattr(cause, "reason", "") for cause in found)
    untrusted = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in found)
    fallback = "certificate not trusted" if untrusted else "handshake failed"
    return next((reason for reason in reasons if reason), fallback) if found else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
