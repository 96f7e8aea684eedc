"""Every exception of httpx and aiohttp becomes one of ours, and says rightly whether anything was sent."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import aiohttp
import httpx
import pytest
from aiohttp.client_reqrep import ConnectionKey
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from akamai_mcp.errors import (
    UpstreamConnectError,
    UpstreamError,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTlsError,
)
from akamai_mcp.pipeline.transport.errors import map_error
from akamai_mcp.result.answer import to_error_answer

HOST = "akab-test.luna.akamaiapis.net"
SECRET = "akab-planted-token"
EXPECTED: dict[str, type[UpstreamError]] = {
    "ConnectError": UpstreamConnectError,
    "ConnectTimeout": UpstreamConnectError,
    "PoolTimeout": UpstreamConnectError,
    "ProxyError": UpstreamConnectError,
    "UnsupportedProtocol": UpstreamConnectError,
    "InvalidURL": UpstreamConnectError,
    "TimeoutException": UpstreamTimeout,
    "ReadTimeout": UpstreamTimeout,
    "WriteTimeout": UpstreamTimeout,
    "HTTPError": UpstreamProtocolError,
    "RequestError": UpstreamProtocolError,
    "TransportError": UpstreamProtocolError,
    "NetworkError": UpstreamProtocolError,
    "ReadError": UpstreamProtocolError,
    "WriteError": UpstreamProtocolError,
    "CloseError": UpstreamProtocolError,
    "ProtocolError": UpstreamProtocolError,
    "LocalProtocolError": UpstreamProtocolError,
    "RemoteProtocolError": UpstreamProtocolError,
    "DecodingError": UpstreamProtocolError,
    "TooManyRedirects": UpstreamProtocolError,
    "HTTPStatusError": UpstreamProtocolError,
    "StreamError": UpstreamProtocolError,
    "StreamConsumed": UpstreamProtocolError,
    "StreamClosed": UpstreamProtocolError,
    "ResponseNotRead": UpstreamProtocolError,
    "RequestNotRead": UpstreamProtocolError,
}
EXPECTED_OF_AIOHTTP: dict[str, type[UpstreamError]] = {
    # Nothing was sent: raised while a connection is made.
    "ClientConnectorError": UpstreamConnectError,
    "ClientConnectorDNSError": UpstreamConnectError,
    "ClientProxyConnectionError": UpstreamConnectError,
    "ConnectionTimeoutError": UpstreamConnectError,
    "UnixClientConnectorError": UpstreamConnectError,
    "ClientSSLError": UpstreamConnectError,
    "ClientConnectorSSLError": UpstreamTlsError,
    "ClientConnectorCertificateError": UpstreamTlsError,
    # Nothing was sent: there is no such address.
    "InvalidURL": UpstreamConnectError,
    "InvalidUrlClientError": UpstreamConnectError,
    "InvalidUrlRedirectClientError": UpstreamConnectError,
    "NonHttpUrlClientError": UpstreamConnectError,
    "NonHttpUrlRedirectClientError": UpstreamConnectError,
    # Nobody knows.
    "ServerTimeoutError": UpstreamTimeout,
    "SocketTimeoutError": UpstreamTimeout,
    "ClientError": UpstreamProtocolError,
    "ClientConnectionError": UpstreamProtocolError,
    "ClientConnectionResetError": UpstreamProtocolError,
    "ClientOSError": UpstreamProtocolError,
    "ServerConnectionError": UpstreamProtocolError,
    "ServerDisconnectedError": UpstreamProtocolError,
    "ServerFingerprintMismatch": UpstreamProtocolError,
    "ClientPayloadError": UpstreamProtocolError,
    "ClientResponseError": UpstreamProtocolError,
    "ClientHttpProxyError": UpstreamProtocolError,
    "ContentTypeError": UpstreamProtocolError,
    "WSServerHandshakeError": UpstreamProtocolError,
    "TooManyRedirects": UpstreamProtocolError,
    "RedirectClientError": UpstreamProtocolError,
    "UploadAbortedError": UpstreamProtocolError,
}
# Never raised by a client that sends: cookies are not asked for by name.
NOT_OURS = {"CookieConflict"}


def exceptions_of_httpx() -> Iterator[type[Exception]]:
    """Every exception class that httpx exports."""
    for name in httpx.__all__:
        member = getattr(httpx, name)
        if isinstance(member, type) and issubclass(member, Exception):
            yield member


def an(kind: type[Exception]) -> Exception:
    """An exception of a class, whatever it wants to be made with; its message holds a secret."""
    request = httpx.Request("GET", f"https://{HOST}/?accountSwitchKey={SECRET}")
    if issubclass(kind, httpx.HTTPStatusError):
        return kind(SECRET, request=request, response=httpx.Response(500, request=request))
    if kind in {httpx.StreamConsumed, httpx.StreamClosed, httpx.ResponseNotRead, httpx.RequestNotRead}:
        return kind()
    return kind(SECRET)


@pytest.mark.parametrize(
    "kind", [kind for kind in exceptions_of_httpx() if kind.__name__ not in NOT_OURS], ids=lambda kind: kind.__name__
)
def test_every_exception_of_httpx_has_its_error(kind: type[Exception]) -> None:
    mapped = map_error(an(kind), HOST)
    assert type(mapped) is EXPECTED[kind.__name__]
    assert HOST in mapped.message
    assert mapped.advice
    assert SECRET not in mapped.message + mapped.advice + repr(mapped)


def test_every_exception_of_httpx_is_expected_here() -> None:
    assert {kind.__name__ for kind in exceptions_of_httpx()} == EXPECTED.keys() | NOT_OURS


def exceptions_of_aiohttp() -> set[type[aiohttp.ClientError]]:
    """Every exception class of aiohttp's client."""
    found, open_ends = {aiohttp.ClientError}, [aiohttp.ClientError]
    while open_ends:
        below = set(open_ends.pop().__subclasses__()) - found
        found |= below
        open_ends += below
    return {kind for kind in found if kind.__module__.startswith("aiohttp.")}


