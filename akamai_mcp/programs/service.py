"""Runs programs: queries that only read, and runs whose changes the user agrees to as one plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.audit.line import AttemptResult
from akamai_mcp.audit.reading import read_attempts
from akamai_mcp.errors import AccessError, AkamaiMcpError, ArgumentError, CredentialsError, ReversalError, RunError, RunHeldError
from akamai_mcp.programs.changes import made_before, source_of_change
from akamai_mcp.programs.course import Course, Means, named, told
from akamai_mcp.programs.driver import Driver, Mode
from akamai_mcp.programs.durable.history import rows_of_run, write_history
from akamai_mcp.programs.durable.journal import Journal, to_attempt
from akamai_mcp.programs.durable.keeping import Claimed, KeptRuns, read_result
from akamai_mcp.programs.durable.states import Known
from akamai_mcp.programs.durable.undo import Look, Reversal
from akamai_mcp.programs.durable.waits import KeptWaits
from akamai_mcp.programs.durable.ways import MadeChange
from akamai_mcp.programs.events import REVERSAL
from akamai_mcp.programs.finders import Finders
from akamai_mcp.programs.host import Host, Tally
from akamai_mcp.programs.interpreter import Session
from akamai_mcp.programs.library.inputs import fill_inputs
from akamai_mcp.programs.library.library import Library
from akamai_mcp.programs.library.program import SIGN
from akamai_mcp.programs.requests import ProgramRequest
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.outcomes.waiting import Report, no_report
from akamai_mcp.result.store import Source
from akamai_mcp.runs.record import OVER, Run, RunChange

MOST_READ: Final = 10_000  # lines of the audit trail
STILL_OPEN: Final = "The run is {} and can still go on: akamai-mcp runs stop {} ends it."
GONE: Final = "No program waits under this token: it went on already, or its plan has expired."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed:
    """What takes a run back, and the calls that it comes from; `secret` is true if a credential may be in it."""

    value: dict[str, Any]
    secret: bool
    sources: frozenset[Source]


@dataclass(frozen=True, slots=True)
class _Drive:
    """How a program is driven, and who is told how far it is."""

    mode: Mode
    report: Report


class Programs:
    """Runs programs of all callers; some at once, the others wait for their turn in the order in which they came."""

    def __init__(
        self, means: Means, visibility: Visibility, finders: Finders, library: Library, runs: KeptRuns, waits: KeptWaits
    ) -> None:
        self.library = library
        self.runs = runs
        self.waits = waits
        self._means = means
        self._visibility = visibility
        self._finders = {**finders.by_name(), REVERSAL: self.reversal}
        self._places = asyncio.Semaphore(means.policy.places)
        self.running = 0

    async def aclose(self) -> None:
        """End the worker processes, and let go of every run."""
        await self._means.interpreters.aclose()
        await self.runs.aclose()

    def held(self) -> AbstractContextManager[None]:
        """Within it, programs and waits see one state of the documents, as requests do."""
        return self._visibility.catalogue().editions.held()

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
        async with self._opened(request, Tally(secret=request.secret), _Drive(mode, report)) as course:
            return await course.to_end(course.session.start(request.source, request.inputs))

    async def go_on(self, token: str, report: Report = no_report) -> Answer:
        """Go on with a program whose plan the user was asked about. Raises ArgumentError, AccessError, RunError."""
        found = await self.runs.find_by_token(token, self._means.invoker.caller)
        if found is None:
            raise ArgumentError(GONE, advice="Run the program again: it is planned anew.")
        return await self.resume(found.name, report, token=token)

    async def resume(self, name: str, report: Report = no_report, *, token: str = "") -> Answer:
        """Go on with a run of the caller's, from wherever it stands; `token` is the answer to its plan. A wait looks once.

        Raises AccessError, CredentialsError, RunError.
        """
        found, changes = await self.runs.find(name, self._means.invoker.caller)
        owner = self._account(found.customer)[1]
        tally = Tally(made=made_before(changes))
        try:
            if found.is_wait:
                return await self.waits.look(found, owner)
            claimed = await self.runs.claim(found, owner)
        except RunHeldError as error:
            return named(told(error, tally), {"run": name, "status": "running"})
        except RunError as error:
            return told(error, tally)
        if isinstance(claimed, Run):
            return named(read_result(claimed), self.runs.notice)
        return await self._go_on(claimed, report, token)

    async def stop(self, name: str, caller: str | None) -> tuple[Run, Run]:
        """Stop a run of a caller, or of anybody for None: at once, or before its next change, unless it is over.

        Return it as it was and as it is. Raises RunError.
        """
        found, _ = await self.runs.find(name, caller)
        if found.status in OVER:
            return found, found
        stopped = await self.runs.stop(found)
        if found.is_wait:  # it changes nothing, so the audit trail has nothing of it
            return found, stopped
        await self._means.invoker.note_end(to_attempt(found), AttemptResult(decision="refused", reason="a stop was asked for"))
        return found, stopped

    async def show(self, name: str, *, everyone: bool = False) -> dict[str, Any]:
        """A run of the caller's, or of anybody's, and its changes. Raises RunError."""
        run, changes = await self.runs.find(name, None if everyone else self._means.invoker.caller)
        return run.as_json() | self.runs.notice | {"changes": [change.as_json() for change in changes]}

    async def reversal(self, name: str, *, look: Look) -> Reversed:
        """What takes back the changes of a run of the caller's, and what cannot be taken back. Raises ReversalError."""
        try:
            run, changes = await self.runs.find(name, self._means.invoker.caller)
        except RunError as error:
            raise ReversalError(error.message, advice=error.advice) from error
        if run.status == "running":
            raise ReversalError(f"{name} is still under way.", advice="Stop it first, or wait for its end.")
        reversal = Reversal(known=Known(self._visibility.catalogue()), now=self.runs.clock(), look=look)
        value = await reversal.gather([self._made(run, change) for change in changes])
        open_still = {} if run.status in OVER else {"note": STILL_OPEN.format(run.status, name)}
        return Reversed(
            value=value | open_still, secret=self.runs.has_private(name), sources=frozenset(map(source_of_change, changes))
        )

    def _made(self, run: Run, change: RunChange) -> MadeChange:
        is_same = change.name.startswith(f"{self._account(change.customer)[1]} ")
        return MadeChange(
            change=change,
            entry=self._visibility.catalogue().find(change.operation),
            value=self.runs.answer(run, change),
            is_same_account=is_same,
        )

    async def history(self, *, everyone: bool = False) -> list[dict[str, Any]]:
        """What the caller changed, or everybody, newest first: by runs, and by audited single calls. Raises RunError."""
        caller = None if everyone else self._means.invoker.caller
        # Rows and not the changes themselves, which hold requests, answers and what was there before: up to 256 MiB.
        made = [row for run in await self.runs.list(caller) for row in rows_of_run(*await self.runs.find(run.name, caller))]
        attempts = await asyncio.to_thread(read_attempts, self._means.audit, MOST_READ)
        return write_history(made, attempts, caller)

    async def own_runs(self) -> list[dict[str, Any]]:
        """The caller's runs, newest first. Raises RunError."""
        return [run.as_json() | self.runs.notice for run in await self.runs.list(self._means.invoker.caller)]

    async def _go_on(self, claimed: Claimed, report: Report, token: str) -> Answer:
        saved = claimed.saved
        request = ProgramRequest(source="", customer=saved.customer, max_bytes=saved.max_bytes, title=claimed.run.title)
        tally = Tally(calls=saved.calls, ahead=saved.ahead if token else 0, made=made_before(claimed.changes))
        tally.sources, tally.secret = set(saved.sources), saved.secret
        async with self._opened(request, tally, _Drive("run", report), claimed.journal) as course:
            try:
                planned = await course.agree_again(saved, token) if token else self._remaining(course, claimed)
            except AkamaiMcpError as error:
                return await course.interrupted(error)
            return await course.to_end(course.session.restore(saved.state, saved.printed), planned)

    def _remaining(self, course: Course, claimed: Claimed) -> PlannedChanges:
        """What is left of the agreement that a run has; what it waits for is asked for anew."""
        course.driver.resume(claimed.saved.pending, claimed.answers)
        course.agreed_at = claimed.saved.allowed.at
        return claimed.saved.allowed.planned(self.runs.clock(), self.runs.policy.agreed_seconds)

    def _account(self, customer: str | None) -> tuple[str, str]:
        """The customer that a program acts for unless its calls name another, and a digest of its account."""
        try:
            return self._means.invoker.account(customer)
        except CredentialsError:  # a program that calls nobody needs none, and one that does is told
            return customer or "", ""

    def _resolve(self, request: ProgramRequest, mode: Mode) -> ProgramRequest:
        """The request with the source of the program that it names. Raises ArgumentError."""
        if request.source.lstrip().startswith(SIGN):
            program = self.library.get(request.source)
            if mode == "read" and program.effect != "read":
                raise ArgumentError(f"{program.reference} changes things.", advice=f"Run it with {program.tool}.")
            request = replace(
                request, source=program.source, inputs=fill_inputs(program, request.inputs), title=program.reference
            )
        self._check(request)
        return request

    def _check(self, request: ProgramRequest) -> None:
        if len(request.source.encode(errors="replace")) > self._means.policy.source:
            raise ArgumentError(f"The program is longer than {self._means.policy.source:,} bytes.", advice="Shorten it.")

    @asynccontextmanager
    async def _opened(
        self, request: ProgramRequest, tally: Tally, drive: _Drive, journal: Journal | None = None
    ) -> AsyncIterator[Course]:
        journal = journal or self._new_journal(request)
        try:
            async with self._counted(), self._means.interpreters.session() as session:
                kept = journal if drive.mode == "run" else None  # nothing is written down of what only reads
                host = Host(self._means.invoker, self._visibility, self._finders, tally, request.customer, kept)
                course = self._build(session, request, host, journal, drive)
                try:
                    yield course
                finally:
                    await course.driver.aclose()
        finally:
            journal.abandon()

    def _new_journal(self, request: ProgramRequest) -> Journal:
        customer, owner = self._account(request.customer)
        return self.runs.journal(
            caller=self._means.invoker.caller, customer=customer, title=request.title, source=request.source, owner=owner
        )

    def _build(self, session: Session, request: ProgramRequest, host: Host, journal: Journal, drive: _Drive) -> Course:
        """The program in its session, which writes down where it stands before it changes anything."""
        until = self.runs.clock() + self._means.policy.seconds if drive.mode == "run" else None

        async def checkpoint(planned: PlannedChanges) -> None:
            await journal.save(course.saved(session.save(), planned))

        driver = Driver(
            session,
            host,
            self._means.policy,
            drive.mode,
            drive.report,
            until=until,
            checkpoint=checkpoint,
            clock=self.runs.clock,
        )
        course = Course(means=self._means, session=session, driver=driver, host=host, request=request, journal=journal)
        return course

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        """Hold one of the places of programs."""
        async with self._places:
            self.running += 1
            try:
                yield
            finally:
                self.running -= 1
