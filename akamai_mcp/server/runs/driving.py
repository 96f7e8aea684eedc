"""Lets runs go on in the background for the callers who ask for them, and remembers what each of them waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import Context as Variables
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

from akamai_mcp.access.callers import Caller, calling
from akamai_mcp.access.consent.decision import Agreement, agreeing
from akamai_mcp.errors import AkamaiMcpError, QuestionRequired
from akamai_mcp.logs import get_logger
from akamai_mcp.programs.service import Programs
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.runs.record import OVER

REMEMBERED: Final = 64  # runs; the question of one that is forgotten is asked again at the next poll
STILL: Final = frozenset({"paused", "running"})  # of a run that goes on later, or that another process drives
Work = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to the user about a task's plan; each question of a task has a key of its own."""

    key: str
    needed: QuestionRequired


class Driving:
    """The runs that go on now; what others ask, and answers of those that go on only in another call."""

    def __init__(self, programs: Programs, get_caller: Callable[[], Caller]) -> None:
        self._programs = programs
        self._get_caller = get_caller
        self._running: dict[str, asyncio.Task[None]] = {}
        self.asked: LRUCache[str, Asked] = LRUCache(REMEMBERED)
        self.answered: LRUCache[str, Answer] = LRUCache(REMEMBERED)
        self._questions = 0
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
        """Drop what is known of a run that is over."""
        self.asked.pop(name, None)
        self.answered.pop(name, None)

    async def _carry_out(self, name: str, work: Work, caller: Caller, agreement: Agreement) -> None:
        with calling(lambda: caller), agreeing(lambda: agreement), self._programs.held():
            try:
                answer = await self._answer(name, work)
                if answer is not None and await self._is_open(name, caller):
                    self.answered[name] = answer
            except AkamaiMcpError as error:  # a store that cannot be read: the next poll says so
                get_logger().warning("a run did not go on", reason=error.title)

    async def _answer(self, name: str, work: Work) -> Answer | None:
        """The answer with which a run stopped for good, or for another call; None if it asks, or goes on later or elsewhere."""
        try:
            answer = await work()
        except QuestionRequired as needed:
            self._questions += 1
            self.asked[name] = Asked(key=f"agreement-{self._questions}", needed=needed)
            return None
        except AkamaiMcpError as error:
            return to_error_answer(error)
        return None if answer.content.get("status") in STILL else answer

    async def _is_open(self, name: str, caller: Caller) -> bool:
        """True for a run that is not over: the answer of one that is over is stored with it."""
        return (await self._programs.runs.find(name, caller.name))[0].status not in OVER

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What goes on ends with the server, and can go on at the next one."""
        try:
            yield
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
