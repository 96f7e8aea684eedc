"""Mounts plugins and other MCP servers. Loaded only where the operator names one.

Their tools have names of their own and none of our rules: see docs/plugins.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fastmcp import FastMCP

from akamai_mcp.errors import SettingsError
from akamai_mcp.plugins import Mount, Plugin, find_mounts, find_plugins


def mount_all(server: FastMCP[Any], plugins: Sequence[str], mounts: Sequence[str]) -> tuple[str, ...]:
    """Mount what is named, and return what the names of its tools begin with. Raises SettingsError."""
    named = dict(_servers(plugins, mounts))
    if len(named) < len(plugins) + len(mounts):
        raise SettingsError("Two plugins or mounted servers have one name.", advice="Give each a name of its own.")
    for name, other in named.items():
        server.mount(other, namespace=name)
    return tuple(f"{name}_" for name in named)


def _servers(plugins: Sequence[str], mounts: Sequence[str]) -> Iterator[tuple[str, FastMCP[Any]]]:
    yield from ((plugin.name, _load(plugin)) for plugin in find_plugins(plugins))
    yield from ((mount.name, _connect(mount)) for mount in find_mounts(mounts))


def _load(plugin: Plugin) -> FastMCP[Any]:
    """The server of a plugin. Raises SettingsError whatever is wrong with it."""
    advice = "Correct the plugin, or remove it from AKAMAI_MCP_PLUGINS."
    try:
        with _printing_on_stderr():
            made = plugin.entry.load()()
    except (Exception, SystemExit) as error:  # a plugin is anybody's code
        problem = f"The plugin {plugin.name} cannot be loaded ({type(error).__name__}: {error})."
        raise SettingsError(problem, advice=advice) from error
    if not isinstance(made, FastMCP):
        raise SettingsError(f"The plugin {plugin.name} makes no FastMCP server.", advice=advice)
    return made


@contextmanager
def _printing_on_stderr() -> Iterator[None]:
    """What is written on standard output goes to standard error: over stdio, one line beside JSON-RPC ends the connection."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _connect(mount: Mount) -> FastMCP[Any]:
    from fastmcp.server import create_proxy  # 350 ms: FastMCP's client
    from fastmcp.server.providers.proxy import ProxyClient  # comes with it

    # A caller's token is for this server: what forwards it makes the other server that caller.
    return create_proxy(ProxyClient(mount.url, forward_incoming_headers=False))
