"""Keep answers of safe calls for their customer, revalidate them when they are old, forget them when they are void.

Semantics follow RFC 9111 where it speaks (no-store, no-cache, max-age, Vary, 304); how long an answer is kept is the
policy's, by the operation's class. Nothing is ever shared between identities.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from cachetools import TLRUCache

from akamai_mcp.errors import CacheMissError
from akamai_mcp.pipeline.call import CacheClass, Call, Handler, Response
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.responses.effect import Ending, may_still_come, voids_reads
from akamai_mcp.pipeline.versions import Versions

Clock = Callable[[], float]
# Called after each write that may have taken effect: identity, path, seconds for which its effect may still come.
OnWrite = Callable[[str, str, float], None]

KEPT_STATUSES: Final = frozenset({200, 203, 204})
CONDITIONAL: Final = frozenset({"if-none-match", "if-match", "if-modified-since", "if-unmodified-since", "range"})
ENTRY_OVERHEAD: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """How long answers are kept, in seconds, and how many bytes of them.

    `ordinary_seconds` is for configuration and listings, `reference_seconds` for lists that seldom change, such as countries.
    `stale` is how long an old answer with a validator is kept to revalidate it; `unsettled` how long nothing is kept
    after a write whose effect may still come.
    """

    enabled: bool = True
    ordinary_seconds: float = 60.0
    reference_seconds: float = 4 * 3600.0
    stale: float = 24 * 3600.0
    unsettled: float = 30.0
    max_bytes: int = 64 * 1024 * 1024

    def ttl(self, keep: CacheClass) -> float:
        """How long an answer of a class is fresh."""
        return {"hours": self.reference_seconds, "minutes": self.ordinary_seconds, "never": 0.0}[keep]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A cached response, the version of its path when it was read, and the end of its freshness."""

    response: Response
    version: int
    stored_at: float
    fresh_until: float
    forgotten_at: float

    @property
    def validators(self) -> tuple[tuple[str, str], ...]:
        """The conditional headers that ask whether the answer changed (RFC 9110 section 13.1)."""
        etag, modified = self.response.header("etag"), self.response.header("last-modified")
        return tuple((n, v) for n, v in (("If-None-Match", etag), ("If-Modified-Since", modified)) if v)


def cache_key(call: Call) -> tuple[Any, ...]:
    """What makes two calls the same: identity, method, target, every header, body, and the path state that replicas share.

    The body is included because some clients send one with a read.
    """
    headers = tuple(sorted((name.lower(), value) for name, value in call.request.headers))
    return call.identity, call.request.method, call.request.target, headers, call.request.content, call.state


def directives(response: Response) -> dict[str, str]:
    """The Cache-Control directives of a response (RFC 9111 section 5.2)."""
    parts = (part.strip().partition("=") for part in (response.header("cache-control") or "").lower().split(","))
    return {name: value.strip('"') for name, _, value in parts if name}


def lifetime(response: Response, ttl: float) -> float | None:
    """Seconds for which an answer is fresh, 0 where it must be revalidated first, None where it must not be kept."""
    told = directives(response)
    if response.status not in KEPT_STATUSES or "no-store" in told or response.header("vary") == "*":
        return None
    if "no-cache" in told:
        return 0.0
    limit = told.get("max-age", "")
    return min(ttl, float(limit)) if limit.isdecimal() else ttl


