"""Drives a program: its reads run at once, its changes wait until it can go on no further without their answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.programs.changes import Change, names_of
from akamai_mcp.programs.events import CALL, CHART, SLEEP, Asks, Ends, Event, ProgramFailed, Settled, WrongUse
from akamai_mcp.programs.host import Host, refusal
from akamai_mcp.programs.interpreter import Session
from akamai_mcp.programs.policy import ProgramPolicy
from akamai_mcp.programs.requests import CallRequest, Find, Pending, Sleep, read_call, read_chart_request, read_find, read_seconds
from akamai_mcp.result.outcomes.waiting import Report, no_report

# read: changes are refused. run: changes wait for their plan. foresee: changes are noted, and answered by a stand-in.
Mode = Literal["read", "run", "foresee"]
STAND_IN: Final = Settled(value={})
MOST_SETTLED: Final = 4  # answers at a time: each is copied into the worker on the event loop
MOST_SLEEPS_AHEAD: Final = 20  # a program that sleeps more often waits for what a change brings about
TOO_MANY: Final = "TooManyCalls"
NO_FURTHER: Final = "NoFurther"
ONLY_READS: Final = "akamai_query only reads, and {name} would {effect} with these arguments."

USE_RUN: Final = "Run the program with akamai_run, which asks the user for its changes."

Answer = Settled | Change
Checkpoint = Callable[[PlannedChanges], Awaitable[None]]


async def no_checkpoint(_: PlannedChanges) -> None:
    """For programs of which nothing is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """The program waits for the answers of changes, by the numbers of their calls; nothing else is under way."""

    changes: Mapping[int, Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """The program's time is up, or would be before its sleep is over; it can go on `due`, in seconds since the epoch."""

    due: float


Reached = Ends | Standstill | Paused


class Driver:
    """Runs one program to its end, a standstill or a pause; raises ProgramFailed. `aclose` ends whatever is under way.

    `until` is when its time is up, in seconds since the epoch. `checkpoint` is called before changes are sent.
    """

    def __init__(
        self,
        session: Session,
        host: Host,
        policy: ProgramPolicy,
        mode: Mode,
        report: Report = no_report,
        *,
        until: float | None = None,
        checkpoint: Checkpoint = no_checkpoint,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._host = host
        self._policy = policy
        self._mode = mode
        self._report = report
        self._places = asyncio.Semaphore(policy.at_once)
        self._tasks: dict[int, asyncio.Task[Answer]] = {}
        self.planned = PlannedChanges(())
        self._sleeps = 0
        self._until = until
        self._checkpoint = checkpoint
        self._clock = clock
        self.pending: dict[int, Pending] = {}
        self.changes: dict[int, Change] = {}
        self.foreseen: list[Change] = []

    @property
    def may_pause(self) -> bool:
        """True if the program can go on in another call."""
        return self._until is not None

    async def run(self, event: Event, planned: PlannedChanges | None = None) -> Reached:
        """Go on from an event. Changes that `planned` holds are made, others bring the program to a standstill."""
        self.planned = planned or PlannedChanges(())
        while True:
            match event:
                case Ends():
                    return event
                case Asks():
                    event = await self._ask(event)
                case _:
                    answers = await self._answers(event.numbers)
                    if not isinstance(answers, dict):
                        return answers
                    event = await self._session.settle(answers)
                    self._forget(answers)

    async def aclose(self) -> None:
        """Cancel the calls under way and wait for their end."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _ask(self, asked: Asks) -> Event:
        """Start what the program asked for, and let it go on without the answer."""
        if len(self._tasks) >= self._policy.calls:
            raise ProgramFailed(TOO_MANY, f"A program may have {self._policy.calls} calls and sleeps under way.")
        try:
            if asked.name == CHART:
                return await self._session.answer(read_chart_request(asked))
            pending = self._read(asked)
        except WrongUse as error:
            return await self._session.refuse(str(error))
        self._begin(asked.number, pending)
        return await self._session.promise()

    def _read(self, asked: Asks) -> Pending:
        """What the program asked for. Raises WrongUse."""
        if asked.name == SLEEP:
            return Sleep(until=self._clock() + read_seconds(asked))
        self._count()
        return read_call(asked) if asked.name == CALL else read_find(asked)

    def _begin(self, number: int, pending: Pending) -> None:
        self.pending[number] = pending
        self._tasks[number] = asyncio.create_task(self._work(pending))

    def _work(self, pending: Pending) -> Coroutine[None, None, Answer]:
        match pending:
            case Sleep():
                return self._sleep(pending.until)
            case CallRequest():
                return self._call(pending)
            case Find():
                return self._host.find(pending.name, *pending.texts)

    def _count(self) -> None:
        tally, most = self._host.tally, self._policy.calls
        if self._mode == "foresee":
            if tally.ahead >= most:
                raise ProgramFailed(NO_FURTHER, f"at most {most} reads are made ahead")
            tally.ahead += 1
            return
        if tally.calls >= most:
            raise ProgramFailed(TOO_MANY, f"A program may make {most} calls.")
        tally.calls += 1

    async def _sleep(self, until: float) -> Settled:
        if self._mode != "foresee":
            await asyncio.sleep(max(0.0, until - self._clock()))
            return Settled()
        self._sleeps += 1
        if self._sleeps > MOST_SLEEPS_AHEAD:
            raise ProgramFailed(NO_FURTHER, "it waits for something that a change brings about")
        return Settled()

    async def _call(self, request: CallRequest) -> Answer:
        async with self._places:
            answer = await self._host.read(request)
        if isinstance(answer, Change) and self._mode == "read":
            effect = "return a credential" if answer.action.effect == "read" else answer.action.effect
            return refusal(ONLY_READS.format(name=answer.action.name, effect=effect), advice=USE_RUN)
        if isinstance(answer, Change) and self._mode == "foresee":
            self._host.tally.ahead -= 1
        return answer

    async def _answers(self, numbers: tuple[int, ...]) -> dict[int, Settled] | Standstill | Paused:
        """Answers to calls that the program waits for; a standstill where only changes are left."""
        while waiting := [number for number in numbers if number not in self.changes]:
            if settled := dict(self._take(numbers)):
                return settled
            under_way = [number for number in waiting if number not in self.changes]
            if not under_way:
                break
            if (due := self._due(under_way)) is not None:
                return Paused(due=due)
            tasks = [self._tasks[number] for number in under_way]
            await asyncio.wait(tasks, timeout=self._left(), return_when=asyncio.FIRST_COMPLETED)
            await self._report(self._host.tally.calls, self._policy.calls, f"{self._host.tally.calls} calls")
        return await self._decide({number: self.changes[number] for number in sorted(numbers)})

    def _due(self, under_way: Iterable[int]) -> float | None:
        """When the program can go on, if it should pause: its time is up, or it only sleeps and for longer than that."""
        if self._until is None:
            return None
        pending = [self.pending[number] for number in under_way]
        sleeps = [one.until for one in pending if isinstance(one, Sleep)]
        if sleeps and len(sleeps) == len(pending) and min(sleeps) > self._until:
            return min(sleeps)
        return self._clock() if not self._left() else None

    def _left(self) -> float | None:
        """The seconds of its time that are left; None if it has no end."""
        return None if self._until is None else max(0.0, self._until - self._clock())

    def _take(self, numbers: tuple[int, ...]) -> Iterable[tuple[int, Settled]]:
        """The answers that are there; changes among them are set aside."""
        taken = 0
        for number in numbers:
            task = self._tasks.get(number)
            if task is None or not task.done() or number in self.changes or taken == MOST_SETTLED:
                continue
            answer = _answer_of(task)
            if isinstance(answer, Change):
                self.changes[number] = answer
                continue
            taken += 1
            del self._tasks[number]
            yield number, answer

    async def _decide(self, changes: dict[int, Change]) -> dict[int, Settled] | Standstill | Paused:
        if self._mode == "foresee":
            return {number: self._foresee(number, change) for number, change in changes.items()}
        if self.planned.holds(names_of(changes.values())):
            if self._left() == 0:
                return Paused(due=self._clock())
            await self._checkpoint(self.planned)
            return await self._make(changes) or Paused(due=self._clock())
        return Standstill(changes=changes)

    def _foresee(self, number: int, change: Change) -> Settled:
        if len(self.foreseen) >= self._policy.calls:
            raise ProgramFailed(TOO_MANY, f"A program may make {self._policy.calls} calls, and this one means more changes.")
        self.foreseen.append(change)
        del self.changes[number]
        self._tasks.pop(number, None)
        return STAND_IN

    async def _make(self, changes: dict[int, Change]) -> dict[int, Settled]:
        """Make planned changes, a few at a time; those that their time did not suffice for are still to be made."""

        async def one(number: int, change: Change) -> Answer:
            async with self._places:
                if self._left() == 0:
                    return change
                del self.changes[number]  # from here on it may be sent
                return await self._host.make(number, change, self.planned)

        for number, change in changes.items():
            self._tasks[number] = asyncio.create_task(one(number, change))
        tasks = {number: self._tasks[number] for number in changes}
        await asyncio.wait(tasks.values())
        made = {number: _answer_of(self._tasks.pop(number)) for number in tasks}
        await self._report(self._host.tally.calls, self._policy.calls, f"{len(self._host.tally.made)} changes")
        return {number: answer for number, answer in made.items() if isinstance(answer, Settled)}

    def restore(self, changes: Mapping[int, Change]) -> None:
        """Set aside the changes that a saved program waits for."""
        self.changes |= changes

    def resume(self, pending: Mapping[int, Pending], answers: Mapping[int, Settled]) -> None:
        """Ask anew for what a saved program waits for, unless its answer is there already."""
        for number, one in pending.items():
            if number in answers:
                self._tasks[number] = asyncio.create_task(_given(answers[number]))
                self.pending[number] = one
            else:
                self._begin(number, one)

    def _forget(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.pending.pop(number, None)


async def _given(answer: Settled) -> Answer:
    return answer


def _answer_of(task: asyncio.Task[Answer]) -> Answer:
    """What a call brought; a wrong use raises in the program."""
    error = task.exception()
    if isinstance(error, WrongUse):
        return Settled(failure=str(error))
    if error is not None:
        raise error
    return task.result()
