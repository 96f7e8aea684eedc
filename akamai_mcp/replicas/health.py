"""The state of a replica's connection to Redis, in words for the operator."""

from __future__ import annotations

from dataclasses import dataclass

from akamai_mcp.replicas.connection import EvictingError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaHealth:
    """Whether Redis is reached; if not, the reason, for how long, and whether changes are refused."""

    joined: bool
    reason: str
    cut_off_seconds: float
    changes_refused: bool
    silent_replicas: int

    @property
    def is_well(self) -> bool:
        """True if Redis is reached and no replica is silent."""
        return self.joined and not self.silent_replicas

    @property
    def detail(self) -> str:
        """One line for the operator; it names no host."""
        if self.joined:
            return f"{self.silent_replicas} replicas are silent, so the cache is not used" if self.silent_replicas else ""
        refused = "; changes are refused" if self.changes_refused else ""
        return f"Redis has not been reached for {self.cut_off_seconds:.0f} s: {self.reason}; the cache is not used{refused}"


def describe(error: BaseException | None) -> str:
    """Say why Redis is not reached; the error's own message may contain its address or password."""
    if isinstance(error, EvictingError):
        return str(error)
    return "it did not answer in time" if isinstance(error, TimeoutError) else f"it failed ({type(error).__name__})"
