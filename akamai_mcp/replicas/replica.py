"""Everything that one replica shares, put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.stack import PipelinePolicies, Sharing
from akamai_mcp.replicas.cache import SharedAnswers
from akamai_mcp.replicas.confirmations import Ledger
from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.health import LinkHealth
from akamai_mcp.replicas.invalidation import Announced
from akamai_mcp.replicas.membership import Link
from akamai_mcp.replicas.policy import SharingPolicy
from akamai_mcp.replicas.rate_limit import SharedTokens
from akamai_mcp.replicas.results import Shelf
from akamai_mcp.replicas.versions import States


class Replicas:
    """The layers, stores and keys of one replica, over one link."""

    def __init__(self, policy: SharingPolicy, pipeline: PipelinePolicies, counters: Counters, **surroundings: Any) -> None:
        self._keyring = keyring = Keyring(policy.key)
        self._link = link = Link(policy, counters, **surroundings)
        states = States(link, keyring, policy)
        self.sharing = Sharing(
            around=lambda inner: Announced(inner, link, states, unsettled=pipeline.cache.unsettled),
            below=lambda inner: SharedAnswers(inner, link, keyring, policy, pipeline.cache, counters),
            toll=SharedTokens(link, keyring, pipeline.limits),
        )
        self.ledger = Ledger(link, keyring)
        self.shelf = Shelf(link, keyring, max_bytes=policy.max_result_bytes)
        self.start: Callable[[], None] = link.start

    def key(self, purpose: str) -> bytes:
        """A key that every replica has for a purpose."""
        return self._keyring.derive(purpose)

    def health(self) -> LinkHealth:
        """Whether Redis is reached, for those who watch the server."""
        return self._link.health()

    async def aclose(self) -> None:
        """Leave the other replicas."""
        await self._link.aclose()
