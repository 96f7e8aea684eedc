"""The second level of the cache, and one request for what several replicas ask at the same time.

An answer stands in Redis under a name made of whose it is, the request and the state of its path, sealed for its
identity: a replica that asks for another identity or another state finds nothing. Whoever asks first takes a short lease;
the others wait for the answer as long as the lease holds, and then ask themselves.
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
from akamai_mcp.replicas.connection import Session
from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import CutOffError, Link
from akamai_mcp.replicas.policy import SharingPolicy

# A lease is given back by who holds it, never by one whose lease has run out.
GIVE_BACK: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class SharedAnswers:
    """Finds what another replica has kept, or waits for what it is asking, before asking."""

    def __init__(
        self,
        inner: Handler,
        link: Link,
        keyring: Keyring,
        policy: SharingPolicy,
        cache: CachePolicy,
        counters: Counters,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._link = link
        self._keyring = keyring
        self._policy = policy
        self._cache = cache
        self._counters = counters
        self._clock = clock
        self._sleep = sleep

    async def __call__(self, call: Call) -> Response:
        """Answer from what replicas share, or ask and share. Raises CacheMissError in mode `only`."""
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
            (sealed,) = await self._link.ask(shared, lambda session: session.get(_answer(session, name)))
        except CutOffError:
            return None
        return self._open(call, name, sealed)

    def _open(self, call: Call, name: str, sealed: bytes | None) -> Response | None:
        content = self._keyring.unseal(call.identity, name, sealed) if sealed else None
        return unpack(content, self._link.now()) if content else None

    async def _lead_or_follow(self, call: Call, name: str, shared: Shared) -> Response:
        token = secrets.token_hex(8)
        try:
            leads = await self._link.ask(
                shared,
                lambda session: session.claim(_lease(session, name), token, self._policy.flight),
            )
        except CutOffError:
            return await self._inner(call)
        if not leads:
            return await self._follow(call, name) or await self._ask(call, name, shared)
        try:
            return await self._ask(call, name, shared)
        finally:
            await self._give_back(name, token)

    async def _follow(self, call: Call, name: str) -> Response | None:
        """The answer that another replica brings, or None as soon as it is known that it brings none."""
        ends = self._clock() + self._policy.flight
        while self._clock() < ends:
            await self._sleep(self._policy.poll)
            try:
                sealed, leader = await self._link.ask(
                    self._link.patience(), lambda session: session.get(_answer(session, name), _lease(session, name))
                )
            except CutOffError:
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
        sealed = self._keyring.seal(call.identity, name, pack(response, self._link.now()))
        try:
            await self._link.ask(shared, lambda session: session.put(_answer(session, name), sealed, fresh_for), lenient=True)
        except CutOffError:
            return
        self._counters.add("sharedStored")

    async def _give_back(self, name: str, token: str) -> None:
        try:
            await self._link.ask(self._link.patience(), lambda session: session.evaluate(GIVE_BACK, _lease(session, name), token))
        except CutOffError:
            return  # it ends by itself


def pack(response: Response, kept_at: float) -> bytes:
    """A response as bytes: its facts as a line of JSON, then its content."""
    facts = {"status": response.status, "headers": response.headers, "elapsed": response.elapsed, "keptAt": kept_at}
    return orjson.dumps(facts) + b"\n" + response.content


def unpack(packed: bytes, now: float) -> Response:
    """The response, and how long ago it was kept."""
    line, _, content = packed.partition(b"\n")
    facts = orjson.loads(line)
    return Response(
        status=facts["status"],
        headers=tuple((name, value) for name, value in facts["headers"]),
        content=content,
        elapsed=facts["elapsed"],
        age=max(0.0, now - facts["keptAt"]),
    )


def _answer(session: Session, name: str) -> str:
    return session.key("answer", name)


def _lease(session: Session, name: str) -> str:
    return session.key("lease", name)
