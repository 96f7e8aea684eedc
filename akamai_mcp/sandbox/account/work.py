"""Work that goes on after the answer: how far it has come, by the looks at it and by the time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast work goes: a stage takes `looks` reads or `seconds`, whichever ends first. No looks: work ends at once."""

    looks: int = 0
    seconds: float = 20.0


@dataclass(slots=True, kw_only=True)
class Work:
    """Work in stages: the word of each, of which the last is its end."""

    stages: tuple[str, ...]
    started: float
    pace: Pace
    looks: int = 0
    cancelled: str = ""

    def look(self) -> None:
        """Count a read of this work."""
        self.looks += 1

    def cancel(self, word: str) -> None:
        """End the work with another word."""
        self.cancelled = word

    def stage(self, now: float) -> int:
        """The number of the stage that the work is in."""
        last = len(self.stages) - 1
        # Most tests are not about waiting, and would read each result twice.
        if not self.pace.looks:
            return last
        # The first look at accepted work sees its first stage.
        by_looks = max(self.looks - 1, 0) // self.pace.looks
        # By the time as well: a client that polls seldom, as advised, must not wait longer than one that polls often.
        by_time = int((now - self.started) / self.pace.seconds)
        return min(max(by_looks, by_time, 0), last)

    def word(self, now: float) -> str:
        """The status that a read shows."""
        # The word of the cancelling stays, however much time goes by afterwards.
        return self.cancelled or self.stages[self.stage(now)]

    def is_done(self, now: float) -> bool:
        """True if the work came to its end."""
        return not self.cancelled and self.stage(now) == len(self.stages) - 1


def done(word: str, at: float) -> Work:
    """Work that ended before the account was looked at."""
    return Work(stages=(word,), started=at, pace=Pace())
