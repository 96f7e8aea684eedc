"""Plugins and other MCP servers that an operator names: found without importing any, and without MCP."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final
from urllib.parse import urlsplit

from akamai_mcp.errors import SettingsError

GROUP: Final = "akamai_mcp.plugins"
OURS: Final = "akamai"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NAME: Final = re.compile(r"[a-z][a-z0-9]{0,30}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A plugin that is named and installed."""

    name: str
    entry: EntryPoint

    @property
    def version(self) -> str:
        """The package that brings it, with its version."""
        package = self.entry.dist
        return f"{package.name} {package.version}" if package else "a package without a name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Another MCP server, whose tools get the name in front of theirs."""

    name: str
    url: str


def find_plugins(names: Sequence[str]) -> Iterator[Plugin]:
    """Yield the plugins with these names. Raises SettingsError for a name that is none or that no installed package has."""
    for name in names:
        _require_name(name, "AKAMAI_MCP_PLUGINS")
        found = next(iter(entry_points(group=GROUP, name=name)), None)
        if found is None:
            raise SettingsError(
                f"No installed package has the plugin {name!r}.",
                advice="Install it beside akamai-mcp, or remove it from AKAMAI_MCP_PLUGINS.",
            )
        yield Plugin(name=name, entry=found)


def find_mounts(texts: Sequence[str]) -> Iterator[Mount]:
    """Yield the servers of `name=url` texts. Raises SettingsError."""
    for text in texts:
        name, _, url = text.partition("=")
        _require_name(name, "AKAMAI_MCP_MOUNT")
        if not _is_usable(url):
            raise SettingsError(
                f"AKAMAI_MCP_MOUNT has no usable URL for {name!r}.",
                advice="Write name=https://host/mcp, without a user name; http is for this machine alone.",
            )
        yield Mount(name=name, url=url)


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # such as half an IPv6 address
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return is_safe and bool(parts.hostname) and parts.username is None


def _require_name(name: str, setting: str) -> None:
    if not _NAME.match(name) or name.startswith(OURS):
        raise SettingsError(
            f"{setting} has a name that cannot be used: {name[:40]!r}.",
            advice=f"Use lower-case letters and digits, at most 31, and do not begin with {OURS}.",
        )
