"""How long an operation's answer stays true, and what its call makes stale: what the cache is told of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.openapi.templates import fill_known, names
from akamai_mcp.pipeline.call import CacheClass
from akamai_mcp.request.serialization import encode, to_text


def keep_class(entry: Entry) -> CacheClass:
    """How long an operation's answer stays true; one that holds a credential is never kept."""
    if entry.secret or entry.effect.worst != "read":
        return "never"
    return "hours" if entry.cache == "hours" else "never" if entry.cache == "never" else "minutes"


def touched_paths(entry: Entry, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The further paths that a write changes; one whose value is not given is cut before it, and so drops more."""
    wanted = {name for path in entry.touches for name in names(path)}
    known = {name: encode(to_text(arguments[name])) for name in wanted if arguments.get(name) is not None}
    return tuple(fill_known(path, known) for path in entry.touches)
