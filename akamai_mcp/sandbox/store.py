"""The sandbox's state: values by path, and the paths that were deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from akamai_mcp.media_types import JSON_TYPE
from akamai_mcp.sandbox.routing import Key

FIRST_ID: Final = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A JSON value, or the bytes of any other media type."""

    value: Any
    media_type: str = JSON_TYPE


class Store:
    """Values by the decoded segments of their paths, in order of creation."""

    def __init__(self) -> None:
        self._values: dict[Key, Stored] = {}
        self._deleted: set[Key] = set()
        self._last_id = FIRST_ID - 1

    def __len__(self) -> int:
        return len(self._values)

    def clear(self) -> None:
        """Remove everything and restart the numbering."""
        self._values.clear()
        self._deleted.clear()
        self._last_id = FIRST_ID - 1

    def next_id(self) -> int:
        """A new, unused identifier."""
        self._last_id += 1
        return self._last_id

    def put(self, key: Key, value: Any, media_type: str = JSON_TYPE) -> None:
        """Store a value at a path, which then is no longer deleted."""
        self._deleted.discard(key)
        self._values[key] = Stored(value=value, media_type=media_type)

    def get(self, key: Key) -> Stored | None:
        """The value at a path, or None."""
        return self._values.get(key)

    def delete(self, key: Key) -> None:
        """Remove a path and everything below it, and mark it as deleted."""
        for below in [path for path in self._values if path[: len(key)] == key]:
            del self._values[below]
        self._deleted.add(key)

    def is_gone(self, key: Key) -> bool:
        """True if a path or one above it was deleted and the path was not written since."""
        return key not in self._values and any(key[:length] in self._deleted for length in range(1, len(key) + 1))

    def below(self, key: Key) -> Iterator[tuple[Key, Stored]]:
        """(rest of the path, value) for everything below a path."""
        size = len(key)
        return ((path[size:], stored) for path, stored in self._values.items() if path[:size] == key and len(path) > size)


def uuid_of(number: int) -> str:
    """The UUID for a number."""
    return str(UUID(int=number, version=4))
