"""The one path of a call, from an operation and its arguments to the answer: place, build, authorize, send, read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any, Final

from akamai_mcp.access.action import Action
from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.consent.confirmation import Weighed
from akamai_mcp.access.consent.question import Question
from akamai_mcp.access.gate import Gate
from akamai_mcp.audit.line import Attempt, AttemptResult
from akamai_mcp.calls.controls import CONTROLS, Controls, read_controls
from akamai_mcp.calls.following.following import Following, select_is_used
from akamai_mcp.calls.following.kept import KeptWait
from akamai_mcp.calls.prepare import Check, Intent, Preparation, Prepared, RawArguments, accept_any, notes_of, show_only
from akamai_mcp.calls.redirects import Redirects
from akamai_mcp.calls.stored import StoredResults
from akamai_mcp.calls.turns import out_of_turn
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.undocumented import UNDOCUMENTED, find_target
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.errors import CredentialsError
from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.parser import clean
from akamai_mcp.openapi.paths import wide_readings
from akamai_mcp.pipeline.cache_rules import keep_class, touched_paths
from akamai_mcp.pipeline.call import Call, Handler, Response, identity_of
from akamai_mcp.pipeline.off_loop import LARGER
from akamai_mcp.pipeline.record import current_record
from akamai_mcp.pipeline.transport.downloads import DownloadPolicy
from akamai_mcp.pipeline.transport.large_bodies import keeping_place
from akamai_mcp.request.adjusting.ids import adjust_ids
from akamai_mcp.request.adjusting.operator_defaults import fill
from akamai_mcp.request.arguments import Placed, place, place_raw
from akamai_mcp.request.content import Streamed
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.request.lengths import check_lengths
from akamai_mcp.request.validation.check import find_mismatches
from akamai_mcp.result.advice.refusal import Sent
from akamai_mcp.result.answer import Answer, to_answer
from akamai_mcp.result.outcomes.waiting import Report, no_report
from akamai_mcp.result.page_rules import PageRule, answer_rule, find_page_rule
from akamai_mcp.result.page_steps import PageResult, to_page
from akamai_mcp.result.paging import collect_pages, note_more, note_single, take_undeclared
from akamai_mcp.result.selection import compile_selection
from akamai_mcp.result.shaping import mark_partial
from akamai_mcp.result.store import ResultStore, SharedResults, StorePolicy

CACHED_RULES: Final = 512  # operations; finding a page rule reads the whole response schema
MAX_REQUEST_ID: Final = 80  # characters

OnAnswer = Callable[[Operation, Entry, Response], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokerPolicies:
    """The policies of a call: uploads, downloads, strict validation, and the store of large results."""

    files: FilePolicy
    downloads: DownloadPolicy = field(default_factory=DownloadPolicy)
    strict_validation: bool = False
    store: StorePolicy = field(default_factory=StorePolicy)


class Invoker:
    """Makes calls. Every entry point uses it: an operation's own tool, akamai_read and its siblings, raw requests, the CLI."""

    def __init__(
        self,
        catalogue: Catalogue,
        customers: CallerCustomers,
        gate: Gate,
        handler: Handler,
        policies: InvokerPolicies,
        shared_results: SharedResults | None = None,
        *,
        on_answer: OnAnswer | None = None,
    ) -> None:
        self._on_answer = on_answer
        self._catalogue = catalogue
        self._customers = customers
        self._gate = gate
        self._handler = handler
        self._preparation = Preparation(catalogue, policies.files, gate.get_caller, strict_validation=policies.strict_validation)
        self._redirects = Redirects(catalogue, self._preparation, gate)
        store = ResultStore(policies.store, shared=shared_results)
        self.stored = StoredResults(store, policies.downloads, catalogue, customers, gate, self._preparation)
        self._following = Following(
            catalogue=catalogue,
            preparation=self._preparation,
            gate=gate,
            stored=self.stored,
            send=self._send,
            read=self._read,
        )
        self._rules = catalogue.per_edition(lambda: lru_cache(maxsize=CACHED_RULES)(self._find_rule))

    async def call(
        self, entry: Entry, arguments: Mapping[str, Any], report: Report = no_report, check: Check = accept_any
    ) -> Answer:
        """Call an operation with flat arguments, as its own tool takes them. Raises AkamaiMcpError, and what `check` raises."""
        check_lengths(arguments)
        values = {name: value for name, value in arguments.items() if name not in CONTROLS}
        return await self._run(self.intend(entry, values, read_controls(arguments), report, check))

    def intend(
        self,
        entry: Entry,
        values: Mapping[str, Any],
        controls: Controls,
        report: Report = no_report,
        check: Check = accept_any,
        *,
        keep_items: bool = True,
    ) -> Intent:
        """The intent of a call, from the operation's own arguments and the controls. Raises ArgumentError."""
        operation = self._catalogue.operation(entry)
        rule = self._rules()(entry.key)
        customer = self._find_customer(controls.customer)
        values, filled = fill(operation, values, customer.defaults if customer else {})
        values, further = take_undeclared(operation, rule, values) if rule else (values, {})
        placed = place(operation, values)
        return Intent(
            entry=entry,
            operation=operation,
            placed=adjust_ids(operation, replace(placed, extra_query={**placed.extra_query, **further})),
            controls=controls,
            report=report,
            check=check,
            defaults=filled,
            keep_items=keep_items,
            customer=customer,
        )

    def _find_customer(self, name: str | None) -> Customer | None:
        with suppress(CredentialsError):  # told when the call is prepared
            return self._customers.get(name)
        return None

    async def call_raw(self, entry: Entry, raw: RawArguments, controls: Controls, report: Report = no_report) -> Answer:
        """Call an operation with arguments sorted by location. Raises AkamaiMcpError."""
        return await self._run_raw(entry, self._catalogue.operation(entry), raw, controls, report)

    async def call_path(
        self, method: str, path: str, raw: RawArguments, controls: Controls, report: Report = no_report
    ) -> Answer:
        """Call a method and path, documented or not. Raises AkamaiMcpError."""
        target = find_target(self._catalogue, method, path)
        return await self._run_raw(
            target.entry, target.operation, replace(raw, path={**target.values, **raw.path}), controls, report
        )

    async def _run_raw(self, entry: Entry, operation: Operation, raw: RawArguments, controls: Controls, report: Report) -> Answer:
        placed = place_raw(operation, path=raw.path, query=raw.query, headers=raw.headers, body=raw.body)
        placed = adjust_ids(operation, placed)
        return await self._run(Intent(entry=entry, operation=operation, placed=placed, controls=controls, report=report))

    def _find_rule(self, key: str) -> PageRule | None:
        entry = self._catalogue.get(key)
        return find_page_rule(self._catalogue.operation(entry), entry.pages)

    async def _run(self, intent: Intent) -> Answer:
        prepared = self.prepare(intent)
        if intent.controls.dry_run:
            self._gate.permit(prepared.customer, prepared.action)
            return note_adjusted(intent, await show_only(prepared, intent.controls.max_bytes))
        return await self.make(intent, prepared)

    def prepare(self, intent: Intent) -> Prepared:
        """Find the customer and build the request, without sending it. Raises AkamaiMcpError."""
        if intent.controls.select:  # an invalid expression must fail before anything is sent
            compile_selection(intent.controls.select)
        customer = intent.customer or self._customers.get(intent.controls.customer)
        note_call(intent.entry, customer)
        return self._preparation.prepare(intent, customer)

    @property
    def caller(self) -> str:
        """The name of the current caller."""
        return self._gate.get_caller().name

    def wait_for_share(self, share: float) -> float:
        """Seconds until one more call leaves the current caller a share of the quota of calls a minute; 0 if it does now."""
        return self._gate.quotas.wait_for_share(self.caller, share)

    def account(self, customer: str | None) -> tuple[str, str]:
        """The name of a customer, or of the default one, and a digest of whom its calls act for. Raises CredentialsError."""
        found = self._customers.get(customer)
        return found.name, identity_of(found.credentials)

    async def weigh(self, prepared: Prepared) -> Weighed:
        """Say how a prepared call would be asked about, without sending it. Raises AccessError if a rule refuses it."""
        return await self._gate.weigh(prepared.customer, prepared.action)

    async def agree(self, question: Question, plan: Attempt, token: str, *, asking: Iterable[str] = ()) -> str:
        """Ask for several calls as one plan, of which those in `asking` ask, and return the question. Raises AccessError."""
        return await self._gate.agree(question, plan, token, asking=asking)

    async def note_end(self, run: Attempt, result: AttemptResult) -> None:
        """Record how a run of a program ended."""
        await self._gate.note_end(run, result)

    async def make(self, intent: Intent, prepared: Prepared) -> Answer:
        """Authorize a prepared call, send it and shape its answer. Raises AkamaiMcpError."""
        with self._gate.slot(), keeping_place():
            action = await self._gate.authorize(prepared.customer, prepared.action, intent.controls.confirm)
            prepared = replace(prepared, action=action)
            rule = self._page_rule(intent) if intent.controls.paginate else None
            answer = await self._collect(intent, rule, prepared) if rule else await self._once(intent, prepared)
            controls = replace(intent.controls, select=None) if select_is_used(answer) else intent.controls
            return await self.stored.shape(prepared.entry, controls, prepared.action, note_adjusted(intent, answer))

    async def look(self, kept: KeptWait, seconds: float) -> KeptWait | Answer:
        """Look once at the work of an earlier call, `seconds` after it: the wait as it stands then, or the call's answer.

        Raises CredentialsError.
        """
        customer = self._customers.get(kept.source.customer)
        with keeping_place():
            return await self._following.look(kept, customer, seconds)

    def _page_rule(self, intent: Intent) -> PageRule | None:
        known = self._rules()(intent.entry.key) if intent.entry.product != UNDOCUMENTED else None
        return known or answer_rule(intent.operation)

    async def _once(self, intent: Intent, prepared: Prepared) -> Answer:
        response = await self._send(intent, prepared)
        answer = mark_partial(await self._read(intent, prepared, response))
        if answer.is_error:
            return answer
        answer = self._say_more(intent, prepared, response, answer)
        answer = await self._following.follow(intent, prepared, response, answer)
        return note_single(answer) if intent.controls.paginate else answer

    def _say_more(self, intent: Intent, prepared: Prepared, response: Response, answer: Answer) -> Answer:
        rule = self._page_rule(intent) if intent.entry.method == "GET" else None
        return note_more(rule, intent.placed, to_page(answer, response, prepared.customer.credentials.host)) if rule else answer

    async def _collect(self, intent: Intent, rule: PageRule, first: Prepared) -> Answer:
        async def report(pages: int, items: int, total: int | None) -> None:
            await intent.report(pages, intent.controls.max_pages, f"{items} of {total or 'unknown'} items")

        fetch = partial(self._page, intent, first)
        pages, keep = intent.controls.max_pages, intent.keep_items
        return (await collect_pages(rule, intent.placed, fetch, max_pages=pages, on_page=report, keep_items=keep)).answer

    async def _page(self, intent: Intent, first: Prepared, placed: Placed) -> PageResult:
        page = replace(intent, placed=placed)
        prepared = first
        if placed != intent.placed:  # the first page is authorized already
            prepared = self._preparation.prepare(page, first.customer)
            self._gate.authorize_next(prepared.customer, prepared.action)
        response = await self._send(page, prepared)
        return to_page(await self._read(page, prepared, response), response, prepared.customer.credentials.host)

    async def _send(self, intent: Intent, prepared: Prepared) -> Response:
        response = await self._send_once(intent, prepared)
        return await self._redirects.follow(intent, prepared, response, self._send_once)

    async def _send_once(self, intent: Intent, prepared: Prepared) -> Response:
        call = Call(
            operation=intent.entry.key,
            customer=prepared.customer.name,
            credentials=prepared.customer.credentials,
            request=prepared.request,
            counts_as=next((other.operation for other in prepared.action.others), ""),
            keep=keep_class(prepared.entry),
            cache=intent.controls.cache,
            touches=(*touched_paths(intent.entry, intent.placed.flat()), *read_as(prepared.action)),
        )
        async with out_of_turn():
            response = await self._gate.send(prepared.action, lambda: self._handler(call))
        note_request_id(response)
        if self._on_answer is not None:
            self._on_answer(intent.operation, intent.entry, response)
        return response

    async def _read(self, intent: Intent, prepared: Prepared, response: Response) -> Answer:
        # The arguments may have caused a client error, unless a limit or the gateway refused the request before an API saw it.
        suspect = response.is_client_error and not response.is_rate_limited and not response.is_gateway_refusal

        def work() -> Answer:
            mismatches = find_mismatches(intent.operation, intent.placed) if suspect else ()
            return to_answer(intent.operation, response, mismatches, sent=sent_of(prepared))

        return await self.stored.off_loop.run(work, size=LARGER if suspect else len(response.content))


