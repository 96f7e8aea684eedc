"""The one path of a call, from an operation and its arguments to the answer: place, decide, build, send, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import orjson

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.deed import Deed, to_deed
from akamai_mcp.access.files import FilePolicy
from akamai_mcp.access.gate import Gate
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.unlisted import UNLISTED, find_target, unlisted_entry
from akamai_mcp.controls import CONTROLS, Controls, read_controls
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.errors import AccessError, AkamaiMcpError, ArgumentError, ValidationRefused
from akamai_mcp.logs import get_logger
from akamai_mcp.openapi.model import Operation
from akamai_mcp.openapi.parser import clean
from akamai_mcp.pipeline.call import Call, Handler, Response
from akamai_mcp.pipeline.downloads import DownloadPolicy, suggested_name
from akamai_mcp.pipeline.lifetimes import keep_class, touched_paths
from akamai_mcp.pipeline.notes import current_record
from akamai_mcp.request.arguments import ABSENT, Placed, place, place_raw
from akamai_mcp.request.builder import Request, build_request
from akamai_mcp.request.preview import preview
from akamai_mcp.request.validation import find_mismatches
from akamai_mcp.result.answer import Answer, find_request_id, to_answer, to_error_answer
from akamai_mcp.result.budget import fit, name_cuts
from akamai_mcp.result.outcome import FollowUp, follow_up
from akamai_mcp.result.page_rules import PageRule, answer_rule, find_page_rule
from akamai_mcp.result.page_steps import PageResult, to_page
from akamai_mcp.result.paging import collect_pages, note_single, take_undeclared
from akamai_mcp.result.selection import compile_selection
from akamai_mcp.result.shaping import mark_partial, shape
from akamai_mcp.result.store import PREFIX, Kept, ResultStore, Shelf, StorePolicy
from akamai_mcp.result.waiting import Report, asked_pause, no_report, wait_for_outcome

MAX_ARGUMENT_BYTES: Final = 4 * 1024 * 1024
KEPT_RULES: Final = 512
MAX_REQUEST_ID: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class RawArguments:
    """Arguments that come sorted by location, as `akamai_raw_request` takes them."""

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any] = field(repr=False)
    body: Any = field(default=ABSENT, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokerPolicies:
    """How calls are made from files and values, and what is kept of large answers."""

    files: FilePolicy
    downloads: DownloadPolicy = field(default_factory=DownloadPolicy)
    strict_validation: bool = False
    store: StorePolicy = field(default_factory=StorePolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Intent:
    """One call that has been decided on: the operation, its placed arguments, the caller's controls."""

    entry: Entry
    operation: Operation
    placed: Placed
    controls: Controls
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """What an intent comes to: the request that would go out, for whom, and what it would do."""

    customer: Customer
    request: Request
    deed: Deed


