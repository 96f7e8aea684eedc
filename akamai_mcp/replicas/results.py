"""Kept answers that every replica finds by their handle; without the handle nobody can read them."""

from __future__ import annotations

from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import CutOffError, Link


class Shelf:
    """Bytes by handle, for a while."""

    def __init__(self, link: Link, keyring: Keyring, *, max_bytes: int) -> None:
        self._link = link
        self._keyring = keyring
        self._max_bytes = max_bytes

    async def put(self, handle: str, content: bytes, seconds: float) -> bool:
        """Put something there; False where it is too large or Redis did not take it in time."""
        if len(content) > self._max_bytes:
            return False
        name = self._keyring.name("result", handle)
        sealed = self._keyring.seal(handle, name, content)
        try:
            return await self._link.ask(
                self._link.patience(), lambda session: session.put(session.key("result", name), sealed, seconds), lenient=True
            )
        except CutOffError:
            return False

    async def get(self, handle: str) -> bytes | None:
        """What was put there, or None."""
        name = self._keyring.name("result", handle)
        try:
            (sealed,) = await self._link.ask(self._link.patience(), lambda session: session.get(session.key("result", name)))
        except CutOffError:
            return None
        return self._keyring.unseal(handle, name, sealed) if sealed else None
