"""The customers that a caller may act for, and on request whether their credentials work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.errors import CredentialsError
from akamai_mcp.openapi.schema import Json
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.budget import DEFAULT_BYTES, fit, name_cuts
from akamai_mcp.result.outcomes.waiting import Report, no_report

Check = Callable[[tuple[str, ...], Report], Awaitable[list[Json]]]


class CustomerList:
    """Lists and checks customers, for akamai_list_customers and `akamai-mcp customers`.

    Without a `check` it only lists them, which needs nothing that sends a request.
    """

    def __init__(self, customers: CallerCustomers, check: Check | None = None) -> None:
        self._customers = customers
        self._check = check

    async def show(self, arguments: Mapping[str, Any], report: Report = no_report) -> Answer:
        """List every customer, or one; `check` sends one signed read for each. Raises CredentialsError."""
        names = self._chosen(arguments.get("customer"))
        rows = [self._row(name) for name in names]
        if self._check and arguments.get("check"):
            checks = await self._check(names, report)
            rows = [row | {"check": check} for row, check in zip(rows, checks, strict=True)]
        content: Json = {"customers": rows} | ({"default": default} if (default := self._customers.default) else {})
        if problems := self._customers.problems:
            content["problems"] = list(problems)
        return _fitted(content)

    def _chosen(self, name: str | None) -> tuple[str, ...]:
        names = self._customers.names
        if not name:
            return names
        if name not in names:
            self._customers.get(name)  # raises the error that lists the known customers
        return (name,)

    def _row(self, name: str) -> Json:
        row: Json = {"name": name} | ({"default": True} if name == self._customers.default else {})
        try:
            return row | describe_customer(self._customers.get(name))
        except CredentialsError as error:
            return row | {"problem": f"{error.message} {error.advice}".strip()}


def describe_customer(customer: Customer) -> Json:
    """Describe a customer without secrets: no token, and only whether an account switch key is set."""
    facts: Json = {
        "host": customer.credentials.host,
        "section": customer.section if customer.section != customer.name else "",
        "note": customer.note,
        "readOnly": customer.read_only,
        "allow": list(customer.allow),
        "deny": list(customer.deny),
        "defaults": dict(customer.defaults),
        "ignored": list(customer.credentials.ignored),
        "switchesAccount": bool(customer.credentials.account_switch_key),
    }
    return {name: value for name, value in facts.items() if value}


def _fitted(content: Json) -> Answer:
    fitted = fit(content, DEFAULT_BYTES)
    cut = {"_cut": {"cuts": name_cuts(fitted.cuts), "advice": "Set customer to see one."}} if fitted.cuts else {}
    return Answer(content={**fitted.value, **cut})
