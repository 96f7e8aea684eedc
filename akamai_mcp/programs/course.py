"""The course of one program: from plan to plan, to its end or a pause, and what is told of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from akamai_mcp.access.consent.plan_question import SHOWN_PATHS
from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.audit.line import AttemptResult, AuditPolicy, Decision
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.errors import (
    AkamaiMcpError,
    ChangeNotPlanned,
    ConfirmationDeclined,
    ConfirmationRequired,
    QuestionRequired,
    RunError,
)
from akamai_mcp.pipeline.limits import KnownLimit
from akamai_mcp.pipeline.off_loop import LARGER
from akamai_mcp.pipeline.record import note_failure
from akamai_mcp.programs.changes import names_of
from akamai_mcp.programs.driver import Driver, Paused, Standstill
from akamai_mcp.programs.durable.journal import Journal
from akamai_mcp.programs.durable.keeping import digest
from akamai_mcp.programs.durable.saved import Allowed, AskedPlan, Saved
from akamai_mcp.programs.events import Ends, Event, ProgramFailed, Waits
from akamai_mcp.programs.foresight import Plan, foresee
from akamai_mcp.programs.host import Host, Tally
from akamai_mcp.programs.interpreter import Interpreters, Session
from akamai_mcp.programs.policy import ProgramPolicy
from akamai_mcp.programs.report import to_error, to_interruption, to_pause, to_result, with_limits
from akamai_mcp.programs.requests import PROGRAM, CallRequest, Pending, ProgramRequest
from akamai_mcp.programs.values import is_unawaited
from akamai_mcp.request.redaction import holds_secret
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.runs.record import Status

DECISION_OF_END: Final[Mapping[Status, Decision]] = {"ended": "allowed", "failed": "failed", "stopped": "refused"}
KnownLimits = Callable[[], list[tuple[KnownLimit, float]]]

UNAWAITED: Final = "The result is a call that was not awaited: write await before it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What every program needs: `clock` has seconds since the epoch, `audit` says where single calls are recorded."""

    invoker: Invoker
    interpreters: Interpreters
    policy: ProgramPolicy
    known_limits: KnownLimits
    clock: Callable[[], float]
    audit: AuditPolicy = field(default_factory=AuditPolicy)


