"""The customers as a caller may know them: those of others are neither named nor told from ones that do not exist."""

from __future__ import annotations

from collections.abc import Callable

from akamai_mcp.access.callers import Caller
from akamai_mcp.edgegrid.customers import MAX_NAMED, Customer, Customers
from akamai_mcp.errors import CredentialsError


class CallerCustomers:
    """`Customers`, seen by whoever calls at this moment."""

    def __init__(self, customers: Customers, who: Callable[[], Caller]) -> None:
        self._customers = customers
        self._who = who

    @property
    def names(self) -> tuple[str, ...]:
        """Every configured customer that the caller may act for."""
        caller = self._who()
        return tuple(name for name in self._customers.names if caller.may_act_for(name))

    @property
    def default(self) -> str:
        """The customer of calls that name none; empty where the caller may not act for it."""
        default = self._customers.default
        return default if self._who().may_act_for(default) else ""

    @property
    def must_choose(self) -> bool:
        """Whether a call may have to say whom it acts for: there are several, or the one is not the default."""
        names = self.names
        return bool(names) and names != (self.default,)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the files, which may name customers, for those who may know of them all."""
        return () if self._who().is_bounded else self._customers.problems

    def get(self, name: str | None) -> Customer:
        """A customer, or the default one. Raises CredentialsError, naming those that the caller may act for."""
        if not self._who().is_bounded:
            return self._customers.get(name)
        names = self.names
        if name or self.default:
            if (name or self.default) in names:
                return self._customers.get(name)
            message = f"There is no customer {(name or self.default)[:80]!r}."
        else:
            message = "The call names no customer, and the default one is not yours."
        known = ", ".join(names[:MAX_NAMED]) or "none"
        raise CredentialsError(message, advice=f"Customers that you may act for: {known}.")

    def usable(self) -> tuple[Customer, ...]:
        """Every customer of the caller's whose credentials can be read."""
        return self._customers.usable(self.names)
