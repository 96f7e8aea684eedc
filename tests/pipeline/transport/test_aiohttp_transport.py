"""What goes over the wire is what was given to it, once, and what comes back is passed on as it came."""

from __future__ import annotations

import asyncio
import gzip
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import httpx
import pytest
from pipeline_fakes import call

from akamai_mcp.errors import UpstreamConnectError, UpstreamProtocolError, UpstreamTimeout
from akamai_mcp.pipeline.transport.aiohttp_transport import AiohttpTransport
from akamai_mcp.pipeline.transport.errors import map_error
from akamai_mcp.pipeline.transport.proxies import proxy_of
from akamai_mcp.pipeline.transport.transport import Transport, TransportPolicy, open_transport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TIMES = {"connect": 5.0, "read": 5.0, "write": 5.0, "pool": 5.0}
SOON = 5.0

Answer = Callable[[asyncio.StreamWriter, int], Awaitable[None]]


@dataclass(slots=True)
class RawServer:
    """Takes whole requests as bytes and answers as it is told; `number` counts the requests of all connections."""

    answer: Answer
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    lost: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.lower().split(b"\r\n")
                length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
                self.requests.append(head + await reader.readexactly(length))
                await self.answer(writer, len(self.requests))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.lost.set()
        finally:
            writer.close()


@asynccontextmanager
async def raw_server(answer: Answer) -> AsyncIterator[RawServer]:
    server = RawServer(answer)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def saying(*answers: bytes) -> Answer:
    """Each request is answered with the next of these, the last one for ever; an empty one closes the connection."""

    async def answer(writer: asyncio.StreamWriter, number: int) -> None:
        said = answers[min(number, len(answers)) - 1]
        if said:
            writer.write(said)
            await writer.drain()
        else:
            writer.close()

    return answer


async def never(_: asyncio.StreamWriter, __: int) -> None:
    """Say nothing."""


@pytest.fixture
async def wire() -> AsyncIterator[AiohttpTransport]:
    transport = AiohttpTransport(ssl.create_default_context(), connections=4, keepalive=30.0)
    yield transport
    await transport.aclose()


def request_to(server: RawServer, method: str = "GET", target: str = "/", **more: object) -> httpx.Request:
    url = f"http://127.0.0.1:{server.port}{target}"
    return httpx.Request(method, url, extensions={"timeout": TIMES}, **more)  # type: ignore[arg-type]


async def send(wire: AiohttpTransport, request: httpx.Request) -> httpx.Response:
    response = await wire.handle_async_request(request)
    try:
        await response.aread()
    finally:
        await response.aclose()
    return response


@pytest.mark.parametrize(
    "target",
    [
        "/papi/v1/properties/prp_1",
        "/a%2Fb/%7Euser/%2E%2E/c;d=e,f",
        "/x?q=a%20b+c&r=%2B&s=%E2%82%AC&empty=&flag",
        "/x?next=/y?z=1&t=a:b@c!$'()*",
        "//double//slashes/",
        "/x?accountSwitchKey=1-A%3A1-2RBL",
        "/x%C3%A9%c3%a9/%41",
    ],
)
async def test_the_target_goes_out_byte_for_byte(wire: AiohttpTransport, target: str) -> None:
    async with raw_server(saying(OK)) as server:
        request = request_to(server, target=target)
        await send(wire, request)
        assert server.requests[0].split(b" ")[1] == request.url.raw_path == target.encode()


async def test_the_headers_are_the_requests_own_and_no_others(wire: AiohttpTransport) -> None:
    given = [("Accept", "application/json"), ("X-Twice", "1"), ("X-Twice", "2"), ("authorization", "EG1-HMAC-SHA256 x;")]
    async with raw_server(saying(OK)) as server:
        await send(wire, request_to(server, headers=given))
        lines = server.requests[0].decode().split("\r\n")[1:-2]
        assert sorted(lines) == sorted([f"Host: 127.0.0.1:{server.port}", *(f"{name}: {value}" for name, value in given)])


async def test_a_request_without_headers_gets_none_but_where_it_goes_and_how_long_it_is(wire: AiohttpTransport) -> None:
    async with raw_server(saying(OK)) as server:
        await send(wire, request_to(server, "POST", content=b"1"))
        lines = server.requests[0].decode().split("\r\n")[1:-2]
        assert sorted(lines) == ["Content-Length: 1", f"Host: 127.0.0.1:{server.port}"]


