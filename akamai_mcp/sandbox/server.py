"""Serve a fake Akamai on the loopback interface, over TLS with a temporary certificate authority."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from configparser import ConfigParser
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Final, Protocol, Self

import trustme
import uvicorn
from starlette.types import Receive, Scope, Send

from akamai_mcp.sandbox.signature import Credentials

STOP_SECONDS: Final = 5.0
KEEP_ALIVE: Final = 75  # seconds; longer than our clients keep a connection, so the server never closes one during a request
LOOPBACK: Final = "127.0.0.1"


class Served(Protocol):
    """What is served: an ASGI application, and credentials for it."""

    @property
    def credentials(self) -> Credentials:
        """The credentials that it accepts."""

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""


class SandboxServer:
    """A fake Akamai behind a socket; it runs in its own thread from `start` to `stop`."""

    def __init__(self, fake: Served, *, port: int = 0) -> None:
        self.fake = fake
        self._wanted_port = port
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()

    @property
    def host(self) -> str:
        """The host and port, as in an .edgerc file."""
        if self._socket is None:
            raise RuntimeError("The sandbox is not running.")
        return f"{LOOPBACK}:{self._socket.getsockname()[1]}"

    @property
    def url(self) -> str:
        """The base URL."""
        return f"https://{self.host}"

    @property
    def ca_bundle(self) -> Path:
        """The CA certificate as a PEM file, which exists until the server stops."""
        if self._folder is None:
            raise RuntimeError("The sandbox is not running.")
        return Path(self._folder.name) / "ca.pem"

    def start(self) -> None:
        """Listen and serve in another thread; clients can connect once this returns."""
        if self._thread is not None:
            raise RuntimeError("The sandbox is running already.")
        self._socket = _listen(self._wanted_port)
        self._folder = tempfile.TemporaryDirectory(prefix="akamai-sandbox-")
        self._server = uvicorn.Server(self._config(self._write_certificates(Path(self._folder.name))))
        self._thread = Thread(target=self._run, args=(self._server, self._socket), name="akamai-sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish running requests within a second, stop, and remove the temporary files."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(STOP_SECONDS)
        if self._socket is not None:
            self._socket.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._folder = self._socket = self._server = self._thread = None

    def write_edgerc(self, path: Path, section: str = "default", credentials: Credentials | None = None) -> Path:
        """Write a section for this server to an .edgerc file, keeping its other sections."""
        chosen = credentials or self.fake.credentials
        parser = ConfigParser(interpolation=None, default_section="")
        parser.read(path, encoding="utf-8")
        parser[section] = {
            "host": self.host,
            "client_token": chosen.client_token,
            "client_secret": chosen.client_secret,
            "access_token": chosen.access_token,
            "max_body": str(chosen.max_body),
        }
        if chosen.headers_to_sign:
            parser[section]["headers_to_sign"] = ",".join(chosen.headers_to_sign)
        path.touch(mode=0o600, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            parser.write(file)
        return path

    def _write_certificates(self, folder: Path) -> Path:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        chain = folder / "server.pem"
        authority.issue_cert("localhost", LOOPBACK).private_key_and_cert_chain_pem.write_to_path(str(chain))
        return chain

    def _config(self, certificate: Path) -> uvicorn.Config:
        return uvicorn.Config(
            self.fake.app,
            ssl_certfile=str(certificate),
            interface="asgi3",
            proxy_headers=False,
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            timeout_keep_alive=KEEP_ALIVE,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )

    @staticmethod
    def _run(server: uvicorn.Server, listener: socket.socket) -> None:
        asyncio.run(server.serve(sockets=[listener]))


def _listen(port: int) -> socket.socket:
    # asyncio disables Nagle's algorithm only for sockets that name IPPROTO_TCP, which create_server does not;
    # with it, every response on a kept-alive connection waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