@dataclass(slots=True, kw_only=True)
class Course:
    """A program under way; `agreed_at` is when its user agreed to the plan that it follows, in seconds since the epoch."""

    means: Means
    session: Session
    driver: Driver
    host: Host
    request: ProgramRequest
    journal: Journal
    agreed_at: float = 0.0

    @property
    def unawaited(self) -> int:
        """The changes that it asked for and did not wait for."""
        return len(self.driver.changes)

    @property
    def unmade(self) -> int:
        """The changes that its plan still has, and those that it asked for beside the plan."""
        return (Counter(self.driver.planned.left) | Counter(names_of(self.driver.changes.values()))).total()

    def saved(self, state: bytes, planned: PlannedChanges | None = None, plan: AskedPlan | None = None) -> Saved:
        """The program as it stands, with what it may do without another question."""
        tally, pending = self.host.tally, dict(self.driver.pending)
        allowed = (
            Allowed(left=planned.left, agreed=planned.agreed, text=planned.text, at=self.agreed_at) if planned else Allowed()
        )
        return Saved(
            state=state,
            pending=pending,
            customer=self.request.customer,
            max_bytes=self.request.max_bytes,
            calls=tally.calls,
            ahead=tally.ahead,
            sources=tuple(tally.sources),
            secret=tally.secret or self.request.secret or any(_is_secret(one) for one in pending.values()),
            printed=self.session.printed,
            allowed=allowed,
            plan=plan,
        )

    async def to_end(self, first: Awaitable[Event], planned: PlannedChanges | None = None) -> Answer:
        """Drive a program to its end, its plan or a pause, and say which. Raises AkamaiMcpError."""
        more = self.means.policy.ending_seconds if self.driver.may_pause else 0.0
        try:
            async with asyncio.timeout(self.means.policy.seconds + more):
                ended = await self._follow(await first, planned)
        except TimeoutError:
            return await self._failed(
                ProgramFailed("TimeoutError", f"The program took longer than {self.means.policy.seconds:g} s.")
            )
        except ProgramFailed as failure:
            return await self._failed(failure)
        except AkamaiMcpError as error:
            return await self.interrupted(error)
        if isinstance(ended, Answer):
            return ended
        if is_unawaited(ended.value):
            return await self._failed(ProgramFailed("TypeError", UNAWAITED))
        work = partial(to_result, ended.value, self.host.tally, self.session.printed, unmade=self.unawaited)
        return await self._over("ended", await self.means.invoker.stored.off_loop.run(work, size=LARGER))

    async def _failed(self, failure: ProgramFailed) -> Answer:
        """The answer of a program that failed, once nothing of it is under way any more."""
        await self.driver.aclose()
        return await self._over(
            "failed", to_error(failure, self.host.tally, self.session.printed, unmade=self.unmade), reason=failure.kind
        )

    async def _over(self, status: Status, answer: Answer, reason: str = "") -> Answer:
        answer = named(await self._shape(answer), self.journal.facts)
        try:
            await self._end(status, answer, reason=reason)
        except RunError as error:  # what was changed is told, even if nobody can write down that it is over
            return named(answer, {"notKept": error.message})
        return answer

    async def _end(self, status: Status, answer: Answer | None = None, *, reason: str = "") -> None:
        """Store how the run ended, and record it in the audit trail."""
        if not self.journal.is_held:  # nothing is stored, so nothing is looked at
            return
        secret = self.host.tally.secret if answer is None else await self.host.is_secret(answer)
        if await self.journal.end(status, answer, reason=reason, secret=secret):
            result = AttemptResult(decision=DECISION_OF_END[status], reason=reason)
            await self.means.invoker.note_end(self.journal.attempt(), result)

    async def interrupted(self, error: AkamaiMcpError) -> Answer:
        """The answer to a question or a refusal. Raises the error where nothing is kept of the program, or a dialog follows."""
        if isinstance(error, ConfirmationDeclined):
            await self._end("stopped", reason="the user declined its plan")
        if isinstance(error, QuestionRequired) or not self.journal.name:
            raise error
        unmade = 0 if isinstance(error, ConfirmationRequired) else self.unmade  # a question says itself what it is about
        return named(told(error, self.host.tally, self.session.printed, unmade=unmade), self.journal.facts)

    async def _follow(self, event: Event, planned: PlannedChanges | None) -> Ends | Answer:
        """Drive a program from plan to plan. Raises AccessError where the user has to be asked."""
        reached = await self.driver.run(event, planned)
        while isinstance(reached, Standstill):
            state = self._save()
            plan = await foresee(self.means.interpreters, self.host, self.means.policy, state, reached.changes)
            if self.request.dry_run:
                return await self._show(plan)
            text = await self._agree(plan, state) if plan.asks else ""
            planned = PlannedChanges(plan.names, agreed=plan.asks, text=text)
            reached = await self.driver.run(Waits(numbers=tuple(reached.changes)), planned)
        return await self._pause(reached, planned) if isinstance(reached, Paused) else reached

    async def _pause(self, paused: Paused, planned: PlannedChanges | None) -> Answer:
        """Save a program that goes on later. Raises ProgramFailed if it cannot."""
        if self.request.dry_run:
            raise ProgramFailed("TimeoutError", f"No plan was reached within {self.means.policy.seconds:g} s.")
        await self.journal.save(self.saved(self._save(), planned), "paused", due=paused.due)
        return to_pause(self.journal.facts, paused.due, self.host.tally, self.session.printed)

    def _save(self) -> bytes:
        """The program as it stands before its plan. Raises ProgramFailed if it is too large to be kept."""
        state = self.session.save()
        if len(state) > self.means.policy.state:
            text = (
                f"The program holds {len(state):,} bytes before its changes, and at most {self.means.policy.state:,} can be kept."
            )
            raise ProgramFailed("MemoryError", text)
        return state

    async def _show(self, plan: Plan) -> Answer:
        """The plan, without carrying it out."""
        question, handle = plan.question(), await self._keep_plan(plan, self.host.tally)
        facts = {"changes": len(plan.changes), "asks": plan.asks, "calls": self.host.tally.calls}
        more = {"wholePlan": handle} if handle else {}
        return Answer(content={"dryRun": True, "sent": False, "would": question.text, **facts, **more})

    async def _agree(self, plan: Plan, state: bytes) -> str:
        """Ask the user for a plan; the program is kept until the answer comes. Raises AccessError."""
        asked = plan.asked(await self._keep_plan(plan, self.host.tally))
        return await self._ask(self.saved(state, plan=asked), asked, token="")

    async def agree_again(self, saved: Saved, token: str) -> PlannedChanges:
        """Let a program go on if the user agreed and its changes are still the same ones. Raises AccessError."""
        assert saved.plan is not None, "only a program that was asked about has a token"
        self.driver.pending |= saved.pending
        self.driver.planned = PlannedChanges(saved.plan.names)
        waits = {number: one for number, one in saved.pending.items() if isinstance(one, CallRequest)}
        changes = {number: await self.host.weigh(one) for number, one in waits.items()}
        if not PlannedChanges(saved.plan.names).holds(names_of(changes.values())):
            raise ChangeNotPlanned("the account, a rule or a file has changed since the plan was made.")
        self.driver.restore(changes)
        text = await self._ask(saved, saved.plan, token)
        return PlannedChanges(saved.plan.names, agreed=True, text=text)

    async def _ask(self, saved: Saved, plan: AskedPlan, token: str) -> str:
        try:
            attempt = plan.attempt(self.means.invoker.caller, PROGRAM, self.journal.own_name)
            text = await self.means.invoker.agree(plan.question, attempt, token, asking=plan.asking)
        except QuestionRequired as needed:
            await self.journal.save(saved, "asks", token=digest(needed.state))
            raise
        except ConfirmationRequired as needed:
            await self.journal.save(saved, "asks", token=digest(needed.token))
            raise
        self.agreed_at = self.means.clock()
        return text

    async def _keep_plan(self, plan: Plan, tally: Tally) -> str | None:
        """Store a plan that is too long to be shown whole, and return its handle; not if a credential may stand in it."""
        lines = plan.lines()
        if len(lines) <= SHOWN_PATHS or tally.secret:
            return None
        return await self.means.invoker.stored.keep_lines(lines, [change.action for change in plan.changes])

    async def _shape(self, answer: Answer) -> Answer:
        """The answer within its size budget; the rest stays under a handle, unless a credential may be in it."""
        tally = self.host.tally
        answer = with_limits(answer, tally, self.means.known_limits())
        return await self.means.invoker.stored.shape_program(
            answer, self.request.max_bytes, tuple(tally.sources), secret=tally.secret
        )


def told(error: AkamaiMcpError, tally: Tally, printed: str = "", *, unmade: int = 0) -> Answer:
    """The answer to a question or a refusal, with what the program did before."""
    note_failure(error)
    return to_interruption(to_error_answer(error), tally, printed, unmade=unmade)


def named(answer: Answer, facts: Mapping[str, str]) -> Answer:
    """The answer with what is said of its run, if there is one."""
    return replace(answer, content={**answer.content, **facts}) if facts else answer


def _is_secret(pending: Pending) -> bool:
    return isinstance(pending, CallRequest) and holds_secret(pending.arguments)
