"""Where the HTTP server listens; a network address without authentication needs an explicit setting."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from akamai_mcp.errors import SettingsError

HttpTransport = Literal["http", "sse"]
PATHS: dict[HttpTransport, str] = {"http": "/mcp", "sse": "/sse"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionBounds:
    """Seconds until a request's header and its body have to be complete, and the number of connections at once."""

    header_seconds: float = 10.0
    body_seconds: float = 60.0
    connections: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenPolicy:
    """Address, path and TLS of the server, allowed Host and Origin headers, and seconds to finish calls at shutdown."""

    transport: HttpTransport = "http"
    bind: str = "127.0.0.1"
    port: int = 8000
    path: str = ""
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure: bool = False
    drain_seconds: float = 10.0
    bounds: ConnectionBounds = field(default_factory=ConnectionBounds)

    @property
    def mcp_path(self) -> str:
        """The path of the MCP endpoint."""
        return self.path or PATHS[self.transport]

    @property
    def url(self) -> str:
        """The URL that clients connect to."""
        host = f"[{self.bind}]" if ":" in self.bind else self.bind
        return f"http{'s' if self.tls_cert else ''}://{host}:{self.port}{self.mcp_path}"

    def check(self, *, authenticated: bool) -> None:
        """Check that it is safe to listen like this. Raises SettingsError."""
        if not (is_loopback(self.bind) or authenticated or self.insecure):
            raise SettingsError(
                f"{self.bind} can be reached from the network, and callers would not have to authenticate.",
                advice="Set AKAMAI_MCP_AUTH_TOKENS_FILE or AKAMAI_MCP_AUTH_ISSUER, bind to 127.0.0.1, or pass --insecure.",
            )
        if bool(self.tls_cert) != bool(self.tls_key):
            raise SettingsError("Only one of AKAMAI_MCP_TLS_CERT and AKAMAI_MCP_TLS_KEY is set.", advice="Set both or neither.")
        if not self.mcp_path.startswith("/") or self.mcp_path in RESERVED:
            raise SettingsError(f"AKAMAI_MCP_PATH cannot be {self.mcp_path[:80]!r}.", advice="Use another path, such as /mcp.")
        if "*" in self.hosts or "*" in self.origins:
            # Host and Origin checks stop DNS rebinding, where a web page reaches a server on the user's own machine.
            raise SettingsError("* as an allowed host or origin would let every web page call the server.", advice="Name them.")


RESERVED = {"/", "/ws", "/healthz", "/readyz", "/metrics", "/messages", "/messages/"}


def is_loopback(host: str) -> bool:
    """True for an address that only this machine can reach."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
