"""The sealed store of runs: the user's folder, the replicas' Redis, or this process's memory; and what of it may reach a disk."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from akamai_mcp.audit.file import KEY_BYTES
from akamai_mcp.errors import RunError
from akamai_mcp.logs import get_logger
from akamai_mcp.programs.durable.saved import Saved, read_settled
from akamai_mcp.programs.events import Settled
from akamai_mcp.runs.database import FILE
from akamai_mcp.runs.faults import MEND_KEY, reason_of, unusable
from akamai_mcp.runs.record import Run, RunChange, RunPolicy
from akamai_mcp.runs.sealing import KEY_FILE, derive_key, load_key, make_key, seal, unseal
from akamai_mcp.runs.sqlite import SqliteRuns
from akamai_mcp.runs.store import RunStore

UNKNOWN: Final = "The server ended while this change was under way: whether it was made is not known, and it is not repeated."
LOOK: Final = "Read the resource to see whether the change is there."
DAMAGED: Final = "Its saved state was damaged, or belongs to another caller, account or key, so it is not loaded."
NOT_STORED: Final = "It may hold a credential or is too large, so its state was kept in the memory of a process that ended."
PRIVATE: Final = "it may hold a credential, so it was kept in memory alone, of a process that ended"
NOT_KEPT: Final = "Kept in memory alone, so it ends with this process: {} cannot be used ({})."
WHAT_IS_LEFT: Final = "Its changes are listed in akamai://runs/{}; run the program again for what is left."


class SealedRuns:
    """Stores runs, each state and answer with a seal. Methods raise RunError."""

    def __init__(
        self, policy: RunPolicy, most_state: int, shared: RunStore | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.policy = policy
        self.most_state = most_state
        self.clock = clock
        self._store: RunStore | None = shared
        self._kept_key = derive_key(policy.key) if policy.key else b""
        self.notice: dict[str, str] = {}  # what answers say where runs are in memory and should be on disk
        self._private: OrderedDict[str, bytes] = OrderedDict()  # states that must not reach a disk
        self._aside: OrderedDict[tuple[str, int], dict[str, bytes]] = OrderedDict()  # nor may these parts of changes

    async def write(self, run: Run, owner: str, content: bytes, *, secret: bool, begun: bool) -> Run:
        """Store a state, sealed; one with a secret stays in memory."""
        store = self.store
        sealed = seal(self._key, _owner(run, owner), content) if content else b""
        is_private = secret and store.is_durable
        if is_private:
            self._keep_private(run.name, sealed)
        stored = replace(run, sealed=b"" if is_private else sealed)
        await (store.save(stored) if begun else store.begin(replace(stored, status="running")))
        if not begun and run.status != "running":
            await store.save(stored)
        return stored

    async def end(self, run: Run, *, secret: bool = False) -> None:
        """Store a run that is over; a result with a secret stays in memory."""
        self.forget(run.name)
        if secret and run.result and self.store.is_durable:
            self._keep_private(run.name, run.result)
            run = replace(run, result=b"")
        await self.store.save(run)

    def with_result(self, run: Run) -> Run:
        """A run that is over with what this process has of its result in memory."""
        return replace(run, result=run.result or self._private.get(run.name, b""))

    def forget(self, name: str) -> None:
        """Drop what is in memory of a run."""
        self._private.pop(name, None)

    def seal_answer(self, name: str, number: int, content: bytes) -> bytes:
        """Seal the answer to a change."""
        return seal(self._key, (name, "answer", str(number)), content)

    def split(self, name: str, row: RunChange, private: set[str]) -> RunChange:
        """The part of a change that may reach a disk; what may hold a credential is kept in memory, as it was before."""
        if not self.store.is_durable:
            return row
        aside = self._aside.get((name, row.number), {}) | {part: getattr(row, part) for part in private}
        if not aside:
            return row
        self._aside[name, row.number] = aside
        self._aside.move_to_end((name, row.number))
        while sum(len(part) for parts in self._aside.values() for part in parts.values()) > self.policy.waiting_bytes:
            self._aside.popitem(last=False)
        return replace(row, **_parts(dict.fromkeys(aside, b"")), gap=row.gap or PRIVATE)

    def whole(self, name: str, row: RunChange) -> RunChange:
        """A stored change with what this process has of it in memory."""
        aside = self._aside.get((name, row.number), {})
        return replace(row, **_parts(aside), gap="" if row.gap == PRIVATE else row.gap) if aside else row

    def has_private(self, name: str) -> bool:
        """True if parts of a run's changes are kept in memory alone."""
        return any(run == name for run, _ in self._aside)

    async def aclose(self) -> None:
        """Let go of every run."""
        if self._store is not None:
            await self._store.aclose()

    def load(self, run: Run, owner: str) -> bytes:
        """The state of a run that was just claimed."""
        sealed = run.sealed or self._private.get(run.name, b"")
        if not sealed:
            raise RunError(NOT_STORED, advice=WHAT_IS_LEFT.format(run.name))
        content = unseal(self._key, _owner(run, owner), sealed)
        if content is None:
            raise RunError(DAMAGED, advice=WHAT_IS_LEFT.format(run.name))
        return content

    def answer(self, run: Run, change: RunChange, saved: Saved | None = None) -> Settled:
        """What the program gets for a change that was begun before; a lost answer is not known."""
        if not change.answer and change.state == "unknown":
            return unknown_answer(checked=getattr(saved.pending.get(change.call) if saved else None, "check", True))
        if not change.answer:
            raise RunError(NOT_STORED, advice=WHAT_IS_LEFT.format(run.name))
        content = unseal(self._key, (run.name, "answer", str(change.number)), change.answer)
        if content is None:
            raise RunError(DAMAGED, advice=WHAT_IS_LEFT.format(run.name))
        return read_settled(content)

    def _keep_private(self, name: str, sealed: bytes) -> None:
        self._private[name] = sealed
        self._private.move_to_end(name)
        while len(self._private) > self.policy.waiting or sum(map(len, self._private.values())) > self.policy.waiting_bytes:
            self._private.popitem(last=False)

    @property
    def store(self) -> RunStore:
        """The store, opened at its first use. Raises RunError."""
        if self._store is None:
            folder = self.policy.folder
            self._store = self._open(folder) if folder else SqliteRuns(self.policy, None, self.clock)
        return self._store

    @property
    def _key(self) -> bytes:
        """The key, read at its first use, since what was changed is told without it. Raises RunError."""
        folder = self.policy.folder
        if not self._kept_key and folder and self.store.is_durable:
            try:
                self._kept_key = load_key(folder)
            except OSError as error:
                raise unusable(folder / KEY_FILE, error, MEND_KEY) from error
        self._kept_key = self._kept_key or secrets.token_bytes(KEY_BYTES)
        return self._kept_key

    def _open(self, folder: Path) -> RunStore:
        """The store of the user's folder, or memory where none can be made or locked. Raises RunError."""
        is_new = not os.path.lexists(folder / FILE)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if is_new and not self._kept_key:
                make_key(folder)
            return SqliteRuns(self.policy, folder, self.clock)
        except (OSError, sqlite3.Error, ImportError) as error:
            # Memory in place of a file that is there would tell that nothing was ever changed. Where nothing can lock a file
            # (ImportError), there is none to lose.
            if not is_new and not isinstance(error, ImportError):
                raise unusable(folder / FILE, error) from error
            get_logger().warning("runs are kept in memory, since their folder cannot be used", reason=type(error).__name__)
            self.notice = {"notKept": NOT_KEPT.format(folder, reason_of(error))}
            return SqliteRuns(self.policy, None, self.clock)


def unknown_answer(*, checked: bool) -> Settled:
    """What a program gets for a change of which nobody knows whether it was made."""
    facts = {"problem": {"title": "The outcome is unknown", "detail": UNKNOWN}, "advice": LOOK}
    return Settled(failure=orjson.dumps(facts).decode()) if checked else Settled(value=facts)


def _parts(parts: dict[str, bytes]) -> dict[str, Any]:
    return dict(parts)


def _owner(run: Run, owner: str) -> tuple[str, ...]:
    return (run.name, str(run.step), run.program, run.caller, owner)
