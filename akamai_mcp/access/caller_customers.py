"""The customers that a caller may act for; any other looks the same as one that does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from akamai_mcp.access.callers import Caller
from akamai_mcp.edgegrid.customers import MAX_NAMED, Customer, Customers
from akamai_mcp.errors import CredentialsError


class CallerCustomers:
    """`Customers`, limited to those of the current caller."""

    def __init__(self, customers: Customers, get_caller: Callable[[], Caller]) -> None:
        self._customers = customers
        self._get_caller = get_caller

    @property
    def names(self) -> tuple[str, ...]:
        """Every configured customer that the caller may act for."""
        caller = self._get_caller()
        return tuple(name for name in self._customers.names if caller.may_act_for(name))

    @property
    def default(self) -> str:
        """The customer of calls that name none; empty if the caller may not act for it."""
        default = self._customers.default
        return default if self._get_caller().may_act_for(default) else ""

    @property
    def defaults(self) -> Mapping[str, Mapping[str, Any]]:
        """What the operator declared for arguments that a call leaves out, by customer."""
        names = {*self.names}
        return {name: one.defaults for name, one in self._customers.definitions.items() if one.defaults and name in names}

    @property
    def must_choose(self) -> bool:
        """Whether a call may need a `customer`: there are several, or the only one is not the default."""
        names = self.names
        return bool(names) and names != (self.default,)

    @property
    def problems(self) -> tuple[str, ...]:
        """The problems of the credential files; empty for a caller who may not see every customer."""
        # The messages quote sections and names of customers.
        return () if self._get_caller().is_bounded else self._customers.problems

    def get(self, name: str | None) -> Customer:
        """Return a customer, or the default one. Raises CredentialsError, which names those that the caller may act for."""
        if not self._get_caller().is_bounded:
            return self._customers.get(name)
        names = self.names
        if name or self.default:
            if (name or self.default) in names:
                return self._customers.get(name)
            message = f"There is no customer {(name or self.default)[:80]!r}."
        else:
            message = "The call names no customer, and you may not act for the default one."
        known = ", ".join(names[:MAX_NAMED]) or "none"
        raise CredentialsError(message, advice=f"Set `customer` to one that you may act for: {known}.")

    def usable(self) -> tuple[Customer, ...]:
        """Every customer of the caller whose credentials can be read."""
        return self._customers.usable(self.names)