class Invoker:
    """Carries calls: every door (own tool, callers, raw request, command line) comes through here."""

    def __init__(
        self,
        catalogue: Catalogue,
        customers: CallerCustomers,
        gate: Gate,
        handler: Handler,
        policies: InvokerPolicies,
        shelf: Shelf | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._customers = customers
        self._gate = gate
        self._handler = handler
        self._policies = policies
        self._store = ResultStore(policies.store, shelf=shelf)
        self._rule = lru_cache(maxsize=KEPT_RULES)(self._find_rule)

    async def call(self, entry: Entry, arguments: Mapping[str, Any], report: Report = no_report) -> Answer:
        """Call an operation with the flat arguments of its own tool. Raises AkamaiMcpError."""
        check_size(arguments)
        values = {name: value for name, value in arguments.items() if name not in CONTROLS}
        operation = self._catalogue.operation(entry)
        rule = self._rule(entry.key)
        values, further = take_undeclared(operation, rule, values) if rule else (values, {})
        placed = place(operation, values)
        return await self._carry(
            _Intent(
                entry=entry,
                operation=operation,
                placed=replace(placed, extra_query={**placed.extra_query, **further}),
                controls=read_controls(arguments),
                report=report,
            )
        )

    async def call_raw(self, entry: Entry, raw: RawArguments, controls: Controls, report: Report = no_report) -> Answer:
        """Call an operation with arguments sorted by location. Raises AkamaiMcpError."""
        return await self._carry_raw(entry, self._catalogue.operation(entry), raw, controls, report)

    async def call_path(
        self, method: str, path: str, raw: RawArguments, controls: Controls, report: Report = no_report
    ) -> Answer:
        """Call whatever a method and path address, also what no document describes. Raises AkamaiMcpError."""
        target = find_target(self._catalogue, method, path)
        return await self._carry_raw(
            target.entry, target.operation, replace(raw, path={**target.values, **raw.path}), controls, report
        )

    async def _carry_raw(
        self, entry: Entry, operation: Operation, raw: RawArguments, controls: Controls, report: Report
    ) -> Answer:
        placed = place_raw(operation, path=raw.path, query=raw.query, headers=raw.headers, body=raw.body)
        return await self._carry(_Intent(entry=entry, operation=operation, placed=placed, controls=controls, report=report))

    def _find_rule(self, key: str) -> PageRule | None:
        return find_page_rule(self._catalogue.operation(self._catalogue.get(key)))

    async def find_kept(self, handle: str) -> Kept:
        """What is kept under a handle. Raises ArgumentError where it is gone, AccessError where it is no longer allowed."""
        kept = await self._store.fetch(handle)
        if kept is None or kept.caller != self._gate.who().name:
            raise ArgumentError(
                f"Nothing is kept under {handle[:80]!r}.", advice="Kept answers are forgotten after a while: repeat the call."
            )
        entry = self._catalogue.find(kept.operation) or unlisted_entry(kept.method, kept.path)
        customer = self._customers.get(kept.customer)
        self._gate.permit(customer, self._deed(entry, Placed(), kept.path, customer))
        return kept

    async def read_kept(self, handle: str, controls: Controls) -> Answer:
        """A kept answer, or a part of it, without asking Akamai. Raises ArgumentError where it is gone."""
        kept = await self.find_kept(handle)
        if controls.customer not in {None, kept.customer}:
            raise ArgumentError(
                f"What is kept under {handle[:80]!r} belongs to customer {kept.customer!r}.", advice="Leave `customer` out."
            )
        whole = kept.value()
        by_lines = isinstance(whole, str) and controls.select  # JMESPath takes no part of a string
        answer = Answer(content={"operation": kept.operation, "body": whole.splitlines() if by_lines else whole})
        return shape(
            answer, select=controls.select, max_bytes=controls.max_bytes, keep=lambda _: PREFIX + handle.removeprefix(PREFIX)
        )

    async def _carry(self, intent: _Intent) -> Answer:
        if intent.controls.select:
            compile_selection(intent.controls.select)
        customer = self._customers.get(intent.controls.customer)
        note_call(intent.entry, customer)
        prepared = self._prepare(intent, customer)
        if intent.controls.dry_run:
            self._gate.permit(prepared.customer, prepared.deed)
            return show_only(prepared, intent.controls.max_bytes)
        with self._gate.turn():
            await self._gate.admit(prepared.customer, prepared.deed, intent.controls.confirm)
            rule = self._page_rule(intent) if intent.controls.paginate else None
            answer = await self._collect(intent, rule, prepared) if rule else await self._once(intent, prepared)
            return await self._shape(intent, prepared.deed, answer)

    async def _shape(self, intent: _Intent, deed: Deed, answer: Answer) -> Answer:
        handles: list[str] = []

        def keep(value: Any) -> str | None:
            handle = self._keep(intent.entry, deed, value)
            handles.extend([handle] if handle else [])
            return handle

        save = partial(self._save, intent.entry)
        shaped = shape(answer, select=intent.controls.select, max_bytes=intent.controls.max_bytes, keep=keep, save=save)
        for handle in handles:
            await self._store.publish(handle)
        return shaped

    def _page_rule(self, intent: _Intent) -> PageRule | None:
        known = self._rule(intent.entry.key) if intent.entry.product != UNLISTED else None
        return known or answer_rule(intent.operation)

    async def _once(self, intent: _Intent, prepared: _Prepared) -> Answer:
        response, warning = await self._send(intent, prepared)
        answer = mark_partial(self._read(intent, response, warning))
        if answer.is_error:
            return answer
        answer = await self._follow(intent, prepared.customer, response, answer)
        return note_single(answer) if intent.controls.paginate else answer

    async def _collect(self, intent: _Intent, rule: PageRule, first: _Prepared) -> Answer:
        async def report(pages: int, items: int, total: int | None) -> None:
            await intent.report(pages, intent.controls.max_pages, f"{items} of {total or 'unknown'} items")

        fetch = partial(self._page, intent, first)
        paged = await collect_pages(rule, intent.placed, fetch, max_pages=intent.controls.max_pages, on_page=report)
        return paged.answer

    async def _page(self, intent: _Intent, first: _Prepared, placed: Placed) -> PageResult:
        asked = replace(intent, placed=placed)
        prepared = first
        if placed != intent.placed:
            prepared = self._prepare(asked, first.customer)
            self._gate.go_on(prepared.customer, prepared.deed)
        response, warning = await self._send(asked, prepared)
        return to_page(self._read(asked, response, warning), response, prepared.customer.credentials.host)

    def _keep(self, entry: Entry, deed: Deed, value: Any) -> str | None:
        """Keep a large answer, but never one that holds a credential."""
        if entry.secret:
            return None
        return self._store.keep(
            deed.customer, operation=deed.operation, method=deed.method, path=deed.path, value=value, caller=deed.caller
        )

    def _save(self, entry: Entry, disposition: str | None, content: bytes) -> Path | None:
        name = suggested_name(disposition, f"{entry.product}-{entry.operation_id}.bin")
        try:
            return self._policies.downloads.save(name, content)
        except AccessError:  # the answer is there all the same, and is kept instead
            get_logger().warning("download folder cannot be written")
            return None

    def _prepare(self, intent: _Intent, customer: Customer) -> _Prepared:
        """The request and what it would do. Raises AccessError where it can never be sent, ArgumentError, CredentialsError."""
        entry = intent.entry
        if entry.refusal:
            raise AccessError(f"{entry.key} cannot be sent: {entry.refusal}.", advice="Use Akamai's own tools for this one.")
        if self._policies.strict_validation and (mismatches := find_mismatches(intent.operation, intent.placed)):
            raise ValidationRefused(mismatches)
        request = build_request(intent.operation, intent.placed, self._policies.files.find)
        deed = self._deed(entry, intent.placed, request.target, customer)
        return _Prepared(customer=customer, request=request, deed=deed)

    def _deed(self, entry: Entry, placed: Placed, target: str, customer: Customer) -> Deed:
        products = (self._catalogue.products_at(target) if entry.product == UNLISTED else ()) or (entry.product,)
        return to_deed(entry, placed, products=products, target=target, customer=customer.name, caller=self._gate.who().name)

    async def _send(self, intent: _Intent, prepared: _Prepared) -> tuple[Response, str]:
        call = Call(
            operation=intent.entry.key,
            customer=prepared.customer.name,
            credentials=prepared.customer.credentials,
            request=prepared.request,
            keep=keep_class(intent.entry),
            cache=intent.controls.cache,
            touches=touched_paths(intent.entry, intent.placed.flat()),
        )
        response, warning = await self._gate.carry(
            prepared.deed, lambda: self._handler(call), lambda response: find_request_id(response, None)
        )
        note_request_id(response)
        return response, warning

    def _read(self, intent: _Intent, response: Response, warning: str) -> Answer:
        refused = 400 <= response.status < 500  # noqa: PLR2004 - the class of answers that arguments cause
        answer = to_answer(intent.operation, response, find_mismatches(intent.operation, intent.placed) if refused else ())
        return replace(answer, content=answer.content | {"auditWarning": warning}) if warning else answer

    async def _follow(self, intent: _Intent, customer: Customer, response: Response, answer: Answer) -> Answer:
        """Name the call that shows the outcome of work that goes on, and wait for it where that is wanted."""
        entry = self._catalogue.find(intent.entry.outcome) if intent.entry.outcome else None
        if entry is None:
            return answer
        outcome = self._catalogue.operation(entry)
        step = follow_up(entry.name, outcome, intent.placed.flat(), response, answer.content.get("body"))
        content = {**answer.content, "outcomeShownBy": step.as_json()}
        if not intent.controls.wait or step.missing:
            return replace(answer, content=content)
        try:
            asked = self._outcome_call(customer, entry, step, intent.controls.max_bytes)
        except AkamaiMcpError as error:  # the call itself was made all the same
            return Answer(content=content | {"outcome": to_error_answer(error).content}, is_error=True)
        waited = await wait_for_outcome(
            partial(self._ask, *asked),
            first_pause=asked_pause(answer.content),
            limit=intent.controls.wait_seconds,
            report=intent.report,
        )
        # The outcome has a budget of its own; what was selected was meant of the call itself.
        shown = await self._shape(asked[0], asked[1].deed, waited.answer) if waited.answer else None
        content["outcome"] = replace(waited, answer=shown).as_json()
        return Answer(content=content, is_error=waited.failed, attachment=shown.attachment if shown else None)

    def _outcome_call(self, customer: Customer, entry: Entry, step: FollowUp, max_bytes: int) -> tuple[_Intent, _Prepared]:
        operation = self._catalogue.operation(entry)
        controls = Controls(customer=customer.name, cache="off", max_bytes=max_bytes)
        placed = place(operation, step.arguments)
        intent = _Intent(entry=entry, operation=operation, placed=placed, controls=controls, report=no_report)
        return intent, self._prepare(intent, customer)

    async def _ask(self, intent: _Intent, prepared: _Prepared) -> Answer:
        try:
            await self._gate.admit(prepared.customer, prepared.deed, "")
            return self._read(intent, *await self._send(intent, prepared))
        except AkamaiMcpError as error:
            return to_error_answer(error)


def note_call(entry: Entry, customer: Customer) -> None:
    """Note in the call's record what is called for whom; of a path that no document describes only the method."""
    if record := current_record():
        operation = f"{UNLISTED} {entry.method}" if entry.product == UNLISTED else entry.key
        record.concerns(product=entry.product, operation=operation, customer=customer.name)


def note_request_id(response: Response) -> None:
    """Note in the call's record how Akamai names the last exchange."""
    if record := current_record():
        record.request_id = clean(find_request_id(response, None) or "", MAX_REQUEST_ID)


def show_only(prepared: _Prepared, max_bytes: int) -> Answer:
    """What a call would do, without doing it; a body over the budget is cut, and says so."""
    credentials = prepared.customer.credentials
    request = preview(prepared.request, host=credentials.host, switched=bool(credentials.account_switch_key))
    content = {"dryRun": True, "sent": False, "would": prepared.deed.line(), "request": request}
    fitted = fit(request.get("body"), max_bytes)
    if fitted.cuts:
        request["body"] = fitted.value
        content["_cut"] = {"bytes": fitted.size, "cuts": name_cuts(fitted.cuts)}
    return Answer(content=content)


def check_size(arguments: Mapping[str, Any]) -> None:
    """Refuse arguments of more than 4 MiB, and those that cannot be written as JSON. Raises ArgumentError."""
    try:
        size = len(orjson.dumps(arguments))
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"The arguments are not plain JSON ({error}).",
            advice="Use valid Unicode and integers of at most 64 bits, and nest less deeply.",
        ) from error
    if size > MAX_ARGUMENT_BYTES:
        raise ArgumentError(
            f"The arguments are {size} bytes, over {MAX_ARGUMENT_BYTES}.",
            advice='Send less at once; text or a binary body can be {"file": "name below AKAMAI_MCP_FILES_DIR"}.',
        )
