"""Follow work that continues after its answer: name the call that shows its outcome, and wait for it if the caller wants that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import orjson

from akamai_mcp.access.gate import Gate
from akamai_mcp.calls.controls import DEFAULT_WAIT, MAX_KEPT_WAIT, Controls
from akamai_mcp.calls.following.kept import KeptWait, Wait, current_keeper, to_kept
from akamai_mcp.calls.prepare import Intent, Preparation, Prepared
from akamai_mcp.calls.stored import StoredResults
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.outcomes.aim import choose
from akamai_mcp.catalogue.undocumented import undocumented_entry
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.errors import AkamaiMcpError, QuotaExceeded, UpstreamBusyError, UpstreamError
from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.retry import is_transient
from akamai_mcp.request.adjusting.ids import adjust_ids
from akamai_mcp.request.arguments import Placed, place
from akamai_mcp.result.answer import Answer, to_error_answer
from akamai_mcp.result.outcomes.follow_up import FollowUp, follow_up
from akamai_mcp.result.outcomes.progress import Watch, find_at, read_progress
from akamai_mcp.result.outcomes.waiting import (
    Poll,
    Seen,
    Waited,
    begin_waiting,
    no_report,
    to_outcome,
    wait_for_outcome,
)

# Statuses of work that goes on: without an identifier its outcome is worth naming all the same.
CREATED: Final = 201
ACCEPTED: Final = 202
ABSENT: Final = frozenset({404, 410})
NOTHING_TO_WAIT_FOR: Final = "wait had no effect: nothing in the answer shows work that continues."

Send = Callable[[Intent, Prepared], Awaitable[Response]]
Read = Callable[[Intent, Prepared, Response], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Follows work, with the invoker's ways to send a prepared call and to read its response."""

    catalogue: Catalogue
    preparation: Preparation
    gate: Gate
    stored: StoredResults
    send: Send
    read: Read

    async def follow(self, intent: Intent, prepared: Prepared, response: Response, answer: Answer) -> Answer:
        """The answer with the call that shows the outcome, and with the outcome if the caller waits for it."""
        found = self._step(intent, response, answer.content.get("body"))
        if found is None:
            return await self._follow_read(intent, prepared, answer) if intent.controls.wait else answer
        entry, step = found
        named = replace(answer, content={**answer.content, "outcomeShownBy": step.as_json()})
        if not intent.controls.wait or step.missing:
            return named
        try:
            read, poll = self._outcome_call(prepared.customer, entry, step, intent.controls)
        except AkamaiMcpError as error:  # the call itself was made, so its answer is no error
            return _unreadable(named, step.name, error)
        watch = self._watch(intent, entry, answer)
        return await self._wait(
            intent, Wait(answer=named, intent=read, prepared=poll, watch=watch, pace=begin_waiting(answer.pause)), prepared
        )

    async def _follow_read(self, intent: Intent, prepared: Prepared, answer: Answer) -> Answer:
        """For a read of pending work, ask again until it has ended."""
        watch = Watch(note=intent.entry.progress)
        begin = read_progress(answer.content.get("body"), watch)
        if begin.state == "unknown" or intent.entry.effect.worst != "read":
            return replace(answer, content={**answer.content, "outcome": {"state": "unknown", "advice": NOTHING_TO_WAIT_FOR}})
        again = replace(intent, controls=replace(intent.controls, cache="off"))
        pace = begin_waiting(answer.pause, begin)
        return await self._wait(
            intent, Wait(answer=answer, intent=again, prepared=prepared, watch=watch, pace=pace, is_read=True), prepared
        )

    async def _wait(self, intent: Intent, wait: Wait, call: Prepared) -> Answer:
        if await self._is_kept(intent, wait, call):
            return wait.answer
        limit = intent.controls.wait_seconds or DEFAULT_WAIT
        waited = await wait_for_outcome(partial(self._poll, wait), wait.watch, wait.pace, limit=limit, report=intent.report)
        return await self._finish(wait, waited)

    async def _is_kept(self, intent: Intent, wait: Wait, call: Prepared) -> bool:
        """True if the wait goes on without this call."""
        keep, limit = current_keeper(), intent.controls.wait_seconds or MAX_KEPT_WAIT
        if keep is None or not wait.pace.goes_on(limit):
            return False
        kept = to_kept(intent, wait, call, limit)
        return kept is not None and await keep(kept)

    async def look(self, kept: KeptWait, customer: Customer, seconds: float) -> KeptWait | Answer:
        """Look once at work, `seconds` after its beginning: the wait as it stands then, or the call's answer if it is over."""
        try:
            wait = self._restore(kept, customer)
        except AkamaiMcpError as error:
            return await self._shaped(kept, customer, _unreadable(Answer(content=dict(kept.content)), kept.read, error))
        poll = await self._poll(wait)
        pace = kept.pace.after(poll, wait.watch, seconds)
        if pace.goes_on(kept.limit):
            return replace(kept, pace=pace)
        return await self._shaped(kept, customer, await self._finish(wait, Waited(pace=pace, last=poll)))

    def _restore(self, kept: KeptWait, customer: Customer) -> Wait:
        entry = self.catalogue.get(kept.read)
        controls = Controls(customer=customer.name, cache="off", select=kept.select, max_bytes=kept.max_bytes)
        operation = self.catalogue.operation(entry)
        intent = Intent(entry=entry, operation=operation, placed=kept.placed(), controls=controls, report=no_report)
        watch = Watch(
            note=entry.progress,
            argument=kept.watched.get,
            until=kept.until,
            at=kept.at,
            own=kept.own,
            removes=kept.removes,
        )
        return Wait(
            answer=Answer(content=dict(kept.content)),
            intent=intent,
            prepared=self.preparation.prepare(intent, customer),
            watch=watch,
            pace=kept.pace,
            is_read=kept.is_read,
        )

    async def _shaped(self, kept: KeptWait, customer: Customer, answer: Answer) -> Answer:
        """The last answer within its budget, as the call itself would have returned it."""
        source = kept.source
        entry = self.catalogue.find(source.operation) or undocumented_entry(source.method, source.path)
        action = self.preparation.action(entry, Placed(), entry.effect.mildest, source.path, customer)
        controls = Controls(select=None if select_is_used(answer) else kept.select, max_bytes=kept.max_bytes)
        answer = replace(answer, content={**answer.content, **kept.notes})
        return await self.stored.shape(entry, controls, action, answer)

    async def _finish(self, wait: Wait, waited: Waited) -> Answer:
        """The answer at the end of waiting."""
        if wait.is_read:
            return self._finish_read(wait, waited)
        if waited.last:
            # The outcome is what the caller waits for, so it is what `select` applies to; it has its own budget.
            prepared = wait.prepared
            shown = await self.stored.shape(prepared.entry, wait.intent.controls, prepared.action, waited.last.answer)
            waited = replace(waited, last=replace(waited.last, answer=shown))
        content = {**wait.answer.content, "outcome": self._outcome(wait, waited, waited.as_json())}
        attachment = waited.last.answer.attachment if waited.last else None
        return Answer(content=content, is_error=waited.failed, attachment=attachment)

    def _finish_read(self, wait: Wait, waited: Waited) -> Answer:
        last = waited.last.answer if waited.last and waited.last.seen == "read" else wait.answer
        return replace(last, content={**last.content, "outcome": self._outcome(wait, waited, to_outcome(waited.pace))})

    def _outcome(self, wait: Wait, waited: Waited, facts: dict[str, Any]) -> dict[str, Any]:
        advice = self._advise(waited, wait.intent.entry)
        return facts | ({"advice": advice} if advice else {})

    def _step(self, intent: Intent, response: Response, body: Any) -> tuple[Entry, FollowUp] | None:
        """The operation that shows the outcome and the call of it; None if the work has ended with its answer."""
        keys = [key for key in (intent.entry.outcome, intent.entry.outcome_else) if key]
        entries = [entry for key in keys if (entry := self.catalogue.find(key))]
        given = intent.placed.flat()
        steps = [(entry, follow_up(entry.name, self.catalogue.operation(entry), given, response, body)) for entry in entries]
        for entry, step in steps:
            if not step.missing:
                return entry, step
        return steps[0] if steps and response.status in {CREATED, ACCEPTED} else None

    def _watch(self, intent: Intent, entry: Entry, answer: Answer) -> Watch:
        sources = {"body": _as_json(intent.placed.body), "answer": answer.content.get("body")}

        def argument(name: str) -> Any:
            source, _, rest = name.partition(".")
            return next(find_at(sources[source], rest), None) if source in sources and rest else intent.placed.flat().get(name)

        names = {p.name for p in self.catalogue.operation(entry).parameters_in("path")}
        own = not names <= {p.name for p in intent.operation.parameters_in("path")}
        return Watch(
            note=entry.progress,
            argument=argument,
            until=choose(intent.entry.until, argument),
            at=choose(intent.entry.watch, argument),
            own=own,
            removes=intent.entry.method == "DELETE" and not own,
        )

    def _outcome_call(self, customer: Customer, entry: Entry, step: FollowUp, given: Controls) -> tuple[Intent, Prepared]:
        operation = self.catalogue.operation(entry)
        controls = Controls(customer=customer.name, cache="off", select=given.select, max_bytes=given.max_bytes)
        placed = adjust_ids(operation, place(operation, step.arguments))
        intent = Intent(entry=entry, operation=operation, placed=placed, controls=controls, report=no_report)
        return intent, self.preparation.prepare(intent, customer)

    async def _poll(self, wait: Wait) -> Poll:
        intent, prepared = wait.intent, wait.prepared
        try:
            await self.gate.authorize(prepared.customer, prepared.action, "")
            response = await self.send(intent, prepared)
            answer = await self.read(intent, prepared, response)
        except AkamaiMcpError as error:
            return Poll(answer=to_error_answer(error), seen=_worth(error))
        return Poll(answer=answer, seen=_worth(response) if answer.is_error else "read")

    def _advise(self, waited: Waited, entry: Entry) -> str:
        """What to do about work that has not ended; empty if it has."""
        if waited.state == "needs-the-user":
            note = entry.progress
            taker = self.catalogue.find(note.answer_with) if note and note.answer_with else None
            wanted = f" ({', '.join(waited.progress.wanted)})" if waited.progress.wanted else ""
            return f"It goes on only after a person's input{wanted}" + (f": give it with {taker.name}." if taker else ".")
        if waited.state in {"done", "failed"}:
            return ""
        if waited.last and waited.last.seen != "read":
            return _unread(entry.name)
        return f"It has not ended: do not repeat the call; ask {entry.name} again later."


def select_is_used(answer: Answer) -> bool:
    """Return True if the caller's selection was applied to the outcome, so that it is not meant for the call's own answer."""
    return "answer" in answer.content.get("outcome", {})


def _unreadable(answer: Answer, name: str, error: AkamaiMcpError) -> Answer:
    unread = {"state": "unknown", "answer": to_error_answer(error).content, "advice": _unread(name)}
    return replace(answer, content={**answer.content, "outcome": unread})


def _unread(name: str) -> str:
    return f"The call was accepted: do not repeat it. Its outcome could not be read; ask {name} later."


def _worth(ending: Response | AkamaiMcpError) -> Seen:
    """What a failed poll is worth."""
    if isinstance(ending, Response):
        if ending.status in ABSENT:
            return "absent"
        return "again" if is_transient(ending) or ending.is_server_error else "refused"
    if isinstance(ending, UpstreamBusyError | QuotaExceeded):
        return "again"
    return "again" if isinstance(ending, UpstreamError) and is_transient(ending) else "refused"


def _as_json(body: Any) -> Any:
    """A body as a value, even where it was given as text."""
    if not isinstance(body, str):
        return body
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
