"""The ledger of used confirmations, shared by all replicas."""

from __future__ import annotations

from contextlib import suppress

from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import Membership, RedisUnavailableError


class Ledger:
    """Records used confirmation tokens in Redis."""

    def __init__(self, membership: Membership, keyring: Keyring) -> None:
        self._membership = membership
        self._keyring = keyring

    async def period(self) -> str:
        """Return the id of the Redis run that holds the ledger; "" while Redis cannot be reached."""
        if self._membership.is_new:
            await self._membership.first_attempt()
        return self._membership.run

    async def spend(self, token: bytes, seconds: float) -> bool | None:
        """Record the use of a token: True for the first use, False for a later one, None if Redis cannot be reached."""
        name = self._keyring.name("spent", "", token.hex())
        try:
            return await self._membership.ask(
                self._membership.patience(), lambda redis: redis.claim(redis.key("spent", name), "1", seconds)
            )
        except RedisUnavailableError:
            return None

    async def note_declined(self, name: str, seconds: float) -> None:
        """Remember a declined call at every replica, if Redis can be reached; this replica remembers it anyway."""
        with suppress(RedisUnavailableError):
            await self._membership.ask(
                self._membership.patience(), lambda redis: redis.claim(redis.key("declined", name), "1", seconds)
            )

    async def was_declined(self, name: str) -> bool:
        """True if some replica remembers a declined call; False while Redis cannot be reached: nothing is confirmed then."""
        try:
            (found,) = await self._membership.ask(
                self._membership.patience(), lambda redis: redis.get(redis.key("declined", name))
            )
        except RedisUnavailableError:
            return False
        return found is not None
