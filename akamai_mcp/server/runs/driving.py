"""Lets runs go on in the background for the callers who ask for them, and remembers what each of them waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import Context as Variables
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cachetools import LRUCache

from akamai_mcp.access.callers import Caller, calling
from akamai_mcp.access.consent.decision import Agreement, agreeing
from akamai_mcp.errors import AkamaiMcpError, QuestionRequired
from akamai_mcp.logs import get_logger
from akamai_mcp.programs.service import Programs
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.runs.record import OVER, Run

REMEMBERED: Final = 64  # runs; the question of one that is forgotten is asked again at the next poll
STILL: Final = frozenset({"paused", "running"})  # of a run that goes on later, or that another process drives
Work = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a run stopped at one of its steps: with an answer, or with a question to the user about its plan."""

    step: int
    answer: Answer | None = None
    needed: QuestionRequired | None = None

    @property
    def key(self) -> str:
        """The key of the question: another one's differs, whichever server asks it, or a yes to that would count here."""
        return f"agreement-{sha256(self.needed.state.encode()).hexdigest()[:16]}" if self.needed else ""


class Driving:
    """The runs that go on now; what others ask, and answers of those that go on only in another call."""

    def __init__(self, programs: Programs, get_caller: Callable[[], Caller]) -> None:
        self._programs = programs
        self._get_caller = get_caller
        self._running: dict[str, asyncio.Task[None]] = {}
        self._told: LRUCache[str, Told] = LRUCache(REMEMBERED)
        self._moved = asyncio.Event()

    def __contains__(self, name: str) -> bool:
        """True if the run goes on now."""
        return name in self._running

    def drive(self, name: str, work: Work, agreement: Agreement) -> None:
        """Let a run go on for its caller, unless it does so already."""
        if name in self._running:
            return
        driven = self._carry_out(name, work, self._get_caller(), agreement)
        # A context of its own: the request's documents are let go of when it ends.
        task = self._running[name] = asyncio.create_task(driven, context=Variables())
        task.add_done_callback(lambda _: self._ended(name))
        self.move()

    def _ended(self, name: str) -> None:
        self._running.pop(name, None)
        self.move()

    @property
    def next_move(self) -> asyncio.Event:
        """Is set when some run begins or ends to go on, or is stopped."""
        return self._moved

    def move(self) -> None:
        """Tell those who wait for a move."""
        self._moved.set()
        self._moved = asyncio.Event()

    def forget(self, name: str) -> None:
        """Drop what is remembered of a run."""
        self._told.pop(name, None)

    def told(self, run: Run) -> Told | None:
        """How the run stopped where it stands; None if that is not known, or it went on since, here or at another server."""
        told = self._told.get(run.name)
        return told if told and told.step == run.step else None

    async def _carry_out(self, name: str, work: Work, caller: Caller, agreement: Agreement) -> None:
        with calling(lambda: caller), agreeing(lambda: agreement), self._programs.held():
            try:
                answer, needed = await self._answer(work)
                run, _ = await self._programs.runs.find(name, caller.name)
                if (answer or needed) and run.status not in OVER:  # the answer of one that is over is stored with it
                    self._told[name] = Told(step=run.step, answer=answer, needed=needed)
            except AkamaiMcpError as error:  # a store that cannot be read: the next poll says so
                get_logger().warning("a run did not go on", reason=error.title)

    async def _answer(self, work: Work) -> tuple[Answer | None, QuestionRequired | None]:
        """The answer with which a run stopped for good or for another call, or its question; neither if it goes on later."""
        try:
            answer = await work()
        except QuestionRequired as needed:
            return None, needed
        except AkamaiMcpError as error:
            return to_error_answer(error), None
        return (None if answer.content.get("status") in STILL else answer), None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What goes on ends with the server, and can go on at the next one."""
        try:
            yield
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
