"""Which operations are listed: those that the rules let some customer call with some arguments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from akamai_mcp.access.deed import Deed
from akamai_mcp.access.gate import rules_of
from akamai_mcp.access.policy import Rules
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.edgegrid.customers import Customers


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is listed: keys of operations (None is all of them), and the effects that calls may have."""

    keys: frozenset[str] | None
    effects: frozenset[EffectName]

    def shows(self, entry: Entry) -> bool:
        """True where an operation is listed."""
        return self.keys is None or entry.key in self.keys


EVERYTHING = View(keys=None, effects=frozenset({"read", "write", "destroy"}))


class Visibility:
    """The view that the rules of the server and of its customers leave, computed once for each set of them."""

    def __init__(self, catalogue: Catalogue, rules: Rules, customers: Customers) -> None:
        self._catalogue = catalogue
        self._rules = rules
        self._customers = customers
        self._view = lru_cache(maxsize=8)(self._look)

    def view(self) -> View:
        """What is listed now; customers are read anew where their file changed."""
        rules = frozenset(rules_of(customer) for customer in self._customers.usable())
        return self._view(frozenset(Rules(source="", read_only=r.read_only, allow=r.allow, deny=r.deny) for r in rules))

    def _look(self, customers: frozenset[Rules]) -> View:
        open_to_all = Rules(source="")
        if self._rules == Rules(source=self._rules.source) and (not customers or open_to_all in customers):
            return EVERYTHING
        choices = customers or {open_to_all}
        listed = {entry.key: self._effects(entry, choices) for entry in self._catalogue.entries() if self._listed(entry, choices)}
        effects: frozenset[EffectName] = frozenset().union(*listed.values())
        return View(keys=frozenset(listed), effects=effects)

    def _listed(self, entry: Entry, choices: frozenset[Rules] | set[Rules]) -> bool:
        deed = self._deed(entry, entry.effect.otherwise)
        return self._rules.may_list(deed) and any(rules.may_list(deed) for rules in choices)

    def _effects(self, entry: Entry, choices: frozenset[Rules] | set[Rules]) -> frozenset[EffectName]:
        worst = self._deed(entry, entry.effect.worst)
        allowed = self._rules.may_list(worst) and any(rules.may_list(worst) for rules in choices)
        return frozenset({entry.effect.otherwise, entry.effect.worst} if allowed else {entry.effect.otherwise})

    def _deed(self, entry: Entry, effect: EffectName) -> Deed:
        return Deed(
            operation=entry.key,
            name=entry.name,
            summary=entry.summary,
            products=(entry.product,),
            method=entry.method,
            target=entry.path,
            effect=effect,
            reveals=entry.reveals,
            customer="",
        )
