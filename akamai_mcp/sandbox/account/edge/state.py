"""The state of EdgeWorkers and streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from akamai_mcp.sandbox.account.work import Work

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeVersion:
    """A version of an EdgeWorker: its bundle, a tar.gz, and when it was uploaded."""

    name: str
    bundle: bytes
    checksum: str
    user: str
    date: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeActivation:
    """An activation or a deactivation of a version of an EdgeWorker."""

    number: int
    version: str
    network: str
    note: str
    user: str
    date: float
    work: Work
    off: bool = False


@dataclass(slots=True, kw_only=True)
class Worker:
    """An EdgeWorker; `used_by` are the properties whose rules name it."""

    number: int
    name: str
    group_id: int
    tier: int
    description: str
    user: str
    date: float
    used_by: tuple[int, ...] = ()
    versions: dict[str, CodeVersion] = field(default_factory=dict)
    activations: dict[int, CodeActivation] = field(default_factory=dict)

    def active(self, network: str, now: float) -> str | None:
        """The version that is active on a network."""
        ended = [one for one in self.activations.values() if one.network == network and one.work.is_done(now)]
        last = max(ended, key=lambda one: (one.date, one.number), default=None)
        return None if last is None or last.off else last.version


@dataclass(slots=True, kw_only=True)
class Stream:
    """A log stream: its versions, of which the last counts, and the work of its last activation."""

    number: int
    versions: list[Json]
    work: Work
    history: list[Json] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Edge:
    """EdgeWorkers and streams by number."""

    workers: dict[int, Worker] = field(default_factory=dict)
    streams: dict[int, Stream] = field(default_factory=dict)
