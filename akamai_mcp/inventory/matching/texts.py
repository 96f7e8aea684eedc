"""Names, hostnames, ids and addresses in one spelling, so that what means the same is the same text."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from akamai_mcp.documents.ids.prefixes import id_prefixes

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ID: Final = re.compile(r"([a-z]{3}_)([0-9A-Za-z][0-9A-Za-z_-]*)")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(?P<host>[^/:?#]+)", re.IGNORECASE)
_HOST: Final = re.compile(r"(?:\*|[\w-]+)(?:\.[\w-]+)+\.?")
# A host as people copy it, with a port; an IPv6 address has more than one colon.
_PORT: Final = re.compile(r"(?P<host>(?:[\w-]+\.)+[\w-]+):\d{1,5}(?:/\S*)?\Z")
PUNYCODE: Final = "xn--"


def bare(identifier: str) -> str:
    """An identifier without its prefix: `prp_1` and `1` are the same property."""
    found = _ID.fullmatch(identifier)
    return found[2] if found and found[1] in id_prefixes() else identifier


@lru_cache(maxsize=4096)
def normal(text: str) -> str:
    """A text in one spelling: folded, spaces single; a URL as its host, a hostname in Unicode without a dot at its end."""
    text = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    if url := _URL.match(text):
        text = url["host"]
    elif ":" in text and (with_port := _PORT.match(text)):
        text = with_port["host"]
    return to_unicode(text.removesuffix(".")) if is_host(text) else text


def is_host(text: str) -> bool:
    """True for what has the form of a hostname, a wildcard included."""
    return _HOST.fullmatch(text) is not None


def to_unicode(host: str) -> str:
    """A hostname with its punycode labels in Unicode; a label that is no valid punycode stays."""
    return ".".join(map(_label, host.split("."))) if PUNYCODE in host else host


def _label(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna") if label.startswith(PUNYCODE) else label
    except UnicodeError:
        return label


def to_network(text: str) -> Network | None:
    """The network that a text names, of one address where it names an address; None for anything else."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False) if text[:1].isalnum() or text[:1] == ":" else None
    except ValueError:
        return None


def parents(host: str) -> Iterator[str]:
    """The domains above a hostname, the nearest first."""
    _, _, rest = host.partition(".")
    while rest:
        yield rest
        _, _, rest = rest.partition(".")


def covers(pattern: str, host: str) -> bool:
    """True if a name of a certificate or a property covers a hostname: a wildcard stands for one label (RFC 6125)."""
    return pattern == host or (pattern.startswith("*.") and pattern[2:] == host.partition(".")[2] and not host.startswith("*"))