@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_000])
async def test_a_body_goes_out_whole_with_its_length(wire: AiohttpTransport, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    async with raw_server(saying(OK)) as server:
        await send(wire, request_to(server, "POST", content=content, headers={"Content-Type": "application/json"}))
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert body == content
        assert head.lower().count(b"content-length: %d" % size) == 1
        assert b"transfer-encoding" not in head.lower()


async def test_a_body_may_be_a_stream_of_known_length(wire: AiohttpTransport) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"abc", b"defg"):
            yield part

    async with raw_server(saying(OK)) as server:
        await send(wire, request_to(server, "PUT", content=parts(), headers={"Content-Length": "7"}))
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert body == b"abcdefg"
        assert b"transfer-encoding" not in head.lower()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_nothing_is_sent_again_when_a_kept_connection_is_lost(wire: AiohttpTransport, method: str) -> None:
    async with raw_server(saying(OK, b"")) as server:
        await send(wire, request_to(server))
        with pytest.raises(aiohttp.ClientError) as lost:
            await send(wire, request_to(server, method))
        assert isinstance(map_error(lost.value, "h"), UpstreamProtocolError)
        assert (len(server.requests), server.connections) == (2, 1)


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used(wire: AiohttpTransport) -> None:
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    async with raw_server(saying(closing, OK)) as server:
        for _ in range(2):
            assert (await send(wire, request_to(server, "POST", content=b"1"))).status_code == 200
        assert server.connections == 2


async def test_answers_are_read_over_one_connection(wire: AiohttpTransport) -> None:
    async with raw_server(saying(OK)) as server:
        for _ in range(5):
            await send(wire, request_to(server))
        assert (len(server.requests), server.connections) == (5, 1)


async def test_a_connection_that_was_idle_for_longer_than_it_is_kept_is_not_used_again() -> None:
    wire = AiohttpTransport(ssl.create_default_context(), connections=4, keepalive=0.0)
    async with raw_server(saying(OK)) as server:
        for _ in range(3):
            await send(wire, request_to(server))
        await wire.aclose()
        assert (len(server.requests), server.connections) == (3, 3)


async def test_headers_of_an_answer_may_be_long(wire: AiohttpTransport) -> None:
    long = b"x" * 60_000
    async with raw_server(
        saying(OK.replace(b"200 OK", b"200 " + long).replace(b"\r\n\r\n", b"\r\nX-Long: " + long + b"\r\n\r\n"))
    ) as server:
        assert (await send(wire, request_to(server))).headers["x-long"] == long.decode()


