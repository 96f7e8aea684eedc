"""Waits for the work of single calls, kept as runs: each look is at a state that any process can load."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import orjson

from akamai_mcp.audit.line import to_time
from akamai_mcp.calls.following.kept import KeptWait, read_wait
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.errors import AkamaiMcpError
from akamai_mcp.logs import get_logger
from akamai_mcp.programs.durable.keeping import name_run
from akamai_mcp.programs.durable.sealed_store import SealedRuns
from akamai_mcp.programs.report import GO_ON
from akamai_mcp.result.answer import Answer, Attachment
from akamai_mcp.result.outcomes.waiting import to_outcome
from akamai_mcp.runs.record import OVER, WAIT, Run, Status


class KeptWaits:
    """Keeps waits and looks at the work, once for each request."""

    def __init__(self, sealed: SealedRuns, invoker: Invoker) -> None:
        self._sealed = sealed
        self._invoker = invoker

    async def keep(self, wait: KeptWait) -> Run | None:
        """Store a wait; None if it cannot be stored, or is too large: whoever made the call waits for its work then."""
        now, customer, title = self._sealed.clock(), wait.source.customer, wait.source.operation
        run = Run(
            name=name_run(title),
            caller=self._invoker.caller,
            customer=customer,
            title=title,
            program=WAIT,
            status="paused",
            created=now,
            updated=now,
        )
        if not self._fits(wait):
            return None
        try:
            return await self._write(run, wait, self._invoker.account(customer)[1], begun=False)
        # Stored or not, the call was made: it must not look as if it had failed.
        except AkamaiMcpError as error:
            get_logger().warning("a wait could not be stored, so its call waits", reason=type(error).__name__)
            return None

    def _fits(self, wait: KeptWait) -> bool:
        try:
            return len(wait.to_bytes()) <= self._sealed.most_state
        except TypeError:  # an answer of bytes, which is no JSON
            return False

    async def look(self, found: Run, owner: str) -> Answer:
        """The answer of the call if its work has ended, else how far it is. Raises CredentialsError, RunError."""
        run, _ = await self._sealed.store.claim(found.name)
        if run.status in OVER:
            return read_answer(run)
        try:
            wait = read_wait(self._sealed.load(run, owner))
            looked = await self._invoker.look(wait, self._sealed.clock() - run.created)
            if isinstance(looked, KeptWait):
                return to_pause(await self._write(run, looked, owner, begun=True), looked)
            await self._end(run, looked)
        except BaseException:
            self._sealed.store.abandon(run.name)
            raise
        return looked

    async def _write(self, run: Run, wait: KeptWait, owner: str, *, begun: bool) -> Run:
        due = run.created + wait.pace.seconds + wait.pace.pause
        reason = wait.pace.progress.word
        changed = replace(run, step=run.step + 1, status="paused", due=due, reason=reason, updated=self._sealed.clock())
        return await self._sealed.write(changed, owner, wait.to_bytes(), secret=False, begun=begun)

    async def _end(self, run: Run, answer: Answer) -> None:
        status: Status = "failed" if answer.is_error else "ended"
        over = replace(run, status=status, sealed=b"", due=None, reason="", updated=self._sealed.clock())
        await self._sealed.end(replace(over, result=write_answer(answer)))


def to_pause(run: Run, wait: KeptWait) -> Answer:
    """The answer to a look at work that has not ended."""
    shown = {name: wait.content[name] for name in ("outcomeShownBy",) if name in wait.content}
    facts = {"run": run.name, "status": "paused", "due": to_time(run.due or 0.0)}
    return Answer(content={**facts, **shown, "outcome": to_outcome(wait.pace), "advice": GO_ON.format(run.name)})


def write_answer(answer: Answer) -> bytes:
    """The answer as JSON, with what is beside it."""
    facts = {"content": answer.content, "is_error": answer.is_error}
    facts |= {"attachment": asdict(answer.attachment)} if answer.attachment else {}
    return orjson.dumps(facts, option=orjson.OPT_NON_STR_KEYS)


def read_answer(run: Run) -> Answer:
    """The answer of a wait that is over: that of the call, or that it was stopped."""
    if not run.result:
        return Answer(content=run.as_json(), is_error=True)
    facts: dict[str, Any] = orjson.loads(run.result)
    attachment = Attachment(**facts["attachment"]) if "attachment" in facts else None
    return Answer(content=facts["content"], is_error=facts["is_error"], attachment=attachment)
