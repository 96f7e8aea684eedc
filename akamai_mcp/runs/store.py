"""What a store of runs does. Each method is atomic, and durable when it returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from akamai_mcp.runs.record import Run, RunChange


class RunStore(Protocol):
    """Keeps runs and their changes. Whoever begins or claims a run holds it until it is saved with another status.

    Every method raises RunError where the store cannot be read or written, and those that write where the run is not held.
    """

    is_durable: bool

    async def begin(self, run: Run) -> None:
        """Store a new run and hold it; the oldest that are over make room."""

    async def claim(self, name: str) -> tuple[Run, Sequence[RunChange]]:
        """Hold a run that nobody holds any more; its changes that were intended are unknown from now on."""

    async def save(self, run: Run) -> None:
        """Store the run's new state; it stays held while its status is `running`."""

    async def intend(self, name: str, change: RunChange) -> None:
        """Store a change before it is sent. Raises RunError if the run was stopped, too."""

    async def settle(self, name: str, change: RunChange) -> None:
        """Store what became of a change."""

    def abandon(self, name: str) -> None:
        """Let go of a run without waiting, as it was saved last; its changes that were intended are unknown."""

    async def stop(self, name: str) -> Run | None:
        """Stop a run: at once if nobody holds it, else before its next change; one that is over stays as it is.

        None if there is no such run.
        """

    async def find(self, name: str) -> tuple[Run, Sequence[RunChange]] | None:
        """A run and its changes."""

    async def find_by_token(self, token: str) -> Run | None:
        """The run that waits for the answer to a question, by the digest of its token."""

    async def list(self) -> Sequence[Run]:
        """All runs without their states, newest first."""

    async def aclose(self) -> None:
        """Let go of everything."""
