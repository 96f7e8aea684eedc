"""The ledger of used confirmations, shared by all replicas."""

from __future__ import annotations

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
