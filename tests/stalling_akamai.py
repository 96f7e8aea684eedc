"""A fake Akamai that takes a request, begins an answer, and then does nothing more: what a cancelled call leaves is seen in it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

WAIT_SECONDS = 20.0

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class StallingAkamai:
    """One connection's worth: `asked` once a request's head is there, `received` bytes of its body, `gone` once it is closed."""

    answer: bytes
    settings: dict[str, Any] = field(default_factory=dict)
    received: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    _read_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a request's head, write the beginning of an answer, and read no more until told to."""
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        await writer.drain()
        self.asked.set()
        await self._read_on.wait()
        try:
            while data := await reader.read(65536):
                self.received += len(data)
        except (ConnectionError, ssl.SSLError):  # closed without a farewell
            pass
        self.gone.set()
        writer.close()

    async def see_it_go(self) -> None:
        """Read what still comes, and wait until the client has closed the connection."""
        self._read_on.set()
        async with asyncio.timeout(WAIT_SECONDS):
            await self.gone.wait()


@asynccontextmanager
async def served_over_tls(folder: Path, serve: Serve) -> AsyncIterator[dict[str, Any]]:
    """A listener on the loopback, with the settings of a server that speaks to it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "stalling-ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        edgerc = write_edgerc(folder, server.sockets[0].getsockname()[1])
        yield {"edgerc": edgerc, "ca_bundle": folder / "stalling-ca.pem"}
    finally:
        server.close()


def write_edgerc(folder: Path, port: int) -> Path:
    """Credentials for what listens there."""
    path = folder / "stalling-edgerc"
    path.write_text(f"[default]\nhost = 127.0.0.1:{port}\nclient_token = c\nclient_secret = s\naccess_token = a\n")
    path.chmod(0o600)
    return path


@asynccontextmanager
async def stalling_akamai(folder: Path, answer: bytes = b"") -> AsyncIterator[StallingAkamai]:
    """A stalling Akamai, with the settings of a server that speaks to it."""
    fake = StallingAkamai(answer=answer)
    async with served_over_tls(folder, fake.serve) as fake.settings:
        yield fake
