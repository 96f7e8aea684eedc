"""Callers and their grants: the server's middleware sets the caller of each call, the gate reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from akamai_mcp.access.action import LOCAL_NAME, Action
from akamai_mcp.access.policy import Rules
from akamai_mcp.catalogue.effects import EffectName

ALL_EFFECTS: Final[frozenset[EffectName]] = frozenset({"read", "write", "destroy"})
ALL_CUSTOMERS: Final = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one role allows: customers (globs), effects and rules; `secrets` allows operations that return a credential."""

    role: str
    customers: tuple[str, ...] = ALL_CUSTOMERS
    effects: frozenset[EffectName] = ALL_EFFECTS
    secrets: bool = True
    rules: Rules = field(default_factory=lambda: Rules(source=""))

    def refusal(self, action: Action) -> str | None:
        """Return the reason why the action is not allowed, or None."""
        if action.effect not in self.effects:
            return f"role {self.role}: it may not {action.effect}"
        if action.reveals and not self.secrets:
            return f"role {self.role}: it may not see credentials"
        return self.rules.refusal(action)

    def may_list(self, action: Action) -> bool:
        """True if some call of the operation is allowed; `action.target` is its path template."""
        return action.effect in self.effects and (self.secrets or not action.reveals) and self.rules.may_list(action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller; each grant applies on its own, and `customers` narrows all of them."""

    name: str
    grants: tuple[Grant, ...] = ()
    customers: tuple[str, ...] = ALL_CUSTOMERS

    def grants_for(self, customer: str) -> tuple[Grant, ...]:
        """The grants that apply to a customer."""
        if not _names(self.customers, customer):
            return ()
        return tuple(grant for grant in self.grants if _names(grant.customers, customer))

    def may_act_for(self, customer: str) -> bool:
        """True if some grant applies to the customer."""
        return bool(self.grants_for(customer))

    @property
    def is_bounded(self) -> bool:
        """Whether there may be customers that this caller may not know of."""
        return self.customers != ALL_CUSTOMERS or not any(grant.customers == ALL_CUSTOMERS for grant in self.grants)

    def refusal(self, action: Action) -> str | None:
        """Return the reason why the action is not allowed, or None.

        One grant has to allow all of it: two roles that each allow a part do not add up.
        """
        grants = self.grants_for(action.customer)
        if not grants:
            return f"caller {self.name}: none of their roles is for this customer"
        reasons = [grant.refusal(action) for grant in grants]
        return None if None in reasons else f"caller {self.name}, {reasons[0]}"


_EVERYTHING: Final = Grant(role="")  # refuses nothing, so nobody is ever told its name
LOCAL: Final = Caller(name=LOCAL_NAME, grants=(_EVERYTHING,))
ANONYMOUS: Final = Caller(name="anonymous", grants=(_EVERYTHING,))
NOBODY: Final = Caller(name="nobody")

_calling: ContextVar[Callable[[], Caller] | None] = ContextVar("calling", default=None)


@contextmanager
def calling(get_caller: Callable[[], Caller]) -> Iterator[None]:
    """Set the caller for everything inside, and for every task started there."""
    # A function instead of a value: a long session must see a changed role at its next call.
    token = _calling.set(get_caller)
    try:
        yield
    finally:
        _calling.reset(token)


def calling_again() -> AbstractContextManager[None]:
    """Set the caller of now again, for work that goes on after the call: a changed role counts there too."""
    get_caller = _calling.get()
    return calling(get_caller) if get_caller else nullcontext()


def current_caller(default: Caller = LOCAL) -> Caller:
    """Return the caller of the current call; `default` outside a server that sets one."""
    get_caller = _calling.get()
    return get_caller() if get_caller else default


def _names(globs: tuple[str, ...], customer: str) -> bool:
    return any(fnmatchcase(customer, glob) for glob in globs)
