"""A TLS upstream that answers every GET with the same small JSON: cheap enough not to be what is measured.

`python upstream.py CHAIN.pem` listens on a free port of the loopback, prints it, and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys

PROPERTY = {
    "accountId": "act_1-1TJZFB",
    "contractId": "ctr_1-1TJZH5",
    "groupId": "grp_15225",
    "propertyId": "prp_175780",
    "propertyName": "www.example.com",
    "latestVersion": 3,
    "stagingVersion": 2,
    "productionVersion": 1,
    "assetId": "aid_101",
    "note": "A constant answer of a benchmark.",
    "hostnames": [f"www{number}.example.com" for number in range(8)],
}
BODY = json.dumps({"properties": {"items": [PROPERTY]}}).encode()
HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: {len(BODY)}\r\n\r\n"
ANSWER = HEAD.encode() + BODY
END = b"\r\n\r\n"


class Constant(asyncio.Protocol):
    """Counts the heads of requests without a body and answers each at once, on a connection that stays open."""

    transport: asyncio.Transport
    waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self.waiting = (self.waiting + data).split(END)
        if heads:
            self.transport.write(ANSWER * len(heads))


async def serve(chain: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    # The protocol is named, so that asyncio turns Nagle's algorithm off.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Constant, sock=listener, ssl=context, backlog=256)
    print(listener.getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
