"""How replicas share: where, under which key, and the times that their agreement rests on."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingPolicy:
    """Times are in seconds.

    `patience` is what one call may wait for Redis in all. A replica says that it is there every `beat` seconds, each
    time for `lease`: one that has not said so is silent, and while one is silent no kept answer is served by any.
    `settling` is how long nothing is kept after Redis began, so that all replicas can come back to it. After `fenced`
    seconds without Redis a replica sends no change any more; `longest_call` later, when those under way have ended, the
    others count it as gone. `flight` is how long replicas wait for one of them to bring an answer.
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
        """How long after its lease a silent replica is counted as gone."""
        return self.fenced + self.longest_call