class Cache:
    """The outermost layer, so that a hit waits for no other layer."""

    def __init__(
        self,
        inner: Handler,
        policy: CachePolicy,
        versions: Versions,
        counters: Counters,
        *,
        clock: Clock = time.monotonic,
        on_write: OnWrite | None = None,
    ) -> None:
        self._inner = inner
        self._policy = policy
        self._versions = versions
        self._counters = counters
        self._clock = clock
        self._on_write = on_write
        self._entries: TLRUCache[Any, Stored] = TLRUCache(
            maxsize=policy.max_bytes, ttu=lambda _, stored, __: stored.forgotten_at, timer=clock, getsizeof=_size
        )

    async def __call__(self, call: Call) -> Response:
        """Answer from the cache, or send the call and cache its response. Raises CacheMissError in mode `only`."""
        if not call.is_safe:
            return await self._write(call)
        if not self._policy.enabled or call.cache == "off" or is_conditional(call):
            return await self._inner(call)
        key = cache_key(call)
        stored = self._fresh_version(key, call)
        if stored and call.cache != "refresh" and stored.fresh_until > self._clock():
            return self._hit(stored)
        if call.cache == "only" and not call.state:  # with replicas, another one may have cached it
            raise CacheMissError
        self._counters.add("cacheMisses")
        return await self._ask(key, call, stored if call.cache == "use" else None)

    def _hit(self, stored: Stored) -> Response:
        self._counters.add("cacheHits")
        return replace(stored.response, age=self._clock() - stored.stored_at)

    def _fresh_version(self, key: Any, call: Call) -> Stored | None:
        stored = self._entries.get(key)
        if stored is None or stored.version != self._versions.version(call.identity, call.path):
            return None
        return stored if self._versions.settled(call.identity, call.path, self._clock()) else None

    async def _ask(self, key: Any, call: Call, stored: Stored | None) -> Response:
        version = self._versions.version(call.identity, call.path)
        validators = stored.validators if stored else ()
        response = await self._inner(_with_headers(call, validators) if validators else call)
        if stored and response.is_not_modified:
            self._counters.add("cacheRevalidated")
            response = replace(stored.response, elapsed=response.elapsed)
        self._keep(key, call, response, version)
        return response

    def _keep(self, key: Any, call: Call, response: Response, version: int) -> None:
        worth_keeping = call.keep != "never" and response.file is None
        fresh_for = lifetime(response, self._policy.ttl(call.keep)) if worth_keeping else None
        now = self._clock()
        kept_at = now - (response.age or 0.0)  # another replica may have cached it a while ago
        overwritten = version != self._versions.version(call.identity, call.path)
        # Whatever becomes of this response: one from before it must not be given after it.
        self._entries.pop(key, None)
        if fresh_for is None or overwritten or not self._versions.settled(call.identity, call.path, now):
            return
        ends = kept_at + fresh_for
        stored = Stored(response=response, version=version, stored_at=kept_at, fresh_until=ends, forgotten_at=ends)
        if stored.validators:
            stored = replace(stored, forgotten_at=ends + self._policy.stale)
        if stored.forgotten_at > now and _size(stored) <= self._policy.max_bytes // 8:
            self._entries[key] = stored
            self._counters.add("cacheStored")

    async def _write(self, call: Call) -> Response:
        ending: Ending
        try:
            ending = response = await self._inner(call)
        except BaseException as error:
            ending = error
            raise
        finally:
            if voids_reads(ending):
                self._overwrite(call, unsettled=may_still_come(ending))
        return response

    def _overwrite(self, call: Call, *, unsettled: bool) -> None:
        self._counters.add("invalidations")
        for path in (call.path, *call.touches):
            self._versions.write(call.identity, path)
            if unsettled:
                self._versions.unsettle(call.identity, path, self._clock() + self._policy.unsettled)
            if self._on_write:
                self._on_write(call.identity, path, self._policy.unsettled if unsettled else 0.0)


def is_conditional(call: Call) -> bool:
    """True if a header makes the response depend on the caller's own copy (RFC 9110 section 13)."""
    return any(name.lower() in CONDITIONAL for name, _ in call.request.headers)


def _with_headers(call: Call, headers: tuple[tuple[str, str], ...]) -> Call:
    return replace(call, request=replace(call.request, headers=(*call.request.headers, *headers)))


def _size(stored: Stored) -> int:
    return len(stored.response.content) + ENTRY_OVERHEAD
