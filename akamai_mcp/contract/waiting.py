"""Answers that wait to be compared: put there on the event loop and taken in a thread, so that no counter has two writers."""

from __future__ import annotations

from collections import deque
from typing import Final

from akamai_mcp.contract.difference import Answered

MOST: Final = 200  # answers
LARGEST: Final = 1024 * 1024  # bytes of an answer
MOST_BYTES: Final = 16 * LARGEST  # of all that wait


class Waiting:
    """A queue with bounds."""

    def __init__(self) -> None:
        self._answers: deque[Answered] = deque()
        self._bytes_put = 0
        self._bytes_taken = 0

    def __len__(self) -> int:
        return len(self._answers)

    def put(self, answered: Answered) -> bool:
        """Whether there was room for an answer, which then waits."""
        size = len(answered.content)
        waiting = self._bytes_put - self._bytes_taken
        if size > LARGEST or len(self._answers) >= MOST or waiting + size > MOST_BYTES:
            return False
        self._bytes_put += size
        self._answers.append(answered)
        return True

    def take(self) -> Answered | None:
        """The answer that has waited longest; None if there is none."""
        if not self._answers:
            return None
        answered = self._answers.popleft()
        self._bytes_taken += len(answered.content)
        return answered
