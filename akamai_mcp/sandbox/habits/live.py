"""The habits together: what is said before an operation is carried out, and what becomes of its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from akamai_mcp.openapi.model import Operation
from akamai_mcp.sandbox.account.account import Account
from akamai_mcp.sandbox.account.routes import covers
from akamai_mcp.sandbox.exchange import Answer, Ask
from akamai_mcp.sandbox.habits.archives import archived
from akamai_mcp.sandbox.habits.habits import Habits
from akamai_mcp.sandbox.habits.late import Creations
from akamai_mcp.sandbox.habits.limits import Limits, Windows
from akamai_mcp.sandbox.habits.lines import lines
from akamai_mcp.sandbox.habits.media import refuse_type
from akamai_mcp.sandbox.habits.progress import Progress
from akamai_mcp.sandbox.habits.spellings import redirect, refuse_prefix
from akamai_mcp.sandbox.routing import Router


class Live:
    """The habits that are on, with what they remember."""

    def __init__(self, habits: Habits, router: Router, clock: Callable[[], float]) -> None:
        self._habits = habits
        figures = Limits(burst=habits.burst, papi=habits.papi, cps=habits.cps, others=habits.others)
        self._windows = Windows(figures, clock)
        self._creations = Creations(clock)
        self._progress = Progress(router, habits.looks)

    def before(self, ask: Ask, operation: Operation, account: Account | None) -> Answer | None:
        """What the first habit that has something to say answers in place of the operation."""
        habits, product = self._habits, ask.match.key[0]
        refused = self._windows.take(product) if habits.limits or habits.headers else None
        checks: tuple[tuple[bool, Callable[[], Answer | None]], ...] = (
            (habits.limits, lambda: refused),
            (habits.redirects and account is not None, lambda: redirect(account, ask) if account is not None else None),
            (habits.ids, lambda: refuse_prefix(ask)),
            (habits.media_types, lambda: refuse_type(ask, operation)),
            (habits.late, lambda: self._creations.miss(ask)),
            (habits.lines, lambda: lines(ask, account)),
        )
        return next((said for on, check in checks if on and (said := check()) is not None), None)

    def after(self, ask: Ask, answer: Answer, operation: Operation, account: Account | None) -> Answer:
        """The answer as the habits leave it."""
        if self._habits.late:
            self._creations.note(ask, answer)
        # The account knows itself how far its work is.
        if self._habits.work and (account is None or not covers(ask)):
            answer = self._progress.shown(ask, answer, operation)
        if self._habits.archives:
            answer = archived(answer)
        return answer

    def stamped(self, ask: Ask, answer: Answer) -> Answer:
        """The answer with the headers that tell of limits."""
        if not self._habits.headers:
            return answer
        return replace(answer, headers={**self._windows.headers(ask.match.key[0]), **answer.headers})
