"""Stored results that every replica finds by their handle; without the handle nobody can decrypt them."""

from __future__ import annotations

from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import Membership, RedisUnavailableError


class SharedResults:
    """Encrypted results in Redis by handle, with a time to live."""

    def __init__(self, membership: Membership, keyring: Keyring, *, max_bytes: int) -> None:
        self._membership = membership
        self._keyring = keyring
        self._max_bytes = max_bytes

    async def put(self, handle: str, content: bytes, seconds: float) -> bool:
        """Store a result for some seconds; False if it is too large or Redis did not accept it in time."""
        if len(content) > self._max_bytes:
            return False
        name = self._keyring.name("result", handle)
        sealed = self._keyring.seal(handle, name, content)
        try:
            return await self._membership.ask(
                self._membership.patience(),
                lambda redis: redis.put(redis.key("result", name), sealed, seconds),
                lenient=True,
            )
        except RedisUnavailableError:
            return False

    async def get(self, handle: str) -> bytes | None:
        """Return a stored result, or None."""
        name = self._keyring.name("result", handle)
        try:
            (sealed,) = await self._membership.ask(
                self._membership.patience(), lambda redis: redis.get(redis.key("result", name))
            )
        except RedisUnavailableError:
            return None
        return self._keyring.unseal(handle, name, sealed) if sealed else None
