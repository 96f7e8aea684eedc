"""Store whole answers that were too large to return, for a limited time and for one customer and caller each."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any, Final, Protocol

import orjson
from cachetools import TTLCache

HANDLE_PREFIX: Final = "akamai://results/"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePolicy:
    """Limits of the store: bytes in total, bytes of one answer, and seconds until an answer is dropped."""

    max_bytes: int = 128 * 1024 * 1024
    max_answer_bytes: int = 64 * 1024 * 1024
    seconds: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A call that a result comes from."""

    customer: str
    operation: str
    method: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResult:
    """A whole answer as JSON text, with its caller and the calls that it comes from: one, or those of a program."""

    sources: tuple[Source, ...]
    content: bytes
    caller: str = ""

    @property
    def operation(self) -> str:
        """The operation that was called; of a program nothing, since it calls several."""
        return self.sources[0].operation if len(self.sources) == 1 else ""

    @property
    def customers(self) -> frozenset[str]:
        """The customers whose data are in it."""
        return frozenset(source.customer for source in self.sources)

    def value(self) -> Any:
        """The answer as a JSON value."""
        return orjson.loads(self.content)


class SharedResults(Protocol):
    """A store that replicas share, so that each can read the others' answers."""

    async def put(self, handle: str, content: bytes, seconds: float) -> bool:
        """Store the content under a handle for some seconds; False if it was not stored."""

    async def get(self, handle: str) -> bytes | None:
        """The content under a handle, or None."""


class ResultStore:
    """Answers by handle; a handle cannot be guessed and expires with its answer. With `shared`, every replica can read them."""

    def __init__(
        self,
        policy: StorePolicy,
        *,
        clock: Callable[[], float] = time.monotonic,
        token: Callable[[], str] = lambda: secrets.token_urlsafe(12),
        shared: SharedResults | None = None,
    ) -> None:
        self._policy = policy
        self._shared = shared
        self._token = token
        self._lock = Lock()  # large answers are stored by a thread
        self._stored: TTLCache[str, StoredResult] = TTLCache(
            policy.max_bytes, policy.seconds, timer=clock, getsizeof=lambda stored: len(stored.content)
        )

    def keep(self, sources: tuple[Source, ...], value: Any, *, caller: str = "") -> str | None:
        """Store an answer and return its handle, or None if it is too large."""
        content = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
        if len(content) > min(self._policy.max_answer_bytes, self._policy.max_bytes):
            return None
        identifier = self._token()
        stored = StoredResult(sources=sources, content=content, caller=caller)
        with self._lock:
            self._stored[identifier] = stored
        return HANDLE_PREFIX + identifier

    def find(self, handle: str) -> StoredResult | None:
        """The result under a handle, with or without its prefix, or None."""
        with self._lock:
            return self._stored.get(handle.removeprefix(HANDLE_PREFIX))

    async def publish(self, handle: str) -> None:
        """Copy a result to the shared store; if that fails, only this replica can read it."""
        if self._shared is not None and (stored := self.find(handle)):
            await self._shared.put(handle.removeprefix(HANDLE_PREFIX), pack(stored), self._policy.seconds)

    async def fetch(self, handle: str) -> StoredResult | None:
        """The result under a handle, from this replica or from the shared store, or None."""
        if (stored := self.find(handle)) or self._shared is None:
            return stored
        packed = await self._shared.get(handle.removeprefix(HANDLE_PREFIX))
        return unpack(packed) if packed else None


def pack(stored: StoredResult) -> bytes:
    """A result as bytes: one line of JSON with everything but the content, then the content."""
    facts = {field.name: getattr(stored, field.name) for field in fields(stored) if field.name != "content"}
    # The content is JSON already, so it is appended as is instead of being encoded again.
    return orjson.dumps(facts) + b"\n" + stored.content


def unpack(packed: bytes) -> StoredResult:
    """The result that `pack` wrote."""
    line, _, content = packed.partition(b"\n")
    facts = orjson.loads(line)
    sources = tuple(Source(**source) for source in facts.pop("sources"))
    return StoredResult(sources=sources, content=content, **facts)
