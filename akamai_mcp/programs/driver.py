"""Drives a program: its reads run at once, its changes wait until it can go on no further without their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.programs.changes import Change, names_of
from akamai_mcp.programs.events import CALL, CHART, SLEEP, Asks, Ends, Event, ProgramFailed, Settled, WrongUse
from akamai_mcp.programs.host import Host, refusal
from akamai_mcp.programs.interpreter import Session
from akamai_mcp.programs.policy import ProgramPolicy
from akamai_mcp.programs.requests import CallRequest, read_call, read_chart_request, read_seconds, read_texts
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """The program waits for the answers of changes, by the numbers of their calls; nothing else is under way."""

    changes: Mapping[int, Change]


class Driver:
    """Runs one program to its end or to a standstill; raises ProgramFailed. `aclose` ends whatever is under way."""

    def __init__(self, session: Session, host: Host, policy: ProgramPolicy, mode: Mode, report: Report = no_report) -> None:
        self._session = session
        self._host = host
        self._policy = policy
        self._mode = mode
        self._report = report
        self._places = asyncio.Semaphore(policy.at_once)
        self._tasks: dict[int, asyncio.Task[Answer]] = {}
        self._planned = PlannedChanges(())
        self._sleeps = 0
        self.changes: dict[int, Change] = {}
        self.foreseen: list[Change] = []

    async def run(self, event: Event, planned: PlannedChanges | None = None) -> Ends | Standstill:
        """Go on from an event. Changes that `planned` holds are made, others bring the program to a standstill."""
        self._planned = planned or PlannedChanges(())
        while True:
            match event:
                case Ends():
                    return event
                case Asks():
                    event = await self._ask(event)
                case _:
                    answers = await self._answers(event.numbers)
                    if isinstance(answers, Standstill):
                        return answers
                    event = await self._session.settle(answers)

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
            work = self._work(asked)
        except WrongUse as error:
            return await self._session.refuse(str(error))
        self._tasks[asked.number] = asyncio.create_task(work)
        return await self._session.promise()

    def _work(self, asked: Asks) -> Coroutine[None, None, Answer]:
        if asked.name == SLEEP:
            return self._sleep(read_seconds(asked))
        self._count()
        if asked.name == CALL:
            return self._call(read_call(asked))
        return self._host.find(asked.name, *read_texts(asked))

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

    async def _sleep(self, seconds: float) -> Settled:
        if self._mode != "foresee":
            await asyncio.sleep(seconds)
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

    async def _answers(self, numbers: tuple[int, ...]) -> dict[int, Settled] | Standstill:
        """Answers to calls that the program waits for; a standstill where only changes are left."""
        while waiting := [self._tasks[number] for number in numbers if number not in self.changes]:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            await self._report(self._host.tally.calls, self._policy.calls, f"{self._host.tally.calls} calls")
            if settled := dict(self._take(numbers)):
                return settled
        return await self._decide({number: self.changes[number] for number in sorted(numbers)})

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

    async def _decide(self, changes: dict[int, Change]) -> dict[int, Settled] | Standstill:
        if self._mode == "foresee":
            return {number: self._foresee(number, change) for number, change in changes.items()}
        if self._planned.holds(names_of(changes.values())):
            return await self._make(changes)
        return Standstill(changes=changes)

    def _foresee(self, number: int, change: Change) -> Settled:
        if len(self.foreseen) >= self._policy.calls:
            raise ProgramFailed(TOO_MANY, f"A program may make {self._policy.calls} calls, and this one means more changes.")
        self.foreseen.append(change)
        del self.changes[number]
        self._tasks.pop(number, None)
        return STAND_IN

    async def _make(self, changes: dict[int, Change]) -> dict[int, Settled]:
        """Make planned changes, a few at a time; every one of them has an answer at the end."""

        async def one(number: int, change: Change) -> Settled:
            async with self._places:
                del self.changes[number]  # from here on it may be sent
                return await self._host.make(change, self._planned)

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


def _answer_of(task: asyncio.Task[Answer]) -> Answer:
    """What a call brought; a wrong use raises in the program."""
    error = task.exception()
    if isinstance(error, WrongUse):
        return Settled(failure=str(error))
    if error is not None:
        raise error
    return task.result()