def an_aiohttp(kind: type[aiohttp.ClientError]) -> aiohttp.ClientError:
    """An exception of a class of aiohttp's client; whatever it is told holds a secret."""
    url, key = URL(f"https://{HOST}/?accountSwitchKey={SECRET}"), ConnectionKey(HOST, 443, True, True, None, None, None)
    if kind.__name__ == "UnixClientConnectorError":
        return kind("/a/path", key, OSError(1, "refused"))
    if issubclass(kind, aiohttp.ClientConnectorCertificateError):
        return kind(key, ssl.SSLCertVerificationError(1, "refused"))
    if issubclass(kind, aiohttp.ClientConnectorError):
        return kind(key, OSError(1, "refused"))
    if issubclass(kind, aiohttp.ClientResponseError):
        return kind(aiohttp.RequestInfo(url, "GET", CIMultiDictProxy(CIMultiDict()), url), (), message=SECRET)
    if issubclass(kind, aiohttp.ServerFingerprintMismatch):
        return kind(b"expected", b"got", HOST, 443)
    return kind(SECRET)


@pytest.mark.parametrize("kind", sorted(exceptions_of_aiohttp(), key=str), ids=lambda kind: kind.__name__)
def test_every_exception_of_aiohttps_client_has_its_error(kind: type[aiohttp.ClientError]) -> None:
    mapped = map_error(an_aiohttp(kind), HOST)
    assert type(mapped) is EXPECTED_OF_AIOHTTP[kind.__name__]
    assert HOST in mapped.message
    assert mapped.advice
    assert SECRET not in mapped.message + mapped.advice + repr(mapped)


def test_every_exception_of_aiohttps_client_is_expected_here() -> None:
    assert {kind.__name__ for kind in exceptions_of_aiohttp()} == EXPECTED_OF_AIOHTTP.keys()


def caused(error: Exception, *causes: Exception) -> Exception:
    """The error at the end of a chain: some as causes, some only as context."""
    inner = error
    for number, cause in enumerate(causes):
        if number % 2:
            inner.__context__ = cause
        else:
            inner.__cause__ = cause
        inner = cause
    return error


def test_a_refused_certificate_says_why() -> None:
    refused = ssl.SSLCertVerificationError("verify failed")
    refused.verify_message = "self-signed certificate"
    key = ConnectionKey(HOST, 443, True, True, None, None, None)
    for error in (httpx.ConnectError("x"), aiohttp.ClientConnectorCertificateError(key, refused)):
        mapped = map_error(caused(error, OSError(), refused), HOST)
        assert isinstance(mapped, UpstreamTlsError)
        assert "self-signed certificate" in mapped.message
        assert "AKAMAI_MCP_CA_BUNDLE" in mapped.advice


def tls_error(kind: type[ssl.SSLError], **facts: str) -> ssl.SSLError:
    error = kind(1, "x")
    for name, value in facts.items():
        setattr(error, name, value)
    return error


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        ([tls_error(ssl.SSLError)], "handshake failed"),
        ([tls_error(ssl.SSLError, reason="WRONG_VERSION_NUMBER")], "WRONG_VERSION_NUMBER"),
        ([tls_error(ssl.SSLCertVerificationError)], "certificate not trusted"),
        ([tls_error(ssl.SSLCertVerificationError, reason="R", verify_message="self-signed")], "self-signed"),
        ([tls_error(ssl.SSLError), tls_error(ssl.SSLCertVerificationError)], "certificate not trusted"),
        ([OSError(), tls_error(ssl.SSLError), tls_error(ssl.SSLError, reason="SECOND")], "SECOND"),
    ],
)
def test_a_handshake_that_fails_is_a_tls_error_with_openssls_reason(errors: list[Exception], reason: str) -> None:
    mapped = map_error(caused(httpx.ConnectError("x"), *errors), HOST)
    assert isinstance(mapped, UpstreamTlsError)
    assert mapped.message == f"The TLS certificate or handshake of {HOST} was refused ({reason})."


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(httpx.ReadTimeout, UpstreamTimeout), (httpx.WriteTimeout, UpstreamTimeout), (httpx.ReadError, UpstreamProtocolError)],
)
def test_openssls_want_read_below_a_timeout_does_not_make_it_a_failed_handshake(
    kind: type[Exception], expected: type[UpstreamError]
) -> None:
    mapped = map_error(caused(kind("x"), TimeoutError(), ssl.SSLWantReadError()), HOST)
    assert type(mapped) is expected
    assert "sent" not in to_error_answer(mapped).content


@pytest.mark.parametrize(
    ("kind", "sent"), [(httpx.ConnectError, False), (httpx.ReadTimeout, None), (httpx.RemoteProtocolError, None)]
)
def test_only_what_surely_never_left_is_called_not_sent(kind: type[Exception], sent: bool | None) -> None:
    assert to_error_answer(map_error(an(kind), HOST)).content.get("sent") is sent
