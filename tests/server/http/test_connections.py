"""Without a proxy: half-open requests end, connections are bounded, and the metrics port knows its own name."""

from __future__ import annotations

import asyncio

import pytest
from service_stage import OpenService

from akamai_mcp.server.observability.metrics_port import is_own_host

HALF = {
    "nothing": b"",
    "half a line": b"POST /mcp HT",
    "half a header": b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: a",
    "half a body": b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{",
}


async def ended(port: int, sent: bytes) -> bool:
    """Whether the server closes a connection that sent this, and then nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        async with asyncio.timeout(15):
            while await reader.read(4096):
                pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    finally:
        writer.close()
    return True


@pytest.mark.parametrize("half", HALF)
async def test_three_hundred_half_open_requests_do_not_stay(open_service: OpenService, half: str) -> None:
    async with open_service(header_timeout=0.5, request_timeout=0.5) as service:
        assert all(await asyncio.gather(*(ended(service.port, HALF[half]) for _ in range(300))))
        assert await service.request_status() == 200


async def test_a_header_without_an_end_ends_its_connection_at_64_kilobytes(open_service: OpenService) -> None:
    async with open_service(header_timeout=60) as service:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        for number in range(60):
            writer.write(f"X-Filler-{number}: ".encode() + b"a" * 1000 + b"\r\n")
            await writer.drain()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.3)
        for number in range(60, 70):
            writer.write(f"X-Filler-{number}: ".encode() + b"a" * 1000 + b"\r\n")
        assert (await asyncio.wait_for(reader.read(), 10)).startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
        writer.close()
        assert await service.request_status() == 200


async def test_a_websocket_and_a_stream_outlive_the_timeouts(open_service: OpenService) -> None:
    async with open_service(header_timeout=0.2, request_timeout=0.2) as service, service.websocket() as connection:
        await asyncio.sleep(0.6)
        await connection.send('{"jsonrpc": "2.0", "id": 7, "method": "ping"}')
        assert '"id":7' in str(await connection.recv()).replace(" ", "")


async def test_connections_over_the_bound_are_closed_and_the_others_serve(open_service: OpenService) -> None:
    async with open_service(max_connections=3, header_timeout=30) as service:
        held = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(2)]
        assert await service.request_status() == 200
        held.append(await asyncio.open_connection("127.0.0.1", service.port))
        await asyncio.sleep(0.2)
        assert await ended(service.port, b"GET")
        for _, writer in held:
            writer.close()


@pytest.mark.parametrize("host", ["127.0.0.1:9464", "[::1]:9464", "10.0.0.7", "localhost", "akamai-mcp:9464", "metrics.example"])
def test_the_metrics_port_answers_addresses_plain_names_and_allowed_names(host: str) -> None:
    assert is_own_host(host, ("metrics.example",))


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:9464", "127.0.0.1.evil.example", "metrics.example.evil.example"]
)
def test_the_metrics_port_refuses_foreign_names(host: str) -> None:
    assert not is_own_host(host, ("metrics.example",))
