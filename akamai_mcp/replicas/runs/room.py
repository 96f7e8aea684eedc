"""Room for one more run among those that replicas keep: the oldest leave, first what is over, then what nobody drives. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from akamai_mcp.runs.record import RunPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A run as the index has it: `listed` is its line there, `state` is `over`, `held`, `free`, or empty if it expired."""

    listed: bytes
    name: str
    state: str
    size: int


def leaving(kept: Sequence[Kept]) -> Iterator[Kept]:
    """The runs that may leave, in the order in which they do; `kept` has the oldest first."""
    for state in ("", "over", "free"):
        yield from (one for one in kept if one.state == state)


def is_full(kept: Sequence[Kept], policy: RunPolicy) -> bool:
    """True if there is no room for one more."""
    return len(kept) + 1 > policy.most or sum(one.size for one in kept) > policy.most_bytes
