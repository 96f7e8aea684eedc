"""One signed request and its response: what goes to the wire, what becomes of an answer, and what is opened and closed."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from importlib.machinery import PathFinder
from pathlib import Path

import httpx
import pytest
import trustme
from pipeline_fakes import call, credentials
from virtual_time import VirtualLoop, run

from akamai_mcp.edgegrid.clock import SigningClock
from akamai_mcp.errors import SettingsError, UpstreamProtocolError, UpstreamTimeout, UpstreamTooLargeError
from akamai_mcp.pipeline.call import Call
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy
from akamai_mcp.pipeline.transport.large_bodies import LARGE_BODY_BYTES, MAX_LARGE_BODIES, keeping_place
from akamai_mcp.pipeline.transport.proxies import Proxy
from akamai_mcp.pipeline.transport.transport import USER_AGENT, Transport, TransportPolicy, open_transport, tls_context
from akamai_mcp.request.builder import Request
from akamai_mcp.request.content import Content, FileContent, Streamed

HOST = "akab-test.luna.akamaiapis.net"
NOW = 1_700_000_000.0


class Wire(httpx.AsyncBaseTransport):
    """The end of a client's connections: remembers each request with its body, and answers with what it is given."""

    def __init__(self, answer: Callable[[], httpx.Response]) -> None:
        self._answer = answer
        self.requests: list[httpx.Request] = []
        self.bodies: list[bytes] = []
        self.is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(await request.aread())
        return self._answer()

    async def aclose(self) -> None:
        self.is_closed = True


class Parts(httpx.AsyncByteStream):
    """The content of a response in parts, of which an exception is raised; knows whether it was closed."""

    def __init__(self, *parts: bytes | Exception) -> None:
        self._parts = parts
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            if isinstance(part, Exception):
                raise part
            yield part

    async def aclose(self) -> None:
        self.is_closed = True


def answering(answer: Callable[[], httpx.Response], **policy: object) -> tuple[Transport, Wire]:
    """The real transport with its real client, whose connections end in a wire."""
    transport = Transport(TransportPolicy(**policy), clock=SigningClock(lambda: NOW), nonce=lambda: "n-o-n-c-e")  # type: ignore[arg-type]
    wire = Wire(answer)
    transport.open()._transport = wire
    transport.open()._mounts = {}
    return transport, wire


def ok() -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "application/json"}, stream=Parts(b"{}"))


async def test_a_request_goes_to_the_customers_host_with_its_own_headers_and_timeouts_and_signed() -> None:
    transport, wire = answering(ok, connect_timeout=3.0, read_timeout=4.0)
    own = (("accept", "text/csv"), ("User-Agent", "mine"), ("X-A", "1"), ("X-A", "2"))
    await transport(call("GET", "/a/b?c=d", headers=own, credentials=credentials(account_switch_key="1-A:1-B")))
    (request,) = wire.requests
    assert (request.method, str(request.url)) == ("GET", f"https://{HOST}/a/b?c=d&accountSwitchKey=1-A%3A1-B")
    lines = [(name.lower(), value) for name, value in request.headers.multi_items()]
    signature = dict(lines).pop("authorization")
    assert signature.startswith(
        "EG1-HMAC-SHA256 client_token=acme;access_token=a;timestamp=20231114T22:13:20+0000;nonce=n-o-n-c-e;"
    )
    assert sorted(line for line in lines if line[0] != "authorization") == [
        ("accept", "text/csv"),
        ("accept-encoding", "gzip, deflate"),
        ("connection", "keep-alive"),
        ("host", HOST),
        ("user-agent", "mine"),
        ("x-a", "1"),
        ("x-a", "2"),
    ]
    assert request.extensions["timeout"] == {"connect": 3.0, "read": 4.0, "write": 4.0, "pool": 4.0}


async def test_without_an_account_nothing_is_added_to_the_target() -> None:
    transport, wire = answering(ok)
    await transport(call(target="/a%2Fb?c=d"))
    assert str(wire.requests[0].url) == f"https://{HOST}/a%2Fb?c=d"
    assert wire.requests[0].headers["user-agent"] == USER_AGENT


def sending(method: str, content: Content | None) -> Call:
    request = Request(method=method, target="/a", headers=(("Content-Type", "a/b"),), content=content)
    return call(request=request, credentials=replace(credentials(), max_body=4))


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_file_is_sent_whole_with_its_length_and_signed_as_the_same_bytes_are(method: str) -> None:
    transport, wire = answering(ok)
    file = Streamed(pieces=(b"<", FileContent(size=6, read=lambda: iter((b"abc", b"def"))), b">"))  # type: ignore[arg-type]
    for content in (file, b"<abcdef>", b"<abcXXX>"):
        await transport(sending(method, content))
    assert wire.bodies == [b"<abcdef>", b"<abcdef>", b"<abcXXX>"]
    assert [request.headers["content-length"] for request in wire.requests] == ["8", "8", "8"]
    # Four bytes are signed, of POST only.
    assert len({request.headers["authorization"] for request in wire.requests}) == 1
    await transport(sending(method, b"<xyz>"))
    assert (wire.requests[3].headers["authorization"] == wire.requests[0].headers["authorization"]) is (method == "PUT")


async def test_a_response_has_its_status_header_lines_content_size_and_time() -> None:
    headers = [("Content-Type", "text/plain"), ("X-Twice", "1"), ("x-twice", "2")]
    transport, _ = answering(lambda: httpx.Response(404, headers=headers, stream=Parts(b"a", b"bc")))
    response = await transport(call())
    assert (response.status, response.content, response.size, response.file) == (404, b"abc", 3, None)
    assert response.headers == (("content-type", "text/plain"), ("x-twice", "1"), ("x-twice", "2"))
    assert response.elapsed > 0


