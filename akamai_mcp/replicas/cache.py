"""The second level of the cache, in Redis, with one request when several replicas read the same at once.

A response is stored under a name derived from its identity, the request and the version of its path, and encrypted for the
identity; a read for another identity or version finds nothing. The first replica takes a short lease and sends the request;
the others wait for its response as long as the lease lasts, and then send their own.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Final

import orjson

from akamai_mcp.errors import CacheMissError
from akamai_mcp.pipeline.cache import CachePolicy, cache_key, is_conditional, lifetime
from akamai_mcp.pipeline.call import Call, Handler, Response, Shared
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.replicas.connection import RedisConnection
from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import Membership, RedisUnavailableError
from akamai_mcp.replicas.policy import SharingPolicy

# Only the holder may release a lease: one that expired may belong to another replica by now.
RELEASE_LEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class SharedCache:
    """Serves a response that another replica has cached or is fetching, or else fetches it."""

    def __init__(
        self,
        inner: Handler,
        membership: Membership,
        keyring: Keyring,
        policy: SharingPolicy,
        cache: CachePolicy,
        counters: Counters,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._membership = membership
        self._keyring = keyring
        self._policy = policy
        self._cache = cache
        self._counters = counters
        self._clock = clock
        self._sleep = sleep

    async def __call__(self, call: Call) -> Response:
        """Answer from the shared cache, or send the request and share its response. Raises CacheMissError for `cache: only`."""
        shared = call.shared
        if shared is None or not shared.state or not self._may_share(call):
            return await self._inner(call)
        name = self._keyring.name("answer", call.identity, repr(cache_key(call)))
        if call.cache == "refresh":
            return await self._ask(call, name, shared)
        if found := await self._find(call, name, shared):
            self._counters.add("sharedHits")
            return found
        if call.cache == "only":
            raise CacheMissError
        self._counters.add("sharedMisses")
        return await self._lead_or_follow(call, name, shared)

    def _may_share(self, call: Call) -> bool:
        return self._cache.enabled and call.is_safe and call.keep != "never" and not is_conditional(call)

    async def _find(self, call: Call, name: str, shared: Shared) -> Response | None:
        try:
            (sealed,) = await self._membership.ask(shared, lambda redis: redis.get(_entry_key(redis, name)))
        except RedisUnavailableError:
            return None
        return self._open(call, name, sealed)

    def _open(self, call: Call, name: str, sealed: bytes | None) -> Response | None:
        content = self._keyring.unseal(call.identity, name, sealed) if sealed else None
        return unpack(content, self._membership.now()) if content else None

    async def _lead_or_follow(self, call: Call, name: str, shared: Shared) -> Response:
        token = secrets.token_hex(8)
        try:
            leads = await self._membership.ask(
                shared,
                lambda redis: redis.claim(_lease_key(redis, name), token, self._policy.flight),
            )
        except RedisUnavailableError:
            return await self._inner(call)
        if not leads:
            return await self._follow(call, name) or await self._ask(call, name, shared)
        try:
            return await self._ask(call, name, shared)
        finally:
            await self._release_lease(name, token)

    async def _follow(self, call: Call, name: str) -> Response | None:
        """Return the response that another replica fetches, or None as soon as it is clear that there will be none."""
        ends = self._clock() + self._policy.flight
        while self._clock() < ends:
            await self._sleep(self._policy.poll)
            try:
                sealed, leader = await self._membership.ask(
                    self._membership.patience(),
                    lambda redis: redis.get(_entry_key(redis, name), _lease_key(redis, name)),
                )
            except RedisUnavailableError:
                return None
            if found := self._open(call, name, sealed):
                self._counters.add("sharedFollowed")
                return found
            if leader is None:
                return None
        return None

    async def _ask(self, call: Call, name: str, shared: Shared) -> Response:
        response = await self._inner(call)
        fresh_for = lifetime(response, self._cache.ttl(call.keep)) if response.file is None else None
        if fresh_for and len(response.content) <= self._policy.max_answer_bytes:
            await self._keep(call, name, shared, response, fresh_for)
        return response

    async def _keep(self, call: Call, name: str, shared: Shared, response: Response, fresh_for: float) -> None:
        sealed = self._keyring.seal(call.identity, name, pack(response, self._membership.now(), fresh_for))
        try:
            await self._membership.ask(shared, lambda redis: redis.put(_entry_key(redis, name), sealed, fresh_for), lenient=True)
        except RedisUnavailableError:
            return
        self._counters.add("sharedStored")

    async def _release_lease(self, name: str, token: str) -> None:
        try:
            await self._membership.ask(
                self._membership.patience(),
                lambda redis: redis.evaluate(RELEASE_LEASE, _lease_key(redis, name), token),
            )
        except RedisUnavailableError:
            return  # the lease expires by itself


def pack(response: Response, kept_at: float, fresh_for: float) -> bytes:
    """Serialize a response: a line of JSON with status, headers and the end of its freshness, then the content."""
    facts: dict[str, object] = {
        "status": response.status,
        "headers": response.headers,
        "elapsed": response.elapsed,
        "keptAt": kept_at,
    }
    # Redis lets a value expire, but whoever may write there can remove the expiry; the sealed end holds all the same.
    facts["freshUntil"] = kept_at + fresh_for
    return orjson.dumps(facts) + b"\n" + response.content


def unpack(packed: bytes, now: float) -> Response | None:
    """Deserialize a response, with its age in seconds; None if it is no longer fresh."""
    line, _, content = packed.partition(b"\n")
    facts = orjson.loads(line)
    if now > facts.get("freshUntil", 0.0):
        return None
    return Response(
        status=facts["status"],
        headers=tuple((name, value) for name, value in facts["headers"]),
        content=content,
        elapsed=facts["elapsed"],
        age=max(0.0, now - facts["keptAt"]),
    )


def _entry_key(connection: RedisConnection, name: str) -> str:
    return connection.key("answer", name)


def _lease_key(connection: RedisConnection, name: str) -> str:
    return connection.key("lease", name)
