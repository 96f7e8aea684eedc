"""How long an operation's answer stays true, and what its call makes stale: what the cache is told of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.pipeline.call import CacheClass
from akamai_mcp.request.serialization import encode, to_text


def keep_class(entry: Entry) -> CacheClass:
    """How long an operation's answer stays true; one that holds a credential is never kept."""
    if entry.secret or entry.effect.worst != "read":
        return "never"
    return "hours" if entry.cache == "hours" else "never" if entry.cache == "never" else "minutes"


def touched_paths(entry: Entry, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The further paths that a write changes; one whose value is not given is cut before it, and so drops more."""
    return tuple(_filled(path, arguments) for path in entry.touches)


def _filled(path: str, arguments: Mapping[str, Any]) -> str:
    segments: list[str] = []
    for segment in path.split("/"):
        name = segment[1:-1] if segment.startswith("{") else None
        if name is not None and arguments.get(name) is None:
            break
        segments.append(segment if name is None else encode(to_text(arguments[name])))
    return "/".join(segments)
