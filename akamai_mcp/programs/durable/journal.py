"""The journal of one run: each state that it can go on from, and each change before and after it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Final

import orjson

from akamai_mcp.audit.line import RUN, Attempt
from akamai_mcp.programs.changes import Change, Made
from akamai_mcp.programs.durable.saved import Saved, settled_bytes
from akamai_mcp.programs.durable.sealed_store import SealedRuns
from akamai_mcp.programs.durable.witness import State
from akamai_mcp.programs.events import Settled
from akamai_mcp.programs.requests import PROGRAM
from akamai_mcp.request.redaction import holds_secret
from akamai_mcp.result.answer import Answer
from akamai_mcp.runs.record import ChangeState, Run, RunChange, Status

_STATES: Final[Mapping[str, ChangeState]] = {"done": "done", "failed": "failed"}


class Journal:
    """Writes down a run while it is driven; a run that means no change is not written down. Methods raise RunError."""

    def __init__(self, kept: SealedRuns, run: Run, owner: str, changes: Sequence[RunChange] = (), *, begun: bool = False) -> None:
        self._kept = kept
        self._run = run
        self._owner = owner
        self._number = len(changes)
        self._beginning = asyncio.Lock()
        self._begun = begun
        self.is_held = begun

    @property
    def name(self) -> str:
        """The name of the run; empty while nothing of it is stored."""
        return self._run.name if self._begun else ""

    @property
    def own_name(self) -> str:
        """The name that the run has once something of it is stored."""
        return self._run.name

    @property
    def facts(self) -> dict[str, str]:
        """What an answer says of the run: its name, and why it is not kept; nothing while nothing of it is stored."""
        return {"run": self._run.name, **self._kept.notice} if self._begun else {}

    @property
    def state_bytes(self) -> int:
        """The largest resource that is kept as it was around a change; 0 where none is."""
        policy = self._kept.policy
        return policy.state_bytes if policy.keep_before else 0

    async def save(self, saved: Saved, status: Status = "running", *, due: float | None = None, token: str = "") -> None:
        """Store a state to go on from; the run is let go of unless its status is `running`."""
        # Without its state a run cannot go on, but what it changed is still told: better than no run at all.
        content = b"" if len(saved.state) > self._kept.most_state else saved.to_bytes()
        run = replace(
            self._run, step=self._run.step + 1, status=status, due=due, token=token, reason="", updated=self._kept.clock()
        )
        # Two changes at once may both be the first to be written down: only one of them may make the row of the run.
        async with self._beginning:
            self._run = await self._kept.write(run, self._owner, content, secret=saved.secret, begun=self._begun)
        # A run that waits for an answer is nobody's: the answer may come to another process.
        self._begun, self.is_held = True, status == "running"

    async def intend(self, call: int, change: Change, before: State, *, secret: bool) -> RunChange:
        """Store a change that is about to be sent; `secret` is true if a credential may be in its arguments."""
        self._number += 1
        action = change.action
        row = RunChange(
            number=self._number,
            step=self._run.step,
            call=call,
            name=change.weighed.name,
            state="intended",
            customer=action.customer,
            operation=action.operation,
            method=action.method,
            path=action.path,
            at=self._kept.clock(),
            request=orjson.dumps(asdict(change.request), option=orjson.OPT_NON_STR_KEYS),
            before=before.content,
            gap=before.gap,
        )
        private = {"request"} if secret or holds_secret(change.request.arguments) else set()
        private |= {"before"} if before.private else set()
        # Before the change is sent: after a crash an intended change without an end is one that may have taken effect.
        await self._kept.store.intend(self._run.name, self._kept.split(self._run.name, row, private))
        return row

    async def settle(self, row: RunChange, made: Made | None, answer: Settled, *, secret: bool) -> RunChange:
        """Store what became of a change; `made` is None if nothing was sent."""
        state: ChangeState = "failed" if made is None else _STATES.get(made.state, "unknown")
        status, request_id = (made.status, made.request_id) if made else (None, "")
        kept = self._kept.seal_answer(self._run.name, row.number, settled_bytes(answer))
        settled = replace(row, state=state, answer=kept, status=status, request_id=request_id)
        await self._store(settled, {"answer"} if secret else set())
        return settled

    async def note_after(self, row: RunChange, after: State) -> None:
        """Store the resource as a change left it."""
        await self._store(replace(row, after=after.content, gap=row.gap or after.gap), {"after"} if after.private else set())

    async def _store(self, row: RunChange, private: set[str]) -> None:
        await self._kept.store.settle(self._run.name, self._kept.split(self._run.name, row, private))

    async def end(self, status: Status, answer: Answer | None = None, *, reason: str = "", secret: bool = False) -> bool:
        """Store how the run ended; False if there was nothing to store."""
        if not self._begun or not self.is_held:
            return False
        result = b"" if answer is None else _to_result(answer)
        # State and token go: what is over can neither go on nor be agreed to.
        run = replace(self._run, status=status, sealed=b"", token="", due=None, reason=reason, result=result)
        self.is_held = False
        await self._kept.end(replace(run, updated=self._kept.clock()), secret=secret)
        return True

    def attempt(self) -> Attempt:
        """What the audit trail records of the run's end."""
        return to_attempt(self._run)

    def abandon(self) -> None:
        """Let go of the run as it was saved last, without waiting: it may go on from there."""
        if self.is_held:
            self.is_held = False
            self._kept.store.abandon(self._run.name)


def to_attempt(run: Run) -> Attempt:
    """What the audit trail records of the end of a run."""
    return Attempt(
        caller=run.caller,
        customer=run.customer,
        operation=PROGRAM,
        effect="write",
        method=RUN,
        target=run.name,
        arguments={},
        run=run.name,
    )


def _to_result(answer: Answer) -> bytes:
    return orjson.dumps({"content": answer.content, "is_error": answer.is_error}, option=orjson.OPT_NON_STR_KEYS)
