"""Where the HTTP server listens; a network address without authentication needs an explicit setting."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, Literal

from akamai_mcp.errors import SettingsError

HttpTransport = Literal["http", "sse"]
PATHS: dict[HttpTransport, str] = {"http": "/mcp", "sse": "/sse"}
BESIDE: Final = ("/ws", "/healthz", "/readyz", "/metrics")
EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where a client on this machine reaches such a server
LOCAL_PROXIES: Final = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionBounds:
    """Seconds until a request's header and its body have to be complete, and the number of connections at once."""

    header_seconds: float = 10.0
    body_seconds: float = 60.0
    connections: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenPolicy:
    """Address, path and TLS of the server, Host and Origin headers and proxies to accept, seconds to finish calls at shutdown."""

    transport: HttpTransport = "http"
    bind: str = "127.0.0.1"
    port: int = 8000
    path: str = ""
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = LOCAL_PROXIES
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
        """A URL at which this server answers clients on its machine."""
        return f"http{'s' if self.tls_cert else ''}://{host_of(self.bind)}:{self.port}{self.mcp_path}"

    @property
    def known_hosts(self) -> tuple[str, ...]:
        """Host headers that are accepted in addition to loopback and the address that a connection came to."""
        return self.hosts if self.bind in EVERYWHERE else (*self.hosts, self.bind)

    def check(self, *, authenticated: bool) -> None:
        """Check that it is safe to listen like this. Raises SettingsError."""
        if not (is_loopback(self.bind) or authenticated or self.insecure):
            raise SettingsError(
                f"{self.bind} can be reached from the network, and callers would not have to authenticate.",
                advice="Set AKAMAI_MCP_AUTH_TOKENS_FILE or AKAMAI_MCP_AUTH_ISSUER, bind to 127.0.0.1, or pass --insecure.",
            )
        if bool(self.tls_cert) != bool(self.tls_key):
            raise SettingsError("Only one of AKAMAI_MCP_TLS_CERT and AKAMAI_MCP_TLS_KEY is set.", advice="Set both or neither.")
        if not self.mcp_path.startswith("/") or self.mcp_path.rstrip("/") in RESERVED:
            raise SettingsError(f"AKAMAI_MCP_PATH cannot be {self.mcp_path[:80]!r}.", advice="Use another path, such as /mcp.")
        if "*" in self.hosts or "*" in self.origins:
            # Host and Origin checks stop DNS rebinding, where a web page reaches a server on the user's own machine.
            raise SettingsError("* as an allowed host or origin would let every web page call the server.", advice="Name them.")
        if wrong := next((proxy for proxy in self.proxies if not is_network(proxy)), None):
            raise SettingsError(
                f"AKAMAI_MCP_TRUSTED_PROXIES has {wrong[:80]!r}, which is no address.",
                advice="Name addresses or networks, such as 10.0.0.0/8.",
            )


RESERVED = {"", "/messages", *BESIDE}


def host_of(bind: str) -> str:
    """The host of a URL that reaches a server bound to this address, from the same machine."""
    host = EVERYWHERE.get(bind, bind)
    return f"[{host}]" if ":" in host else host


def is_network(text: str) -> bool:
    """True for an IP address or a network in CIDR form."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """True for an address that only this machine can reach."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
