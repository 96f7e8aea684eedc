"""Reads the parts of the inventory through the one path of a call: a few at once for a question, slowly in the background."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from akamai_mcp.calls.controls import Controls
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.errors import AkamaiMcpError, QuotaExceeded, UpstreamError
from akamai_mcp.http_status import is_server_error
from akamai_mcp.inventory.extraction import extract
from akamai_mcp.inventory.policy import InventoryPolicy
from akamai_mcp.inventory.records import Part, Trouble
from akamai_mcp.inventory.sources import Wanted
from akamai_mcp.pipeline.limits import KnownLimit
from akamai_mcp.pipeline.responses.retry_time import TOO_MANY_REQUESTS
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.paging import MAX_PAGES, PAGES

Sleep = Callable[[float], Awaitable[object]]
KnownLimits = Callable[[], list[tuple[KnownLimit, float]]]

WHOLE: Final = 64 * 1024 * 1024  # bytes: a list is read whole or not at all
MINUTE: Final = 60.0
MAX_REASON: Final = 200  # characters
SHORTEST_WAIT: Final = 0.05
MOST_COUNTED: Final = 1_000
REFUSED: Final = frozenset({401, 403})
LONGER: Final = "it is longer than what is read of a list"
QUOTA_LEFT: Final = "the rest of the caller's quota is left to other calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads one part as the current caller, for one customer. The gate judges each read as it does any call."""

    invoker: Invoker
    customer: str | None
    clock: Callable[[], float] = time.time
    quota_left: float = 0.0

    async def read(self, wanted: Wanted) -> Part:
        """The part, or the reason why there is none."""
        entry, note = wanted.source.entry, wanted.source.note
        part = Part(operation=entry.key, arguments=wanted.arguments, read_at=self.clock(), path=entry.path)
        controls = Controls(
            customer=self.customer,
            cache="off",  # kept here already
            select=note.select or None,
            max_bytes=WHOLE,
            paginate=entry.method == "GET" and entry.paginatable and not note.select,
            max_pages=MAX_PAGES,
        )
        if self.invoker.wait_for_share(self.quota_left) > 0:
            return replace(part, failure=QUOTA_LEFT, trouble="quota")
        try:
            # Of a list of which a page failed nobody could tell what it lacks.
            intent = self.invoker.intend(entry, wanted.arguments, controls, keep_items=False)
            prepared = self.invoker.prepare(intent)
            answer = await self.invoker.make(intent, prepared)
        except AkamaiMcpError as error:
            return replace(part, failure=f"{error.title}: {error.message}"[:MAX_REASON].rstrip("."), trouble=trouble_of(error))
        part = replace(part, path=prepared.request.path)
        if answer.is_error:
            return replace(part, failure=reason(answer), trouble=_trouble(answer.content.get("status")))
        body = answer.content.get("body")
        records = await self.invoker.stored.off_loop.run(lambda: tuple(extract(note, wanted.arguments, body)), size=answer.size)
        if answer.content.get(PAGES, {}).get("more"):
            return replace(part, records=records, failure=LONGER, trouble="cut")
        return replace(part, records=records)


def trouble_of(error: AkamaiMcpError) -> Trouble:
    """Of what sort an error is: what did not reach Akamai is soon worth another try."""
    if isinstance(error, QuotaExceeded):
        return "quota"
    return "unreachable" if isinstance(error, UpstreamError) else "failed"


def _trouble(status: object) -> Trouble:
    if status in REFUSED:
        return "refused"
    return "unreachable" if isinstance(status, int) and (is_server_error(status) or status == TOO_MANY_REQUESTS) else "failed"


def reason(answer: Answer) -> str:
    """Why a read brought nothing, in one line."""
    problem = answer.content.get("problem")
    told = problem.get("title") or problem.get("detail") if isinstance(problem, dict) else problem
    return f"{answer.content.get('status', '')} {told or 'no answer'}".strip()[:MAX_REASON]


class Pace:
    """How fast the background reads each API: so many calls at once, then a few a second, and none while little is left."""

    def __init__(self, policy: InventoryPolicy, known_limits: KnownLimits, *, clock: Callable[[], float], sleep: Sleep) -> None:
        self._policy = policy
        self._known_limits = known_limits
        self._clock = clock
        self._sleep = sleep
        self._sent: defaultdict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=MOST_COUNTED))

    async def take(self, customer: str, api: str) -> None:
        """Wait until the API may be read again."""
        sent = self._sent[customer, api]
        while (wait := self._wait(sent, customer, api)) > 0:
            await self._sleep(max(wait, SHORTEST_WAIT))

    def note(self, customer: str, api: str) -> None:
        """Count a read, which a question may have asked for without waiting."""
        self._sent[customer, api].append(self._clock())

    def _wait(self, sent: deque[float], customer: str, api: str) -> float:
        now = self._clock()
        while sent and sent[0] <= now - MINUTE:
            sent.popleft()
        after_burst = sent[-1] + 1 / self._policy.rate - now if len(sent) >= self._policy.burst else 0.0
        return max(after_burst, self._until_more_is_left(customer, api))

    def _until_more_is_left(self, customer: str, api: str) -> float:
        for known, seconds in self._known_limits():
            if (known.customer, known.api) == (customer, api) and seconds > 0:
                low = known.limit.remaining <= known.limit.limit * self._policy.left_to_others
                return seconds if low else 0.0
        return 0.0
