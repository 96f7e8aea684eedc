"""What the sandbox has been told: values by path, and the paths that were deleted."""

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
    """A JSON value, or the bytes of anything else."""

    value: Any
    media_type: str = JSON_TYPE


class Store:
    """Values by the decoded segments of their paths, in the order of their creation."""

    def __init__(self) -> None:
        self._values: dict[Key, Stored] = {}
        self._deleted: set[Key] = set()
        self._last_id = FIRST_ID - 1

    def __len__(self) -> int:
        return len(self._values)

    def clear(self) -> None:
        """Forget everything, and begin to count again."""
        self._values.clear()
        self._deleted.clear()
        self._last_id = FIRST_ID - 1

    def next_id(self) -> int:
        """A number that no creation has had."""
        self._last_id += 1
        return self._last_id

    def put(self, key: Key, value: Any, media_type: str = JSON_TYPE) -> None:
        """Keep a value, and undo the deletion of its path."""
        self._deleted.discard(key)
        self._values[key] = Stored(value=value, media_type=media_type)

    def get(self, key: Key) -> Stored | None:
        """What is kept at a path."""
        return self._values.get(key)

    def delete(self, key: Key) -> None:
        """Drop a path with all below it, and remember that it is gone."""
        for below in [kept for kept in self._values if kept[: len(key)] == key]:
            del self._values[below]
        self._deleted.add(key)

    def is_gone(self, key: Key) -> bool:
        """True where a path, or one above it, was deleted and has not been written since."""
        return key not in self._values and any(key[:length] in self._deleted for length in range(1, len(key) + 1))

    def below(self, key: Key) -> Iterator[tuple[Key, Stored]]:
        """Everything kept below a path, with the rest of its path."""
        size = len(key)
        return ((kept[size:], stored) for kept, stored in self._values.items() if kept[:size] == key and len(kept) > size)


def uuid_of(number: int) -> str:
    """A UUID that holds a number."""
    return str(UUID(int=number, version=4))
