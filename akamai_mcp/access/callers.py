"""Who is calling and what they may do: set at the server's border for each call, read by the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from akamai_mcp.access.action import LOCAL_NAME, Action
from akamai_mcp.access.policy import Rules
from akamai_mcp.catalogue.effects import EffectName

ALL_EFFECTS: Final[frozenset[EffectName]] = frozenset({"read", "write", "destroy"})
EVERYONE: Final = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one role allows: for which customers, which effects, by which rules; `secrets`: answers that show a credential."""

    role: str
    customers: tuple[str, ...] = EVERYONE
    effects: frozenset[EffectName] = ALL_EFFECTS
    secrets: bool = True
    rules: Rules = field(default_factory=lambda: Rules(source="role"))

    def refusal(self, action: Action) -> str | None:
        """Why the action is not allowed, or None."""
        if action.effect not in self.effects:
            return f"role {self.role}: it may not {action.effect}"
        if action.reveals and not self.secrets:
            return f"role {self.role}: it may not see credentials"
        return self.rules.refusal(action)

    def may_list(self, action: Action) -> bool:
        """True where some call of the operation is allowed; `action.target` is its template."""
        return action.effect in self.effects and (self.secrets or not action.reveals) and self.rules.may_list(action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever makes a call; each grant stands for itself, and `customers` narrows all of them."""

    name: str
    grants: tuple[Grant, ...] = ()
    customers: tuple[str, ...] = EVERYONE

    def grants_for(self, customer: str) -> tuple[Grant, ...]:
        """The grants that hold for a customer."""
        if not _names(self.customers, customer):
            return ()
        return tuple(grant for grant in self.grants if _names(grant.customers, customer))

    def may_act_for(self, customer: str) -> bool:
        """True where some grant is for the customer."""
        return bool(self.grants_for(customer))

    @property
    def is_bounded(self) -> bool:
        """Whether there may be customers that are none of this caller's business."""
        return self.customers != EVERYONE or not any(grant.customers == EVERYONE for grant in self.grants)

    def refusal(self, action: Action) -> str | None:
        """Why the action is not allowed, or None: one grant that allows it whole is enough."""
        grants = self.grants_for(action.customer)
        if not grants:
            return f"caller {self.name}: no role of theirs is for this customer"
        reasons = [grant.refusal(action) for grant in grants]
        return None if None in reasons else f"caller {self.name}, {reasons[0]}"


LOCAL: Final = Caller(name=LOCAL_NAME, grants=(Grant(role="local"),))
ANONYMOUS: Final = Caller(name="anonymous", grants=(Grant(role="anonymous"),))
NOBODY: Final = Caller(name="nobody")

_calling: ContextVar[Callable[[], Caller] | None] = ContextVar("calling", default=None)


@contextmanager
def calling(who: Callable[[], Caller]) -> Iterator[None]:
    """Make everything inside, and every task begun there, a caller's; `who` is asked anew each time, for roles change."""
    token = _calling.set(who)
    try:
        yield
    finally:
        _calling.reset(token)


def current_caller(default: Caller = LOCAL) -> Caller:
    """Whose call is under way; `default` where no border has said so."""
    who = _calling.get()
    return who() if who else default


def _names(globs: tuple[str, ...], customer: str) -> bool:
    return any(fnmatchcase(customer, glob) for glob in globs)
