"""How a link to Redis is, in words for those who watch the server."""

from __future__ import annotations

from dataclasses import dataclass

from akamai_mcp.replicas.connection import EvictingError


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkHealth:
    """Whether Redis is reached, and if not, why, for how many seconds, and whether changes are still sent."""

    joined: bool
    reason: str
    cut_off_seconds: float
    changes_refused: bool
    silent_replicas: int

    @property
    def is_well(self) -> bool:
        """True where replicas share all that they may."""
        return self.joined and not self.silent_replicas

    @property
    def detail(self) -> str:
        """One line that names no host: for those who watch the server."""
        if self.joined:
            return f"{self.silent_replicas} replicas are silent, so nothing kept is served" if self.silent_replicas else ""
        refused = "; changes are refused" if self.changes_refused else ""
        return f"Redis is not reached for {self.cut_off_seconds:.0f} s: {self.reason}; nothing kept is served{refused}"


def describe(error: BaseException | None) -> str:
    """Why Redis is not reached, without what could hold its address or password."""
    if isinstance(error, EvictingError):
        return str(error)
    return "it did not answer in time" if isinstance(error, TimeoutError) else f"it failed ({type(error).__name__})"
