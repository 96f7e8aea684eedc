"""Which confirmations were used, at any replica."""

from __future__ import annotations

from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import CutOffError, Link


class Ledger:
    """Which confirmations were used, at any replica."""

    def __init__(self, link: Link, keyring: Keyring) -> None:
        self._link = link
        self._keyring = keyring

    async def period(self) -> str:
        """What the ledger's memory begins with; empty while it cannot be asked."""
        if self._link.is_new:
            await self._link.tried()
        return self._link.run

    async def spend(self, token: bytes, seconds: float) -> bool | None:
        """True for the first who uses a token, False for any other, None where that cannot be known."""
        name = self._keyring.name("spent", "", token.hex())
        try:
            return await self._link.ask(
                self._link.patience(), lambda session: session.claim(session.key("spent", name), "1", seconds)
            )
        except CutOffError:
            return None
