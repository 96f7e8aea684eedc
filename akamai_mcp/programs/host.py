"""The host of a program: makes its calls through the one path of a call, so that every rule holds for each of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from akamai_mcp.access.action import Action
from akamai_mcp.access.consent.decision import Agreement, agreeing
from akamai_mcp.access.consent.planned import PlannedChanges
from akamai_mcp.access.gate import is_audited
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.calls.controls import Controls
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.calls.prepare import Intent, Prepared
from akamai_mcp.calls.stored import source_of
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.errors import AccessError, AkamaiMcpError, ArgumentError, ChangedSince, QuotaExceeded
from akamai_mcp.pipeline.call import CacheMode
from akamai_mcp.pipeline.off_loop import LARGER
from akamai_mcp.pipeline.responses.effect import effect_of
from akamai_mcp.programs.changes import Change, Made, made_by
from akamai_mcp.programs.durable.journal import Journal
from akamai_mcp.programs.durable.states import body_of, read_condition
from akamai_mcp.programs.durable.witness import Witness, state_of
from akamai_mcp.programs.events import FIND, REVERSAL, Settled
from akamai_mcp.programs.finders import Finder
from akamai_mcp.programs.requests import CallRequest
from akamai_mcp.request.redaction import holds_secret
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.result.paging import MAX_PAGES
from akamai_mcp.result.store import Source

# A program takes whole bodies; what it returns is cut to the size budget of an answer.
WHOLE: Final = 64 * 1024 * 1024
NO_CONDITION: Final = "only_if is not a condition."
TAKE_IT: Final = "Take it from a step of reversal, as it is."
MORE: Final = (
    "Narrow the call by a filter, or read its parts one by one. With check=False a call returns what was read, with _pages."
)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a program has done so far: its calls, its changes, and where its results come from.

    `ahead` counts the reads of looking ahead, which are sent beside its own calls.
    """

    calls: int = 0
    ahead: int = 0
    made: list[Made] = field(default_factory=list)
    sources: set[Source] = field(default_factory=set)
    secret: bool = False

    def note(self, entry: Entry, action: Action) -> None:
        """Remember where a result comes from, since who reads it later needs the same permission."""
        self.sources.add(source_of(action))
        self.secret = self.secret or entry.secret


