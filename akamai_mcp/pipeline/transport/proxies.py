"""The proxy of the environment: which one calls use, for which hosts none, and which cannot be used.

Calls need a proxy for HTTPS only. httpx opens those of all variables, so that one it cannot use would fail every call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

VARIABLES: Final = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
SYSTEM: Final = "The system's proxy setting"
SCHEMES: Final = ("http", "https")
SOCKS: Final = ("socks5", "socks5h")
ADVICE: Final = "Set HTTPS_PROXY to a proxy such as http://host:port; calls to Akamai then use that one alone."


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy, and the variable that names it; the address may have credentials."""

    url: str = field(repr=False)
    source: str

    @property
    def shown(self) -> str:
        """The address without credentials."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def problem(self) -> str:
        """Why calls cannot use it, or an empty text."""
        parts = urlsplit(self.url)
        if parts.scheme in SOCKS and find_spec("socksio") is None:
            return "is a SOCKS proxy, and the package socksio is not installed"
        if parts.scheme not in (*SCHEMES, *SOCKS):
            return f"has the scheme {parts.scheme[:20]}, which is not one of a proxy for HTTPS"
        return "" if parts.hostname and _has_port(self.url) else "is no address of a proxy"


def proxy_of(environment: Mapping[str, str], system: Mapping[str, str] | None = None) -> Proxy | None:
    """The proxy for HTTPS that the environment names, else the system's, else None."""
    name = next((name for name in VARIABLES if environment.get(name)), None)
    kinds = system or {}
    written = environment[name] if name else kinds.get("https") or kinds.get("all")
    if not written:
        return None
    return Proxy(url=written if "://" in written else f"http://{written}", source=name or SYSTEM)


def bypasses(no_proxy: str) -> list[str]:
    """The hosts of NO_PROXY as httpx writes patterns: each with what ends in it, and every host for `*`."""
    names = [name.strip() for name in no_proxy.split(",") if name.strip()]
    return ["all://"] if "*" in names else [_pattern(name) for name in names]


def _pattern(name: str) -> str:
    if "://" in name:
        return name
    if name.lower() == "localhost":
        return f"all://{name}"
    try:
        address = ip_address(name)
    except ValueError:
        return f"all://*{name}"
    return f"all://[{name}]" if isinstance(address, IPv6Address) else f"all://{name}"


def _has_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False
