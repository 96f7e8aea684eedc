"""An in-memory session store with the three methods that FastMCP's contexts use."""

from __future__ import annotations

import time
from typing import Any


class SessionStore:
    """Values by key, each with an optional time to live in seconds."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[Any, float | None]] = {}

    async def get(self, key: str, **_: Any) -> Any:
        """Return the value of a key, or None."""
        value, expires = self._values.get(key, (None, None))
        if expires is not None and expires <= time.monotonic():
            del self._values[key]
            return None
        return value

    async def put(self, key: str, value: Any, *, ttl: float | None = None, **_: Any) -> None:
        """Store a value."""
        self._values[key] = (value, None if ttl is None else time.monotonic() + float(ttl))

    async def delete(self, key: str, **_: Any) -> bool:
        """Delete a key; return whether it existed."""
        return self._values.pop(key, None) is not None
