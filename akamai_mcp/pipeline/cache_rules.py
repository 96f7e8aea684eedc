"""Cache rules of an operation: how long its response may be cached, and which paths its call makes stale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.openapi.templates import fill_known, names
from akamai_mcp.pipeline.call import CacheClass
from akamai_mcp.request.serialization import encode, to_text


def keep_class(entry: Entry) -> CacheClass:
    """The cache class of an operation; a response that may contain a credential is never cached."""
    # A POST that only reads is cached by its effect, not by its method.
    if entry.secret or entry.effect.worst != "read":
        return "never"
    return "hours" if entry.cache == "hours" else "never" if entry.cache == "never" else "minutes"


def touched_paths(entry: Entry, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The other paths that a write changes; a path is cut before the first unknown value, which invalidates more."""
    wanted = {name for path in entry.touches for name in names(path)}
    known = {name: encode(to_text(arguments[name])) for name in wanted if arguments.get(name) is not None}
    return tuple(fill_known(path, known) for path in entry.touches)
