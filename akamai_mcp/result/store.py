"""Keep whole answers that were too large to give, for a while, each for the customer whose it is."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final, Protocol

import orjson
from cachetools import TTLCache

PREFIX: Final = "akamai://results/"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePolicy:
    """Bounds of what is kept: bytes in all, bytes of one answer, seconds."""

    max_bytes: int = 128 * 1024 * 1024
    max_answer_bytes: int = 64 * 1024 * 1024
    seconds: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A whole answer as JSON text, whose customer's and caller's it is, and the operation and request that brought it."""

    customer: str
    operation: str
    method: str
    path: str
    content: bytes
    caller: str = ""

    def value(self) -> Any:
        """The answer as a JSON value."""
        return orjson.loads(self.content)


class Shelf(Protocol):
    """Where replicas find each other's answers."""

    async def put(self, handle: str, content: bytes, seconds: float) -> bool:
        """Put something there; False where it was not taken."""

    async def get(self, handle: str) -> bytes | None:
        """What was put there, or None."""


class ResultStore:
    """Answers by handle; a handle cannot be guessed and is forgotten with its answer. With a shelf every replica has them."""

    def __init__(
        self,
        policy: StorePolicy,
        *,
        clock: Callable[[], float] = time.monotonic,
        token: Callable[[], str] = lambda: secrets.token_urlsafe(12),
        shelf: Shelf | None = None,
    ) -> None:
        self._policy = policy
        self._shelf = shelf
        self._token = token
        self._kept: TTLCache[str, Kept] = TTLCache(
            policy.max_bytes, policy.seconds, timer=clock, getsizeof=lambda kept: len(kept.content)
        )

    def keep(self, customer: str, *, operation: str, method: str, path: str, value: Any, caller: str = "") -> str | None:
        """Keep an answer and return its handle, or None where it is too large to keep."""
        content = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
        if len(content) > min(self._policy.max_answer_bytes, self._policy.max_bytes):
            return None
        identifier = self._token()
        self._kept[identifier] = Kept(
            customer=customer, operation=operation, method=method, path=path, content=content, caller=caller
        )
        return PREFIX + identifier

    def find(self, handle: str) -> Kept | None:
        """What was kept under a handle (or its last part), or None."""
        return self._kept.get(handle.removeprefix(PREFIX))

    async def publish(self, handle: str) -> None:
        """Let the other replicas find what is kept here; where they cannot be reached, only this one has it."""
        kept = self.find(handle) if self._shelf else None
        if kept is not None and self._shelf is not None:
            await self._shelf.put(handle.removeprefix(PREFIX), pack(kept), self._policy.seconds)

    async def fetch(self, handle: str) -> Kept | None:
        """What was kept under a handle here or at another replica, or None."""
        if (kept := self.find(handle)) or self._shelf is None:
            return kept
        packed = await self._shelf.get(handle.removeprefix(PREFIX))
        return unpack(packed) if packed else None


def pack(kept: Kept) -> bytes:
    """A kept answer as bytes: whose and whence as a line of JSON, then its content."""
    facts = {field.name: getattr(kept, field.name) for field in fields(kept) if field.name != "content"}
    return orjson.dumps(facts) + b"\n" + kept.content


def unpack(packed: bytes) -> Kept:
    """The kept answer again."""
    line, _, content = packed.partition(b"\n")
    return Kept(**orjson.loads(line), content=content)
