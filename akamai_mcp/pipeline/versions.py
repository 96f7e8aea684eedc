"""Which reads a write makes stale, as version numbers of paths.

A write to a path makes stale every read of an ancestor, of the same path and of a descendant, for one identity.
Each path's version is the number of the latest write that touches it, so a cached answer is fresh as long as the
version it was read under is still the path's: nothing is searched or deleted. An answer read while a write was under
way carries the older version and is never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

MAX_PATHS: Final = 20_000
_ID_PREFIX: Final = re.compile(r"/[a-z]{3}_(?=[^/])")


@dataclass(slots=True)
class _Identity:
    """Write numbers by path: `at` of writes to that very path, `below` of writes somewhere under it."""

    at: dict[str, int] = field(default_factory=dict)
    below: dict[str, int] = field(default_factory=dict)
    unsettled: dict[str, float] = field(default_factory=dict)


class Versions:
    """The version of every path, for each identity; when there are too many paths they are forgotten all at once."""

    def __init__(self, max_paths: int = MAX_PATHS) -> None:
        self._identities: dict[str, _Identity] = {}
        self._max_paths = max_paths
        self._writes = 0
        # What a forgotten path counts as: newer than every answer read before it was forgotten.
        self._floor = 0

    def version(self, identity: str, path: str) -> int:
        """The number of the latest write that makes older reads of the path stale."""
        known = self._identities.get(identity)
        if known is None:
            return self._floor
        above = max((known.at.get(prefix, 0) for prefix in prefixes(path)), default=0)
        return max(self._floor, above, known.below.get(normal(path), 0))

    def write(self, identity: str, path: str) -> None:
        """A write to the path may have taken effect."""
        self._writes += 1
        known = self._identities.setdefault(identity, _Identity())
        known.at[normal(path)] = self._writes
        for prefix in prefixes(path):
            known.below[prefix] = self._writes
        self._forget()

    def unsettle(self, identity: str, path: str, until: float) -> None:
        """The write's effect may still come: until that time nothing it touches is worth keeping."""
        known = self._identities.setdefault(identity, _Identity())
        known.unsettled[normal(path)] = until

    def settled(self, identity: str, path: str, now: float) -> bool:
        """True where no write that touches the path may still take effect."""
        known = self._identities.get(identity)
        if known is None or not known.unsettled:
            return True
        for written in [p for p, until in known.unsettled.items() if until <= now]:
            del known.unsettled[written]
        read = normal(path)
        return not any(_related(written, read) for written in known.unsettled)

    def _forget(self) -> None:
        if sum(len(known.below) for known in self._identities.values()) > self._max_paths:
            for known in self._identities.values():
                known.at.clear()
                known.below.clear()
            self._identities = {who: known for who, known in self._identities.items() if known.unsettled}
            self._floor = self._writes


def normal(path: str) -> str:
    """A path without its trailing slash and the prefixes of its ids: `prp_1` and `1` name the same property."""
    return _ID_PREFIX.sub("/", path.rstrip("/")) or "/"


def prefixes(path: str) -> Iterator[str]:
    """The path and each of its ancestors, the longest first; never the root."""
    path = normal(path)
    while path.count("/") >= 1 and path != "/":
        yield path
        path = path.rpartition("/")[0]
        if not path:
            return


def related(written: str, read: str) -> bool:
    """True where one path is the other or an ancestor of it, segment by segment."""
    return _related(normal(written), normal(read))


def _related(a: str, b: str) -> bool:
    return a == b or a.startswith(b + "/") or b.startswith(a + "/")
