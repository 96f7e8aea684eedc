"""The gate that every call passes: the operator's rules, the user's agreement, and the audit trail around what is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager

from akamai_mcp.access.action import Action
from akamai_mcp.access.callers import Caller, current_caller
from akamai_mcp.access.confirmation import Confirmations
from akamai_mcp.access.policy import Rules, require_permission
from akamai_mcp.access.quotas import Quotas
from akamai_mcp.audit.line import Attempt
from akamai_mcp.audit.log import AuditLog
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.errors import AccessError, PolicyRefused
from akamai_mcp.pipeline.call import Response, identity_of


class Gate:
    """Judges actions by the rules of server, customer and caller, asks where it must, and writes attempts down."""

    def __init__(
        self,
        rules: Rules,
        confirmations: Confirmations,
        audit: AuditLog,
        *,
        who: Callable[[], Caller] = current_caller,
        quotas: Quotas | None = None,
    ) -> None:
        self.rules = rules
        self.who = who
        self.quotas = quotas or Quotas()
        self._confirmations = confirmations
        self._audit = audit

    def turn(self) -> AbstractContextManager[None]:
        """One call of the caller's from its beginning to its end. Raises QuotaExceeded."""
        return self.quotas.turn(self.who().name)

    def permit(self, customer: Customer, action: Action) -> None:
        """Pass, or raise PolicyRefused: for what sends nothing, or only goes on with what was admitted."""
        require_permission((self.rules, rules_of(customer), self.who()), action)

    async def admit(self, customer: Customer, action: Action, token: str) -> None:
        """Pass, or raise PolicyRefused or QuotaExceeded, or ConfirmationRequired with the token that lets this very call pass."""
        try:
            self.permit(customer, action)
            self.quotas.require(action.caller, changes=changes(action))  # first, so that no token is spent on a refusal
            await self._confirmations.admit(action, identity_of(customer.credentials), token)
        except AccessError as error:
            if is_audited(action):
                # What asks repeats the arguments, and so has no place in the trail.
                await self._audit.refused(to_attempt(action), error.message if isinstance(error, PolicyRefused) else error.title)
            raise
        self.quotas.note(action.caller, changes=changes(action))

    def go_on(self, customer: Customer, action: Action) -> None:
        """The same for a further request of a call that was admitted, which nobody is asked about again."""
        self.permit(customer, action)
        self.quotas.require(action.caller, changes=changes(action))
        self.quotas.note(action.caller, changes=changes(action))

    async def carry(
        self, action: Action, send: Callable[[], Awaitable[Response]], find_id: Callable[[Response], str | None]
    ) -> tuple[Response, str]:
        """Send what was admitted; the response, and a warning where it could not be written down. Raises AccessError."""
        if not is_audited(action):
            return await send(), ""
        return await self._audit.carry(to_attempt(action), send, find_id)


def changes(action: Action) -> bool:
    """True for what counts as a change."""
    return action.effect != "read"


def is_audited(action: Action) -> bool:
    """True for what changes something and for what shows a credential."""
    return changes(action) or action.reveals


def to_attempt(action: Action) -> Attempt:
    """The action as the audit trail writes it."""
    return Attempt(
        customer=action.customer,
        operation=action.operation,
        effect=action.effect,
        method=action.method,
        target=action.target,
        arguments=action.placed.located(),
        who=action.caller,
    )


def rules_of(customer: Customer) -> Rules:
    """The rules that the customers file has for a customer."""
    return Rules(source=f"customer {customer.name}", read_only=customer.read_only, allow=customer.allow, deny=customer.deny)