def sent_of(prepared: Prepared) -> Sent:
    """What advice has to know of a request."""
    credentials, request = prepared.customer.credentials, prepared.request
    content = request.content if request.method == "POST" else None  # EdgeGrid signs no other body
    size = content.size if isinstance(content, Streamed) else len(content or b"")
    return Sent(signed_bytes=size, max_body=credentials.max_body, switched=bool(credentials.account_switch_key))


def note_adjusted(intent: Intent, answer: Answer) -> Answer:
    """The answer with the values that were changed or filled in before the call was sent, if there are any."""
    notes = notes_of(intent)
    return replace(answer, content={**answer.content, **notes}) if notes else answer


def read_as(action: Action) -> tuple[str, ...]:
    """The paths that a server may read a request's path as, if another operation is among them: a write changes these too."""
    return tuple(wide_readings(action.path)) if action.others else ()


def note_call(entry: Entry, customer: Customer) -> None:
    """Note the operation and the customer in the call record."""
    # An undocumented path may hold identifiers of the customer, so the record gets only its method.
    if record := current_record():
        operation = f"{UNDOCUMENTED} {entry.method}" if entry.product == UNDOCUMENTED else entry.key
        record.concerns(product=entry.product, operation=operation, customer=customer.name)


def note_request_id(response: Response) -> None:
    """Note Akamai's request id of the last response in the call record."""
    if record := current_record():
        record.request_id = clean(response.request_id, MAX_REQUEST_ID)
