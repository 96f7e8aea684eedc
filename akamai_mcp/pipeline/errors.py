"""The one border where httpx's exceptions become the project's own. Messages name the host and the kind of failure only."""

from __future__ import annotations

import ssl
from typing import Final

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


def map_error(error: Exception, host: str) -> UpstreamError:
    """The project's error for an exception of httpx."""
    if isinstance(error, httpx.ConnectError) and (reason := _tls_reason(error)):
        return UpstreamTlsError(f"The TLS certificate or handshake of {host} was refused ({reason}).", advice=_TLS_ADVICE)
    kind = type(error).__name__
    if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ConnectError, httpx.ProxyError)):
        return UpstreamConnectError(f"No connection to {host} ({kind}).", advice=_CONNECT_ADVICE)
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL)):
        return UpstreamConnectError(f"The request to {host} could not be made ({kind}).", advice=_CONNECT_ADVICE)
    if isinstance(error, httpx.TimeoutException):
        return UpstreamTimeout(f"{host} did not answer in time ({kind}).", advice=_UNSURE_ADVICE)
    return UpstreamProtocolError(f"The answer of {host} broke off or was not HTTP ({kind}).", advice=_UNSURE_ADVICE)


def _tls_reason(error: BaseException) -> str | None:
    """The OpenSSL reason where a TLS failure stands anywhere in the chain of causes of a failed connect.

    Only there: once connected, the chain of a plain timeout holds OpenSSL's "want read", and the request may have arrived.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return getattr(seen, "verify_message", "") or "certificate not trusted"
        if isinstance(seen, ssl.SSLError):
            return getattr(seen, "reason", "") or "handshake failed"
        seen = seen.__cause__ or seen.__context__
    return None