async def test_the_environment_gives_no_proxy_and_no_password(
    wire: AiohttpTransport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password s3cret", encoding="utf-8")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with raw_server(saying(OK)) as server, raw_server(saying(OK)) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await send(wire, request_to(server))
        assert (proxy.requests, len(server.requests)) == ([], 1)
        assert b"authorization" not in server.requests[0].lower()


async def test_a_redirection_is_an_answer(wire: AiohttpTransport) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(saying(moved)) as server:
        assert (await send(wire, request_to(server))).headers["location"] == "/elsewhere"
        assert len(server.requests) == 1


async def test_no_cookie_is_kept(wire: AiohttpTransport) -> None:
    async with raw_server(saying(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=1; Path=/\r\n\r\n"))) as server:
        for _ in range(2):
            await send(wire, request_to(server))
        assert not any(b"cookie" in request.lower() for request in server.requests)


async def test_content_is_not_decoded_on_the_wire(wire: AiohttpTransport) -> None:
    packed = gzip.compress(b"x" * 100_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with raw_server(saying(head + packed)) as server:
        response = await wire.handle_async_request(request_to(server))
        assert b"".join([chunk async for chunk in response.aiter_raw()]) == packed
        await response.aclose()


async def test_an_answer_that_breaks_off_is_an_error(wire: AiohttpTransport) -> None:
    async def half(writer: asyncio.StreamWriter, _: int) -> None:
        writer.write(OK.replace(b"Length: 2", b"Length: 200"))
        writer.close()

    async with raw_server(half) as server:
        with pytest.raises(aiohttp.ClientError) as broken:
            await send(wire, request_to(server))
        assert isinstance(map_error(broken.value, "h"), UpstreamProtocolError)


@pytest.mark.parametrize("head", [b"nothing like HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"])
async def test_what_is_not_http_is_an_error(wire: AiohttpTransport, head: bytes) -> None:
    async with raw_server(saying(head)) as server:
        with pytest.raises(aiohttp.ClientError) as broken:
            await send(wire, request_to(server))
        assert isinstance(map_error(broken.value, "h"), UpstreamProtocolError)


async def test_an_answer_that_does_not_come_is_a_timeout_that_may_have_been_sent(wire: AiohttpTransport) -> None:
    async with raw_server(never) as server:
        request = request_to(server, "POST", content=b"1")
        request.extensions["timeout"] = TIMES | {"read": 0.05}
        with pytest.raises(aiohttp.ServerTimeoutError) as late:
            await send(wire, request)
        assert isinstance(map_error(late.value, "h"), UpstreamTimeout)


async def test_content_that_stops_coming_is_a_timeout(wire: AiohttpTransport) -> None:
    async with raw_server(saying(OK.replace(b"Length: 2", b"Length: 200"))) as server:
        request = request_to(server)
        request.extensions["timeout"] = TIMES | {"read": 0.05}
        with pytest.raises(aiohttp.ServerTimeoutError) as late:
            await send(wire, request)
        assert isinstance(map_error(late.value, "h"), UpstreamTimeout)


async def test_a_handshake_that_takes_too_long_means_that_nothing_was_sent(wire: AiohttpTransport) -> None:
    async with raw_server(never) as server:
        url, times = f"https://127.0.0.1:{server.port}/", TIMES | {"connect": 0.05, "pool": None}
        with pytest.raises(aiohttp.ClientError) as late:
            await asyncio.wait_for(send(wire, httpx.Request("POST", url, extensions={"timeout": times})), SOON)
        assert isinstance(map_error(late.value, "h"), UpstreamConnectError)


async def test_a_call_that_gets_no_connection_in_time_has_sent_nothing() -> None:
    wire = AiohttpTransport(ssl.create_default_context(), connections=1, keepalive=30.0)
    async with raw_server(never) as server:
        holds = asyncio.ensure_future(send(wire, request_to(server)))
        while not server.requests:
            await asyncio.sleep(0)
        request = request_to(server, "POST")
        request.extensions["timeout"] = TIMES | {"pool": 0.05}
        with pytest.raises(aiohttp.ClientError) as late:
            await asyncio.wait_for(send(wire, request), SOON)
        assert isinstance(map_error(late.value, "h"), UpstreamConnectError)
        holds.cancel()
        await asyncio.gather(holds, return_exceptions=True)
        await wire.aclose()
        assert len(server.requests) == 1


DESCRIPTORS = Path("/dev/fd")
counts_descriptors = pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="the descriptors of a process are not listed here")


def descriptors() -> int:
    return len([*DESCRIPTORS.iterdir()])


@counts_descriptors
async def test_a_connection_to_a_peer_that_stopped_reading_is_closed_at_once_and_its_unsent_bytes_are_dropped(
    wire: AiohttpTransport,
) -> None:
    stopped = asyncio.Event()

    async def stop_reading(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await stopped.wait()
        writer.transport.abort()

    listening = await asyncio.start_server(stop_reading, "127.0.0.1", 0)
    before = descriptors()
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(send(wire, httpx.Request("PUT", url, content=bytes(16 * 1024 * 1024))), 0.1)
    for _ in range(5):
        await asyncio.sleep(0)
    assert descriptors() == before + 1  # the peer's own end
    stopped.set()
    listening.close()


@counts_descriptors
async def test_once_the_transport_is_closed_its_sockets_are() -> None:
    wire = AiohttpTransport(ssl.create_default_context(), connections=4, keepalive=30.0)
    async with raw_server(saying(OK)) as server:
        before = descriptors()
        await send(wire, request_to(server))
        assert descriptors() == before + 2
        await asyncio.wait_for(wire.aclose(), 2)
        assert descriptors() <= before + 1


async def test_a_refused_connection_means_that_nothing_was_sent(wire: AiohttpTransport) -> None:
    async with raw_server(never) as server:
        gone = request_to(server, "POST")
    with pytest.raises(aiohttp.ClientError) as refused:
        await send(wire, gone)
    assert isinstance(map_error(refused.value, "h"), UpstreamConnectError)


async def test_cancelling_closes_the_connection(wire: AiohttpTransport) -> None:
    async with raw_server(never) as server:
        call = asyncio.ensure_future(send(wire, request_to(server)))
        while not server.requests:
            await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await asyncio.wait_for(server.lost.wait(), SOON)


async def test_an_answer_that_is_left_unread_closes_its_connection(wire: AiohttpTransport) -> None:
    async with raw_server(saying(OK.replace(b"Length: 2", b"Length: 200"))) as server:
        response = await wire.handle_async_request(request_to(server))
        await response.aclose()
        await asyncio.wait_for(server.lost.wait(), SOON)


@pytest.mark.parametrize("line", [("X-A", "1\r\nX-B: 2"), ("X-A\r\nX-B", "1"), ("X-A", "1\x00"), ("X-A", "1\nX-B: 2")])
async def test_a_header_that_would_be_two_is_not_sent(wire: AiohttpTransport, line: tuple[str, str]) -> None:
    async with raw_server(saying(OK)) as server:
        with pytest.raises(httpx.LocalProtocolError):
            await send(wire, request_to(server, headers=[line]))
        assert server.requests == []


@pytest.mark.parametrize(("variable", "own"), [("HTTPS_PROXY", False), ("ALL_PROXY", False), ("HTTP_PROXY", True), (None, True)])
def test_behind_a_proxy_httpxs_own_transport_is_used(monkeypatch: pytest.MonkeyPatch, variable: str | None, own: bool) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    if variable:
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    transport = open_transport(TransportPolicy(), ssl.create_default_context(), proxy_of(os.environ))
    assert isinstance(transport, AiohttpTransport) is own


async def test_a_call_behind_a_proxy_goes_to_the_proxy_and_not_past_it(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(saying(refusal)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        transport = Transport(TransportPolicy())
        with pytest.raises(UpstreamConnectError):
            await transport(call())
        await transport.aclose()
        assert proxy.requests[0].startswith(b"CONNECT akab-test.luna.akamaiapis.net:443 ")
        assert b"EG1-HMAC" not in proxy.requests[0]
