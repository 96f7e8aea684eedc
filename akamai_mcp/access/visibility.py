"""Which operations are listed: those that the caller may call for some customer with some arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from akamai_mcp.access.action import Action, to_action
from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.callers import ALL_EFFECTS, Caller, Grant, current_caller
from akamai_mcp.access.gate import rules_of
from akamai_mcp.access.policy import Rules
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search.meanings import Meanings
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.errors import PolicyRefused, UnknownOperationError
from akamai_mcp.request.arguments import Placed

if TYPE_CHECKING:
    from akamai_mcp.catalogue.search.search import Hits, Search


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The listed operations by key (None means all of them), and the effects that their calls may have."""

    keys: frozenset[str] | None
    effects: frozenset[EffectName]

    def shows(self, entry: Entry) -> bool:
        """True if an operation is listed."""
        return self.keys is None or entry.key in self.keys


EVERYTHING = View(keys=None, effects=ALL_EFFECTS)
OPEN = Rules(source="")
ALL = Filter()
KEPT_VIEWS = 32
MAX_SHOWN = 120  # characters of an unknown name

Choice = tuple[Rules, Grant]


class Visibility:
    """Computes the view that the rules of server, customers and caller allow, once for each set of rules."""

    def __init__(
        self, catalogue: Catalogue, rules: Rules, customers: CallerCustomers, get_caller: Callable[[], Caller] = current_caller
    ) -> None:
        self._catalogue = catalogue
        self._rules = rules
        self._customers = customers
        self._get_caller = get_caller
        # One for all who search: each takes 5 MB and 70 ms at its first question.
        self._search = catalogue.per_edition(partial(_make_search, catalogue))
        self._meanings = Meanings(catalogue, self._search)
        self._views = catalogue.per_edition(lambda: lru_cache(maxsize=KEPT_VIEWS)(self._look))

    def view(self) -> View:
        """Return the current view of the current caller; a changed customers file is read again."""
        caller = self._get_caller()
        found = ((_nameless(rules_of(customer)), caller.grants_for(customer.name)) for customer in self._customers.usable())
        choices = frozenset((rules, _unnamed(grant)) for rules, grants in found for grant in grants)
        return self._views()(choices or frozenset((OPEN, _unnamed(grant)) for grant in caller.grants))

    def catalogue(self) -> Catalogue:
        """The catalogue as the current caller may know it: whatever an answer names or counts comes from it."""
        return self._catalogue.narrowed(self.view().keys)

    def get(self, name: str) -> Entry:
        """Return an operation that the caller may call. Raises UnknownOperationError, PolicyRefused."""
        entry = self.named(name)
        if not self.view().shows(entry):
            raise PolicyRefused(f"The rules of this server, its customers or your roles do not allow {entry.key}.")
        return entry

    def named(self, name: str) -> Entry:
        """Return an operation to call; a rule may refuse the call. Raises UnknownOperationError, which suggests allowed ones."""
        entry = self._catalogue.find(name.strip())
        if entry is None:
            raise self.unknown(name)
        return entry

    def unknown(self, name: str) -> UnknownOperationError:
        """Return the error of a name that is no operation's: what it means among those that the caller may call."""
        meant = self._meanings.operations(name, self.view().keys)
        first = self._catalogue.find(meant[0]) if meant else None
        effect = first.effect.mildest if first else ""
        return UnknownOperationError(name[:MAX_SHOWN], nearest=meant, effect=effect)

    def search(self, question: str, chosen: Filter = ALL, *, limit: int, offset: int = 0) -> Hits:
        """Return the operations that answer a question, match a filter and may be called by the caller, best first."""
        return self._search().find(question, replace(chosen, keys=self.view().keys), limit=limit, offset=offset)

    def rights(self, customer: Customer) -> str:
        """What the current caller may do for a customer, as a text that is the same for the same rights."""
        grants = sorted(repr(_spelled(grant)) for grant in self._get_caller().grants_for(customer.name))
        return repr((_nameless(self._rules), _nameless(rules_of(customer)), grants))

    def _look(self, choices: frozenset[Choice]) -> View:
        if _nameless(self._rules) == OPEN and (OPEN, Grant(role="", rules=OPEN)) in choices:
            return EVERYTHING
        listed = {entry.key: self._effects(entry, choices) for entry in self._catalogue.entries() if self._listed(entry, choices)}
        effects: frozenset[EffectName] = frozenset().union(*listed.values())
        return View(keys=frozenset(listed), effects=effects)

    def _listed(self, entry: Entry, choices: frozenset[Choice]) -> bool:
        return self._may_list(listed_action(entry, entry.effect.mildest), choices)

    def _effects(self, entry: Entry, choices: frozenset[Choice]) -> frozenset[EffectName]:
        allowed = self._may_list(listed_action(entry, entry.effect.worst), choices)
        return frozenset({entry.effect.mildest, entry.effect.worst} if allowed else {entry.effect.mildest})

    def _may_list(self, action: Action, choices: frozenset[Choice]) -> bool:
        return self._rules.may_list(action) and any(rules.may_list(action) and grant.may_list(action) for rules, grant in choices)


def _make_search(catalogue: Catalogue) -> Search:
    from akamai_mcp.catalogue.search.search import Search  # 16 ms, and none before somebody searches

    return Search(catalogue)


def listed_action(entry: Entry, effect: EffectName) -> Action:
    """The action of an operation before its arguments are known, with one of its possible effects."""
    return to_action(entry, Placed(), effect, products=(entry.product,), target=entry.path, customer="")


def _nameless(rules: Rules) -> Rules:
    """The rules without their source, so that equal rules share one view."""
    return replace(rules, source="")


def _unnamed(grant: Grant) -> Grant:
    """The grant without its role and customers, which do not affect the view any more."""
    return Grant(role="", effects=grant.effects, secrets=grant.secrets, rules=_nameless(grant.rules))


def _spelled(grant: Grant) -> tuple[object, ...]:
    """What a grant allows, in an order of its own: that of a set differs from process to process."""
    return sorted(grant.effects), grant.secrets, _nameless(grant.rules)
