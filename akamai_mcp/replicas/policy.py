"""The sharing policy: Redis URL, shared key, and the timeouts that the replicas' agreement rests on."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingPolicy:
    """Where and how replicas share; times are in seconds, sizes in bytes.

    - `patience`: how long one call may wait for Redis in total.
    - `beat`, `lease`: a replica renews its lease every `beat` seconds. A replica whose lease has ended is silent, and while
      one is silent, no replica serves a cached response.
    - `settling`: how long nothing is cached after Redis started, so that all replicas can reconnect.
    - `fenced`: after this time without Redis a replica sends no more changes.
    - `longest_call`: how much later the others count it as gone, when its last calls have ended.
    - `flight`: how long replicas wait for one of them to fetch a response; `poll`: how often they look.
    """

    url: str = field(repr=False)
    key: bytes = field(repr=False)
    patience: float = 0.05
    connect: float = 1.0
    lease: float = 2.0
    beat: float = 0.5
    settling: float = 5.0
    fenced: float = 600.0
    longest_call: float = 300.0
    flight: float = 3.0
    poll: float = 0.03
    max_answer_bytes: int = 1024 * 1024
    max_result_bytes: int = 4 * 1024 * 1024

    @property
    def forgotten(self) -> float:
        """Seconds after the end of its lease when a silent replica counts as gone."""
        return self.fenced + self.longest_call
