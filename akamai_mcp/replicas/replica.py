"""One replica: builds everything that it shares with the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.stack import PipelinePolicies, Sharing
from akamai_mcp.replicas.cache import SharedCache
from akamai_mcp.replicas.confirmations import Ledger
from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.health import ReplicaHealth
from akamai_mcp.replicas.invalidation import Invalidation
from akamai_mcp.replicas.membership import Membership
from akamai_mcp.replicas.policy import SharingPolicy
from akamai_mcp.replicas.rate_limit import SharedBuckets
from akamai_mcp.replicas.results import SharedResults
from akamai_mcp.replicas.runs.store import RedisRuns
from akamai_mcp.replicas.versions import SharedVersions
from akamai_mcp.runs.record import RunPolicy


class Replicas:
    """The layers, stores and keys of one replica, over one membership."""

    def __init__(self, policy: SharingPolicy, pipeline: PipelinePolicies, counters: Counters, **surroundings: Any) -> None:
        self._keyring = keyring = Keyring(policy.key)
        self._membership = membership = Membership(policy, counters, **surroundings)
        versions = SharedVersions(membership, keyring, policy)
        self.sharing = Sharing(
            around=lambda inner: Invalidation(inner, membership, versions, unsettled=pipeline.cache.unsettled),
            below=lambda inner: SharedCache(inner, membership, keyring, policy, pipeline.cache, counters),
            bucket=SharedBuckets(membership, keyring, pipeline.limits),
        )
        self.ledger = Ledger(membership, keyring)
        self.results = SharedResults(membership, keyring, max_bytes=policy.max_result_bytes)
        self.start: Callable[[], None] = membership.start

    def key(self, purpose: str) -> bytes:
        """Derive the key for a purpose, the same at every replica."""
        return self._keyring.derive(purpose)

    def runs(self, policy: RunPolicy) -> RedisRuns:
        """The runs of all replicas."""
        return RedisRuns(self._membership, self._keyring, policy)

    def health(self) -> ReplicaHealth:
        """Return the state of the connection to Redis, for health checks and metrics."""
        return self._membership.health()

    async def aclose(self) -> None:
        """Leave the other replicas and close the connection."""
        await self._membership.aclose()
