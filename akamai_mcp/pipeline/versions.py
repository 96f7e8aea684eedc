"""Track which reads a write makes stale, by a version number for each path.

A write makes stale every read of the same path, its ancestors and its descendants, for one identity. A path's
version is the number of the latest write that affects it, so a cached response is valid while its version is still
the path's, and no entry has to be found and deleted. A response read during a write has the older version and is
never cached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from akamai_mcp.documents.ids.prefixes import without_id_prefixes
from akamai_mcp.openapi.paths import fold

MAX_PATHS: Final = 20_000


@dataclass(slots=True)
class _Identity:
    """Write numbers by path: `at` for writes to that path, `below` for writes below it; `unsettled` until a time."""

    at: dict[str, int] = field(default_factory=dict)
    below: dict[str, int] = field(default_factory=dict)
    unsettled: dict[str, float] = field(default_factory=dict)


class Versions:
    """The version of every path, for each identity; beyond `max_paths` all of them are forgotten at once."""

    def __init__(self, max_paths: int = MAX_PATHS) -> None:
        self._identities: dict[str, _Identity] = {}
        self._max_paths = max_paths
        self._writes = 0
        # The version of a forgotten path: newer than every response that was read before.
        self._floor = 0

    def version(self, identity: str, path: str) -> int:
        """The number of the latest write that affects the path."""
        known = self._identities.get(identity)
        if known is None:
            return self._floor
        above = max((known.at.get(prefix, 0) for prefix in prefixes(path)), default=0)
        return max(self._floor, above, known.below.get(normal(path), 0))

    def write(self, identity: str, path: str) -> None:
        """Record a write to the path that may have taken effect."""
        self._writes += 1
        known = self._identities.setdefault(identity, _Identity())
        known.at[normal(path)] = self._writes
        for prefix in prefixes(path):
            known.below[prefix] = self._writes
        self._forget()

    def unsettle(self, identity: str, path: str, until: float) -> None:
        """Record that a write may still take effect: until that time, nothing that it affects is cached."""
        known = self._identities.setdefault(identity, _Identity())
        known.unsettled[normal(path)] = until

    def settled(self, identity: str, path: str, now: float) -> bool:
        """True if no write that affects the path may still take effect."""
        known = self._identities.get(identity)
        if known is None or not known.unsettled:
            return True
        for written in [p for p, until in known.unsettled.items() if until <= now]:
            del known.unsettled[written]
        read = normal(path)
        return not any(related(written, read) for written in known.unsettled)

    def _forget(self) -> None:
        if sum(len(known.below) for known in self._identities.values()) > self._max_paths:
            for known in self._identities.values():
                known.at.clear()
                known.below.clear()
            self._identities = {identity: known for identity, known in self._identities.items() if known.unsettled}
            self._floor = self._writes


def normal(path: str) -> str:
    """One path for all that may be the same one: folded, and without identifier prefixes."""
    return without_id_prefixes(fold(path))


def prefixes(path: str) -> Iterator[str]:
    """The path and its ancestors, the longest first, without the root."""
    path = normal(path)
    while path.strip("/"):
        yield path
        path = path.rpartition("/")[0]


def related(written: str, read: str) -> bool:
    """True if two normal paths are equal or one is an ancestor of the other."""
    return written == read or written.startswith(read + "/") or read.startswith(written + "/")
