"""Runs programs: queries that only read, and runs whose changes the user agrees to as one plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from akamai_mcp.access.consent.plan_question import SHOWN_PATHS
from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.audit.line import Attempt
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import (
    AccessError,
    AkamaiMcpError,
    ArgumentError,
    ChangeNotPlanned,
    ConfirmationRequired,
    QuestionRequired,
)
from akamai_mcp.pipeline.limits import KnownLimit
from akamai_mcp.pipeline.off_loop import LARGE
from akamai_mcp.pipeline.record import note_failure
from akamai_mcp.programs.changes import Change, names_of
from akamai_mcp.programs.driver import Driver, Mode, Standstill
from akamai_mcp.programs.events import Ends, Event, ProgramFailed, Waits
from akamai_mcp.programs.finders import Finders
from akamai_mcp.programs.foresight import Plan, foresee
from akamai_mcp.programs.host import Host, Tally
from akamai_mcp.programs.interpreter import Interpreters, Session
from akamai_mcp.programs.library.inputs import fill_inputs
from akamai_mcp.programs.library.library import Library
from akamai_mcp.programs.library.program import SIGN
from akamai_mcp.programs.policy import ProgramPolicy
from akamai_mcp.programs.report import to_error, to_interruption, to_result, with_limits
from akamai_mcp.programs.suspended import Suspended, SuspendedPrograms
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.result.budget import DEFAULT_BYTES
from akamai_mcp.result.outcomes.waiting import Report, no_report

KnownLimits = Callable[[], list[tuple[KnownLimit, float]]]

PROGRAM: Final = "program"
GONE: Final = "No program waits under this token: it went on already, or its plan has expired."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRequest:
    """A program to run: its source or `@name` of the library, its inputs, the customer of its calls, the budget of its result."""

    source: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    customer: str | None = None
    max_bytes: int = DEFAULT_BYTES
    dry_run: bool = False


@dataclass(slots=True, kw_only=True)
class _Run:
    """A program under way."""

    session: Session
    driver: Driver
    host: Host
    request: ProgramRequest

    @property
    def unmade(self) -> int:
        return len(self.driver.changes)


class Programs:
    """Runs programs of all callers; some at once, the others wait for their turn in the order in which they came."""

    def __init__(
        self,
        invoker: Invoker,
        visibility: Visibility,
        catalogue: Catalogue,
        policy: ProgramPolicy,
        library: Library,
        known_limits: KnownLimits,
    ) -> None:
        self.library = library
        self._known_limits = known_limits
        self._invoker = invoker
        self._visibility = visibility
        self._finders = Finders(catalogue, visibility).by_name()
        self._policy = policy
        self._interpreters = Interpreters(policy)
        self._places = asyncio.Semaphore(policy.places)
        self._suspended = SuspendedPrograms(policy)
        self.running = 0

    async def aclose(self) -> None:
        """End the worker processes."""
        await self._interpreters.aclose()

    async def query(self, request: ProgramRequest, report: Report = no_report) -> Answer:
        """Run a program that only reads. Raises ArgumentError."""
        return await self._start(request, "read", report)

    async def run(self, request: ProgramRequest, report: Report = no_report) -> Answer:
        """Run a program that may change things, up to its end or its plan. Raises ArgumentError, AccessError."""
        if self._visibility.view().effects <= {"read"}:
            raise AccessError("Only reads are allowed here, and akamai_run is for changes.", advice="Use akamai_query.")
        return await self._start(request, "run", report)

    async def _start(self, request: ProgramRequest, mode: Mode, report: Report) -> Answer:
        request = self._resolve(request, mode)
        async with self._opened(request, Tally(), mode, report) as run:
            return await self._shape(run, await self._to_end(run, run.session.start(request.source, request.inputs)))

    async def go_on(self, token: str, report: Report = no_report) -> Answer:
        """Go on with a program whose plan the user was asked about. Raises ArgumentError, AccessError."""
        kept = self._suspended.take(token, self._invoker.caller)
        if kept is None:
            raise ArgumentError(GONE, advice="Run the program again: it is planned anew.")
        request = ProgramRequest(source="", customer=kept.customer, max_bytes=kept.max_bytes)
        async with self._opened(request, kept.tally, "run", report) as run:
            run.driver.restore(kept.changes)
            try:
                planned = await self._agree_again(run, kept, token)
            except AkamaiMcpError as error:
                return self._interrupted(run, error)
            return await self._shape(run, await self._to_end(run, run.session.restore(kept.state), planned))

    def _resolve(self, request: ProgramRequest, mode: Mode) -> ProgramRequest:
        """The request with the source of the program that it names. Raises ArgumentError."""
        if request.source.lstrip().startswith(SIGN):
            program = self.library.get(request.source)
            if mode == "read" and program.effect != "read":
                raise ArgumentError(f"{program.reference} changes things.", advice=f"Run it with {program.tool}.")
            request = replace(request, source=program.source, inputs=fill_inputs(program, request.inputs))
        self._check(request)
        return request

    def _check(self, request: ProgramRequest) -> None:
        if len(request.source.encode(errors="replace")) > self._policy.source:
            raise ArgumentError(f"The program is longer than {self._policy.source:,} bytes.", advice="Shorten it.")

    @asynccontextmanager
    async def _opened(self, request: ProgramRequest, tally: Tally, mode: Mode, report: Report) -> AsyncIterator[_Run]:
        async with self._counted(), self._interpreters.session() as session:
            host = Host(self._invoker, self._visibility, self._finders, tally, request.customer)
            driver = Driver(session, host, self._policy, mode, report)
            try:
                yield _Run(session=session, driver=driver, host=host, request=request)
            finally:
                await driver.aclose()

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        """Hold one of the places of programs."""
        async with self._places:
            self.running += 1
            try:
                yield
            finally:
                self.running -= 1

    async def _to_end(self, run: _Run, first: Any, planned: PlannedChanges | None = None) -> Answer:
        try:
            async with asyncio.timeout(self._policy.seconds):
                ended = await self._follow(run, await first, planned)
        except TimeoutError:
            return await self._failed(
                run, ProgramFailed("TimeoutError", f"The program took longer than {self._policy.seconds:g} s.")
            )
        except ProgramFailed as failure:
            return await self._failed(run, failure)
        except AkamaiMcpError as error:
            return self._interrupted(run, error)
        if isinstance(ended, Answer):
            return ended
        work = partial(to_result, ended.value, run.host.tally, run.session.printed, unmade=run.unmade)
        return await self._invoker.stored.off_loop.run(work, size=LARGE + 1)

    async def _failed(self, run: _Run, failure: ProgramFailed) -> Answer:
        """The answer of a program that failed, once nothing of it is under way any more."""
        await run.driver.aclose()
        return to_error(failure, run.host.tally, run.session.printed, unmade=run.unmade)

    def _interrupted(self, run: _Run, error: AkamaiMcpError) -> Answer:
        """The answer to a question or a refusal after changes were made. Raises the error where none was, or a dialog follows."""
        if isinstance(error, QuestionRequired) or not run.host.tally.made:
            raise error
        note_failure(error)
        return to_interruption(to_error_answer(error), run.host.tally, run.session.printed, unmade=run.unmade)

    async def _follow(self, run: _Run, event: Event, planned: PlannedChanges | None) -> Ends | Answer:
        """Drive a program from plan to plan. Raises AccessError where the user has to be asked."""
        reached = await run.driver.run(event, planned)
        while isinstance(reached, Standstill):
            state = self._save(run)
            plan = await foresee(self._interpreters, run.host, self._policy, state, reached.changes)
            if run.request.dry_run:
                return await self._show(run, plan)
            text = await self._agree(run, plan, state, reached.changes) if plan.asks else ""
            planned = PlannedChanges(plan.names, agreed=plan.asks, text=text)
            reached = await run.driver.run(Waits(numbers=tuple(reached.changes)), planned)
        return reached

    def _save(self, run: _Run) -> bytes:
        """The program as it stands before its plan. Raises ProgramFailed if it is too large to be kept."""
        state = run.session.save()
        if len(state) > self._policy.state:
            text = f"The program holds {len(state):,} bytes before its changes, and at most {self._policy.state:,} can be kept."
            raise ProgramFailed("MemoryError", text)
        return state

    async def _show(self, run: _Run, plan: Plan) -> Answer:
        """The plan, without carrying it out."""
        question, handle = plan.question(), await self._keep_plan(plan, run.host.tally)
        facts = {"changes": len(plan.changes), "asks": plan.asks, "calls": run.host.tally.calls}
        more = {"wholePlan": handle} if handle else {}
        return Answer(content={"dryRun": True, "sent": False, "would": question.text, **facts, **more})

    async def _agree(self, run: _Run, plan: Plan, state: bytes, changes: Mapping[int, Change]) -> str:
        """Ask the user for a plan; the program is kept until the answer comes. Raises AccessError."""
        kept = Suspended(
            caller=self._invoker.caller,
            customer=run.request.customer,
            state=state,
            changes=changes,
            plan=plan,
            handle=await self._keep_plan(plan, run.host.tally),
            tally=run.host.tally,
            max_bytes=run.request.max_bytes,
        )
        return await self._ask(kept, token="")

    async def _agree_again(self, run: _Run, kept: Suspended, token: str) -> PlannedChanges:
        """Let a program go on if the user agreed and its changes are still the same ones. Raises AccessError."""
        again = [await run.host.weigh_again(change) for change in kept.changes.values()]
        if list(names_of(again)) != list(names_of(kept.changes.values())):
            raise ChangeNotPlanned("the account, a rule or a file has changed since the plan was made.")
        text = await self._ask(kept, token)
        return PlannedChanges(kept.plan.names, agreed=True, text=text)

    async def _ask(self, kept: Suspended, token: str) -> str:
        question = kept.plan.question()
        if kept.handle:
            question = replace(question, text=f"{question.text}\nThe whole plan: {kept.handle}")
        try:
            attempt = to_attempt(kept.plan, kept.caller, question.text)
            return await self._invoker.agree(question, attempt, token, asking=kept.plan.asking)
        except QuestionRequired as needed:
            self._suspended.keep(needed.state, kept)
            raise
        except ConfirmationRequired as needed:
            self._suspended.keep(needed.token, kept)
            raise

    async def _keep_plan(self, plan: Plan, tally: Tally) -> str | None:
        """Store a plan that is too long to be shown whole, and return its handle; not if a credential may stand in it."""
        lines = plan.lines()
        if len(lines) <= SHOWN_PATHS or tally.secret:
            return None
        return await self._invoker.stored.keep_lines(lines, [change.action for change in plan.changes])

    async def _shape(self, run: _Run, answer: Answer) -> Answer:
        """The answer within its size budget; the rest stays under a handle, unless a credential may be in it."""
        tally = run.host.tally
        answer = with_limits(answer, tally, self._known_limits())
        return await self._invoker.stored.shape_program(answer, run.request.max_bytes, tuple(tally.sources), secret=tally.secret)


def to_attempt(plan: Plan, caller: str, text: str) -> Attempt:
    """What the audit trail records of the answer to a plan."""
    customers = {change.action.customer for change in plan.changes}
    effects = {change.action.effect for change in plan.changes}
    return Attempt(
        caller=caller,
        customer=", ".join(sorted(customers)),
        operation=PROGRAM,
        effect="destroy" if "destroy" in effects else "write",
        method="PLAN",
        target=f"{len(plan.changes)} changes",
        arguments={},
        question=text,
    )