class Host:
    """Weighs and makes the calls of one program, for its default customer."""

    def __init__(
        self,
        invoker: Invoker,
        visibility: Visibility,
        finders: Mapping[str, Finder],
        tally: Tally,
        customer: str | None,
        journal: Journal | None = None,
    ) -> None:
        self._invoker = invoker
        self._visibility = visibility
        self._finders = finders
        self.tally = tally
        self.customer = customer
        self._journal = journal

    async def find(self, name: str, *texts: str) -> Settled:
        """Search or describe operations, or find what the account owns."""
        try:
            if name == REVERSAL:
                return await self._reverse(*texts)
            if name != FIND:
                return Settled(value=await self._finders[name](*texts))
            owned = await self._finders[name](*texts, customer=self.customer)
            self.tally.sources.update(owned.sources)
            return Settled(value=owned.value)
        except AkamaiMcpError as error:
            return to_failure(to_error_answer(error))

    async def _reverse(self, *texts: str) -> Settled:
        """What takes a run back; it has what was there before, which may hold a credential."""
        reversed_ = await self._finders[REVERSAL](*texts, look=self.look)
        self.tally.secret = self.tally.secret or reversed_.secret
        self.tally.sources.update(reversed_.sources)
        return Settled(value=reversed_.value)

    async def look(self, read: CallRequest) -> bytes:
        """A resource as it is now, for this server's eyes alone: the program neither learns of it nor holds it."""
        aside = Host(self._invoker, self._visibility, {}, Tally(), self.customer)
        found = await aside.read(replace(read, check=False), cache="off")
        return state_of(found.value) if isinstance(found, Settled) else b""

    async def read(self, request: CallRequest, cache: CacheMode = "use") -> Settled | Change:
        """Make a call that reads; return a change instead, unmade and weighed. Failures become what the program gets."""
        try:
            intent, prepared = self._prepare(request, cache)
            if is_audited(prepared.action):
                weighed = await self._invoker.weigh(prepared)
                return Change(request=request, action=prepared.action, weighed=weighed)
            answer = await self._make(intent, prepared, PlannedChanges(()))
            await self._note_secret(answer)
            return _settle(request, answer)
        except AkamaiMcpError as error:
            return _settle(request, to_error_answer(error))

    async def make(self, number: int, change: Change, planned: PlannedChanges) -> Settled:
        """Make a planned change; the gate judges it once more. It is written down before and after. Raises RunError."""
        if (changed := await self._changed_since(change.request)) is not None:
            return changed
        if self._journal is None:
            return (await self._send(change, planned))[1]
        return await self._make_kept(self._journal, number, change, planned)

    async def _make_kept(self, journal: Journal, number: int, change: Change, planned: PlannedChanges) -> Settled:
        """Make a change that is written down before and after."""
        witness = Witness(self._visibility, self.look, change.request, journal.state_bytes)
        before = await witness.before()
        row = await journal.intend(number, change, before, secret=self.tally.secret or change.action.reveals)
        made, settled = await self._send(change, planned)
        row = await journal.settle(row, made, settled, secret=self.tally.secret or change.action.reveals)
        # Only then, since a process that ends here must not leave a change that was made without its end.
        if made and made.state == "done" and (after := await witness.after(body_of(settled.value, change.request))):
            await journal.note_after(row, after)
        return settled

    async def _send(self, change: Change, planned: PlannedChanges) -> tuple[Made | None, Settled]:
        """Make a change and count it."""
        made, settled = await self._try(change, planned)
        self.tally.made.extend([made] if made else [])
        return made, settled

    async def _changed_since(self, request: CallRequest) -> Settled | None:
        """What the program gets for a change whose condition does not hold, just before it would be sent; nothing is sent."""
        if request.only_if is None:
            return None
        condition = read_condition(request.only_if)
        if condition is None:
            return _settle(request, to_error_answer(ArgumentError(NO_CONDITION, advice=TAKE_IT)))
        try:
            holds = condition.holds(await self.look(condition.read(request.customer)))
        except AkamaiMcpError as error:  # an expression that cannot be applied
            return _settle(request, to_error_answer(error))
        return None if holds else _settle(request, to_error_answer(ChangedSince()))

    async def _try(self, change: Change, planned: PlannedChanges) -> tuple[Made | None, Settled]:
        """Make a change: what was sent, if anything was, and what the program gets."""
        try:
            intent, prepared = self._prepare(change.request)
            answer = await self._make(intent, prepared, planned)
        except AkamaiMcpError as error:
            state = "unknown" if effect_of(error) != "none" else "failed"
            is_sent = state == "unknown" or not isinstance(error, AccessError)
            return made_by(change.action, state) if is_sent else None, _settle(change.request, to_error_answer(error))
        except asyncio.CancelledError:
            self.tally.made.append(made_by(change.action, "unknown"))
            raise
        await self._note_secret(answer)
        return _to_made(prepared.action, answer), _settle(change.request, answer)

    async def _note_secret(self, answer: Answer) -> None:
        """Note an answer of any operation that holds a credential, since the program may be written down with it."""
        if self._journal is not None:
            self.tally.secret = await self.is_secret(answer)

    async def is_secret(self, answer: Answer) -> bool:
        """True if a credential may be in an answer, or in what the program knows."""
        size = LARGER  # not known, so never on the event loop
        return self.tally.secret or await self._invoker.stored.off_loop.run(partial(holds_secret, answer.content), size=size)

    async def weigh(self, request: CallRequest) -> Change:
        """A change as it would be made now: another account or rule gives it another name. Raises AkamaiMcpError."""
        _, prepared = self._prepare(request)
        return Change(request=request, action=prepared.action, weighed=await self._invoker.weigh(prepared))

    def _prepare(self, request: CallRequest, cache: CacheMode = "use") -> tuple[Intent, Prepared]:
        entry = self._visibility.named(request.name)
        controls = Controls(
            customer=request.customer or self.customer,
            select=request.select,
            max_bytes=WHOLE,
            cache=cache,
            paginate=entry.method == "GET",
            max_pages=MAX_PAGES,
        )
        intent = self._invoker.intend(entry, request.arguments, controls)
        prepared = self._invoker.prepare(intent)
        run = self._journal.name if self._journal else ""
        return intent, replace(prepared, action=replace(prepared.action, run=run))

    async def _make(self, intent: Intent, prepared: Prepared, planned: PlannedChanges) -> Answer:
        self.tally.note(prepared.entry, prepared.action)
        agreement = Agreement(way="plan", plan=planned)
        while True:
            try:
                with agreeing(lambda: agreement):
                    answer = await self._invoker.make(intent, prepared)
            except QuotaExceeded as error:  # the bound of the program's own time ends this
                await asyncio.sleep(error.retry_after)
            else:
                self.tally.sources.update(self._invoker.stored.hops(prepared.action, answer))
                return answer


def _to_made(action: Action, answer: Answer) -> Made:
    return made_by(
        action,
        state="failed" if answer.is_error else "done",
        status=answer.content.get("status"),
        request_id=answer.request_id,
    )


def _settle(request: CallRequest, answer: Answer) -> Settled:
    """The body, or the failure that the call raises; all of the answer where the program checks it for itself."""
    if not request.check:
        return Settled(value=dict(answer.content))
    if answer.content.get("_pages", {}).get("more"):
        return refusal("There is more than was read.", advice=MORE)
    return to_failure(answer) if answer.is_error else Settled(value=answer.content.get("body"))


def refusal(detail: str, *, advice: str) -> Settled:
    """A failure of this server's own, in the form of a failed call."""
    return Settled(
        failure=json.dumps({"problem": {"title": "The call failed", "detail": detail}, "advice": advice, "sent": False})
    )


def to_failure(answer: Answer) -> Settled:
    """A failed answer as the text that is raised in the program: JSON with Akamai's problem, our advice and mismatches."""
    told = ("status", "problem", "advice", "schemaMismatches", "failedItems", "requestId", "retryAfterSeconds", "sent")
    return Settled(failure=json.dumps({name: answer.content[name] for name in told if name in answer.content}))
