"""From an operation and its arguments to a prepared request: its customer, its HTTP request and its action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any, Final

from akamai_mcp.access.action import Action, to_action
from akamai_mcp.access.callers import Caller
from akamai_mcp.access.consent.question import draw_question
from akamai_mcp.calls.controls import Controls
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.conditions import find_misfits
from akamai_mcp.catalogue.effects import Decisive, EffectName, worst_of
from akamai_mcp.catalogue.entry import Entry, judged_with
from akamai_mcp.catalogue.undocumented import UNDOCUMENTED
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.errors import AccessError, ValidationRefused
from akamai_mcp.openapi.model import Operation
from akamai_mcp.request.arguments import ABSENT, Placed
from akamai_mcp.request.builder import Request, build_request
from akamai_mcp.request.files import FilePolicy
from akamai_mcp.request.inspection.preview import preview
from akamai_mcp.request.inspection.sent import read_sent
from akamai_mcp.request.inspection.values import own_names
from akamai_mcp.request.overrides import refuse_overrides_in
from akamai_mcp.request.validation.check import find_mismatches
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.budget import fit, name_cuts
from akamai_mcp.result.outcomes.waiting import Report

CACHED_MISFITS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class RawArguments:
    """Arguments by location, as `akamai_raw_request` takes them."""

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any] = field(repr=False)
    body: Any = field(default=ABSENT, repr=False)


Check = Callable[[Action], None]


def accept_any(_: Action) -> None:
    """Accept every action: the check of a tool that takes all effects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One call to make: the operation, its arguments by location, and the controls.

    `check` raises AccessError if the action is not one that the caller meant. `defaults` has the arguments that the operator's
    defaults filled in, `customer` whom the call is for, if that was looked up already. Without `keep_items` a page that fails
    is the answer, and the pages before it are dropped.
    """

    entry: Entry
    operation: Operation
    placed: Placed
    controls: Controls
    report: Report
    check: Check = accept_any
    defaults: Mapping[str, Any] = field(default_factory=dict)
    keep_items: bool = True
    customer: Customer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A call that is ready to be authorized and sent: customer, request and action.

    `entry` is the operation, judged with each other one that a server may read the request's path as.
    """

    entry: Entry
    customer: Customer
    request: Request
    action: Action


class Preparation:
    """Turns intents into prepared requests, with the catalogue and the operator's settings."""

    def __init__(
        self, catalogue: Catalogue, files: FilePolicy, get_caller: Callable[[], Caller], *, strict_validation: bool
    ) -> None:
        self._catalogue = catalogue
        self._files = files
        self._get_caller = get_caller
        self._strict_validation = strict_validation
        self._misfits = catalogue.per_edition(lambda: lru_cache(maxsize=CACHED_MISFITS)(self._find_misfits))

    def prepare(self, intent: Intent, customer: Customer) -> Prepared:
        """Build the request and its action. Raises ArgumentError, or AccessError if the operation can never be sent."""
        entry = intent.entry
        if entry.refusal:
            raise AccessError(f"{entry.key} cannot be sent: {entry.refusal}.", advice="Use Akamai's own tools for this one.")
        if self._strict_validation and (mismatches := find_mismatches(intent.operation, intent.placed, strict=True)):
            raise ValidationRefused(mismatches)
        request = build_request(intent.operation, intent.placed, self._files.find)
        refuse_overrides_in(own_names(request))
        effect, decisive = self._effect(intent, request)
        action = replace(
            self.action(entry, intent.placed, effect, request.target, customer),
            request=request,
            decisive=decisive,
            switched=bool(customer.credentials.account_switch_key),
        )
        intent.check(action)
        judged = judged_with(entry, self._others(entry, request.path))
        return Prepared(entry=judged, customer=customer, request=request, action=action)

    def action(self, entry: Entry, placed: Placed, effect: EffectName, target: str, customer: Customer) -> Action:
        """Build the action of a call, which is as strict as that of each operation that a server may read its path as."""
        path = target.partition("?")[0]
        others = self._others(entry, path)
        # An undocumented path counts as every product that it may belong to, so that no deny rule misses it.
        products = (self._catalogue.products_at(path) if entry.product == UNDOCUMENTED else ()) or (entry.product,)
        build = partial(to_action, placed=placed, target=target, customer=customer.name, caller=self._get_caller().name)
        strictest = worst_of([effect, *(other.effect.worst for other in others)])
        return replace(
            build(judged_with(entry, others), effect=strictest, products=products),
            others=tuple(build(other, effect=other.effect.worst, products=(other.product,)) for other in others),
        )

    def _others(self, entry: Entry, path: str) -> tuple[Entry, ...]:
        """The operations beside this one that a server may read a path as."""
        return tuple(other for other in self._catalogue.readable_as(entry.method, path) if other.key != entry.key)

    def _effect(self, intent: Intent, request: Request) -> tuple[EffectName, tuple[Decisive, ...]]:
        """What the request would do and the values that decide it; the worst if the conditions do not fit the document."""
        effect = intent.entry.effect
        if not effect.conditions:
            return effect.worst, ()
        sent = read_sent(request, intent.placed.path)
        decisive = effect.decisive(sent)
        return (effect.worst if self._misfits()(intent.entry.key) else effect.of(sent)), decisive

    def _find_misfits(self, key: str) -> tuple[str, ...]:
        entry = self._catalogue.get(key)
        return tuple(find_misfits(entry.effect, self._catalogue.operation(entry)))


def notes_of(intent: Intent) -> dict[str, Any]:
    """What an answer says of the arguments: the values that were changed or filled in before the call was sent."""
    notes = {"adjusted": dict(intent.placed.adjusted), "operatorDefaults": dict(intent.defaults)}
    return {name: note for name, note in notes.items() if note}


async def show_only(prepared: Prepared, max_bytes: int) -> Answer:
    """Answer a dry run: describe the call and its request, with the body cut to `max_bytes`."""
    credentials = prepared.customer.credentials
    request = preview(prepared.request, host=credentials.host, switched=bool(credentials.account_switch_key))
    question = await draw_question(prepared.action)
    content = {"dryRun": True, "sent": False, "would": question.text, "request": request}
    fitted = fit(request.get("body"), max_bytes)
    if fitted.cuts:
        request["body"] = fitted.value
        content["_cut"] = {"bytes": fitted.size, "cuts": name_cuts(fitted.cuts)}
    return Answer(content=content)
