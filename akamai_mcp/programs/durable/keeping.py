"""The runs of callers: a new one, one that goes on, those that are kept."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

import orjson

from akamai_mcp.errors import RunError
from akamai_mcp.programs.durable.journal import Journal
from akamai_mcp.programs.durable.saved import Saved, read_saved
from akamai_mcp.programs.durable.sealed_store import SealedRuns
from akamai_mcp.programs.events import Settled
from akamai_mcp.programs.requests import PROGRAM
from akamai_mcp.result.answer import Answer
from akamai_mcp.runs.faults import no_run
from akamai_mcp.runs.record import OVER, Run, RunChange

TITLE_CHARACTERS: Final = 60  # of it in the name of a run
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A run that this call drives now: where it stands, what it changed, and the answers that its calls already have."""

    run: Run
    journal: Journal
    saved: Saved
    changes: Sequence[RunChange]
    answers: Mapping[int, Settled]


class KeptRuns:
    """The runs of all callers; a caller finds none but their own. Methods raise RunError."""

    def __init__(self, sealed: SealedRuns) -> None:
        self._sealed = sealed
        self.clock = sealed.clock
        self.policy = sealed.policy

    @property
    def notice(self) -> dict[str, str]:
        """What every answer about runs says: why they are not kept, where they are in memory; else nothing."""
        return self._sealed.notice

    def journal(self, *, caller: str, customer: str, title: str, source: str, owner: str) -> Journal:
        """The journal of a new run, which is stored with its first state. `owner` is the account that it acts for."""
        now = self.clock()
        run = Run(
            name=name_run(title),
            caller=caller,
            customer=customer,
            title=title,
            program=sha256(source.encode(errors="replace")).hexdigest(),
            status="running",
            created=now,
            updated=now,
        )
        return Journal(self._sealed, run, owner)

    async def claim(self, found: Run, owner: str) -> Claimed | Run:
        """Drive a run that was found for its caller from now on, or return it if it is over."""
        run, changes = await self._sealed.store.claim(found.name)
        if run.status in OVER:
            return self._sealed.with_result(run)
        journal = Journal(self._sealed, run, owner, changes, begun=True)
        try:
            saved = read_saved(self._sealed.load(run, owner))
            # Changes of earlier steps are in the state already; only those since it was saved are answered from here.
            own = [self._sealed.whole(run.name, change) for change in changes if change.step == run.step]
            answers = {change.call: self._sealed.answer(run, change, saved) for change in own}
        except RunError:
            journal.abandon()
            raise
        left = saved.allowed.without([change.name for change in own])
        return Claimed(run=run, journal=journal, saved=replace(saved, allowed=left), changes=changes, answers=answers)

    async def find_by_token(self, token: str, caller: str) -> Run | None:
        """The run of this caller that waits for the answer to a question."""
        run = await self._sealed.store.find_by_token(digest(token)) if token else None
        return run if run and run.caller == caller else None

    async def list(self, caller: str | None) -> list[Run]:
        """The caller's runs, newest first; those of all callers for None."""
        return [run for run in await self._sealed.store.list() if caller in {None, run.caller}]

    async def find(self, name: str, caller: str | None) -> tuple[Run, Sequence[RunChange]]:
        """A run of the caller and its changes."""
        found = await self._sealed.store.find(name)
        if found is None or caller not in {None, found[0].caller}:
            raise no_run(name)
        return found[0], [self._sealed.whole(name, change) for change in found[1]]

    def has_private(self, name: str) -> bool:
        """True if something of a run's changes may hold a credential."""
        return self._sealed.has_private(name)

    def answer(self, run: Run, change: RunChange) -> Any:
        """What the program got for a change; None if it is not kept. Raises RunError if it is damaged."""
        return self._sealed.answer(run, change).value if change.answer else None

    async def stop(self, found: Run) -> Run:
        """Stop a run that was found for its caller: at once, or before its next change if a call drives it."""
        run = await self._sealed.store.stop(found.name)
        self._sealed.forget(found.name)
        return run or found

    async def aclose(self) -> None:
        """Let go of every run."""
        await self._sealed.aclose()


def name_run(title: str) -> str:
    """A name for a new run: what people know it by, in characters that an address and a file name may have, and a random part."""
    # Two runs of one title never share a name, whichever process began them; and nobody guesses the name of another's task.
    return f"{_UNSAFE.sub('-', title).strip('-')[:TITLE_CHARACTERS] or PROGRAM}-{secrets.token_hex(8)}"


def digest(token: str) -> str:
    """What is stored of a token."""
    return sha256(token.encode()).hexdigest() if token else ""


def read_result(run: Run) -> Answer:
    """The last answer of a run that is over."""
    facts: dict[str, Any] = orjson.loads(run.result) if run.result else {"content": {}, "is_error": run.status != "ended"}
    return Answer(content={**facts["content"], **run.as_json()}, is_error=facts["is_error"])
