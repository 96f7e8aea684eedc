"""A TLS upstream that answers every request with the same small JSON, cheap enough not to affect the measurement.

`python upstream.py CHAIN.pem` listens on a free loopback port, prints it, and serves until its input ends. It answers each
line of its input with a line of JSON: the number of requests so far and of open connections.

A mark in the target selects another response: `mark-404` that status, `mark-kept` a cacheable one, `mark-large` one of 25 kB,
`mark-slow` one after a second, `mark-flaky` 503 every other time, `mark-drop` a closed connection every other time.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
import sys
from dataclasses import dataclass

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
LARGE_BODY = json.dumps({"properties": {"items": [PROPERTY] * 55}}).encode()  # 25 kB
REFUSAL = json.dumps({"type": "about:blank", "title": "A fault of a benchmark", "detail": "It was asked for."}).encode()
END = b"\r\n\r\n"
MARK = re.compile(rb"mark-([a-z0-9]+)")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
SLOW_SECONDS = 1.0
BAD = 400


def write_answer(status: int, *further: str, body: bytes = BODY) -> bytes:
    """The bytes of a response."""
    body, kind = (REFUSAL, "application/problem+json") if status >= BAD else (body, "application/json")
    lines = [f"HTTP/1.1 {status} -", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *further]
    return "\r\n".join(lines).encode() + END + body


ANSWER = write_answer(200, "Cache-Control: no-store")
KEPT = write_answer(200)
LARGE = write_answer(200, "Cache-Control: no-store", body=LARGE_BODY)
WRITTEN = {"kept": KEPT, "large": LARGE}
AGAIN = write_answer(503, "Retry-After: 0")


@dataclass(slots=True)
class Counts:
    """The counts of requests and open connections."""

    requests: int = 0
    connections: int = 0
    flaky: int = 0


COUNTS = Counts()


class Constant(asyncio.Protocol):
    """Answers each request at once on a kept-alive connection, or as a mark in the target says."""

    transport: asyncio.Transport
    waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        COUNTS.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it was lost
        COUNTS.connections -= 1

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(END)) >= 0:
            length = LENGTH.search(self.waiting, 0, end)
            whole = end + len(END) + (int(length[1]) if length else 0)
            if len(self.waiting) < whole:
                return
            line = self.waiting[: self.waiting.index(b"\r\n")]
            self.waiting = self.waiting[whole:]
            COUNTS.requests += 1
            self.answer(line)

    def answer(self, line: bytes) -> None:
        """Answer the request with this first line."""
        found = MARK.search(line)
        mark = found[1].decode() if found else ""
        if mark in {"flaky", "drop"}:
            COUNTS.flaky += 1
        fails = bool(COUNTS.flaky % 2)
        if mark == "drop" and fails:
            self.transport.abort()
        elif mark == "slow":
            asyncio.get_running_loop().call_later(SLOW_SECONDS, self.transport.write, ANSWER)
        elif mark in WRITTEN:
            self.transport.write(WRITTEN[mark])
        elif mark == "503" or (mark == "flaky" and fails):
            self.transport.write(AGAIN)
        else:
            self.transport.write(write_answer(int(mark)) if mark.isdigit() else ANSWER)


async def serve(chain: str, protocol: type[Constant] = Constant) -> None:
    """Serve until the input ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    # asyncio disables Nagle's algorithm only for sockets that name IPPROTO_TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, sock=listener, ssl=context, backlog=256)
    print(listener.getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.buffer.readline):
        print(json.dumps({"requests": COUNTS.requests, "connections": COUNTS.connections}), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