@pytest.mark.parametrize("disposition", [None, 'attachment; filename="named.bin"'])
async def test_a_large_binary_answer_becomes_a_file_named_as_it_says_or_by_its_operation(
    tmp_path: Path, disposition: str | None
) -> None:
    headers = {"Content-Type": "application/zip"} | ({"Content-Disposition": disposition} if disposition else {})
    downloads = DownloadPolicy(folder=tmp_path, stream_over=3)
    for status in (500, 200):
        transport, _ = answering(lambda: httpx.Response(status, headers=headers, stream=Parts(b"ab", b"cd")), downloads=downloads)  # noqa: B023
        response = await transport(call(operation="papi/v1#get-x"))
        if status == 500:  # a problem is read and never saved
            assert (response.content, [*tmp_path.iterdir()]) == (b"abcd", [])
    path = tmp_path / ("named.bin" if disposition else "papi-v1-get-x")
    assert (response.file, response.size, response.content, path.read_bytes()) == (path, 4, b"", b"abcd")


@pytest.mark.parametrize(
    ("broken", "kind"),
    [(httpx.ReadError("lost"), UpstreamProtocolError), (bytes(9), UpstreamTooLargeError)],
    ids=["lost", "too large"],
)
async def test_an_answer_that_breaks_off_leaves_no_file_and_no_connection(
    tmp_path: Path, broken: bytes | Exception, kind: type[Exception]
) -> None:
    content = Parts(b"abcd", broken)
    answer = httpx.Response(200, headers={"Content-Type": "application/zip"}, stream=content)
    transport, _ = answering(lambda: answer, downloads=DownloadPolicy(folder=tmp_path, stream_over=3, max_bytes=9))
    with pytest.raises(kind) as failed:
        await transport(call())
    assert ([*tmp_path.iterdir()], content.is_closed) == ([], True)
    if kind is UpstreamTooLargeError:
        assert failed.value.effect == "taken"  # type: ignore[attr-defined]


async def test_a_location_that_is_no_address_is_an_answer_that_was_sent() -> None:
    transport, _ = answering(lambda: httpx.Response(302, headers={"Location": "https://[::1/"}, stream=Parts(b"")))
    with pytest.raises(UpstreamProtocolError) as refused:
        await transport(call())
    assert refused.value.effect == "unknown"


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    transport, wire = answering(lambda: httpx.Response(302, headers={"Location": "/b"}, stream=Parts(b"")))
    assert ((await transport(call())).status, len(wire.requests)) == (302, 1)


async def test_only_so_many_calls_at_once_have_a_large_body_in_memory() -> None:
    transport, _ = answering(lambda: httpx.Response(200, stream=Parts(bytes(LARGE_BODY_BYTES), b"x")))
    small, _ = answering(lambda: httpx.Response(200, stream=Parts(bytes(LARGE_BODY_BYTES))))
    small._places = transport._places
    made, running = asyncio.Event(), 0

    async def ask(sender: Transport) -> None:
        nonlocal running
        with keeping_place():
            await sender(call())
            running += 1
            await made.wait()

    tasks = [asyncio.ensure_future(ask(transport)) for _ in range(MAX_LARGE_BODIES + 2)]
    tasks += [asyncio.ensure_future(ask(small)) for _ in range(3)]
    for _ in range(500):
        await asyncio.sleep(0)
    assert running == MAX_LARGE_BODIES + 3
    made.set()
    await asyncio.gather(*tasks)


def test_an_answer_that_takes_longer_in_all_than_it_may_is_a_timeout_that_says_what_to_do() -> None:
    async def ask() -> None:
        content = Parts()

        async def never(_: httpx.Request) -> httpx.Response:
            await asyncio.sleep(1000)
            return httpx.Response(200, stream=content)

        transport, wire = answering(ok, total_timeout=7.5)
        wire.handle_async_request = never  # type: ignore[method-assign]
        await transport(call())

    loop = VirtualLoop()
    with pytest.raises(UpstreamTimeout) as late:
        run(ask(), loop)
    assert loop.time() == 7.5
    assert (late.value.message, late.value.advice, late.value.effect) == (
        f"{HOST} did not answer within 7.5 s.",
        "Raise AKAMAI_MCP_TOTAL_TIMEOUT or request less; read the resource before repeating a write.",
        "unknown",
    )


async def test_the_client_is_opened_once_closed_with_the_transport_and_opened_anew_after_it() -> None:
    transport = Transport(TransportPolicy())
    await transport.aclose()  # nothing is open yet
    first = transport.open()
    assert transport.open() is first
    assert first.follow_redirects is False
    await transport.aclose()
    assert first.is_closed
    assert transport.open() is not first
    await transport.aclose()


def test_the_authorities_of_a_bundle_are_trusted_beside_the_usual_ones(tmp_path: Path) -> None:
    usual = tls_context(None)
    bundle = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    assert len(tls_context(bundle).get_ca_certs()) == len(usual.get_ca_certs()) + 1


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bundle_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    bundle = tmp_path / "ca.pem"
    if content:
        bundle.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        tls_context(bundle)
    assert (refused.value.message, refused.value.advice) == (
        f"AKAMAI_MCP_CA_BUNDLE names {str(bundle)!r}, which is not a readable PEM file.",
        "Set it to a file with one or more PEM certificates.",
    )


def test_httpxs_own_transport_is_prepared_for_a_missing_sniffio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sniffio", raising=False)
    proxy = Proxy(url="http://proxy.test:1", source="HTTPS_PROXY")
    assert open_transport(TransportPolicy(), ssl.create_default_context(), proxy) is None
    assert ("sniffio" in sys.modules) is (PathFinder.find_spec("sniffio") is None)
    sys.modules.pop("sniffio", None)
