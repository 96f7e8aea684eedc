"""The gate that every call passes: the operator's rules, quotas, the user's confirmation, and the audit trail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace

from akamai_mcp.access.action import Action
from akamai_mcp.access.callers import Caller, current_caller
from akamai_mcp.access.consent.confirmation import Confirmations, Weighed
from akamai_mcp.access.consent.question import Question
from akamai_mcp.access.policy import Rules, require_permission
from akamai_mcp.access.quotas import Quotas
from akamai_mcp.audit.line import Attempt, AttemptResult
from akamai_mcp.audit.log import AuditLog
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.errors import AccessError, PolicyRefused
from akamai_mcp.pipeline.call import Response, identity_of


class Gate:
    """Checks actions against the rules of server, customer and caller, and records attempts in the audit trail."""

    def __init__(
        self,
        rules: Rules,
        confirmations: Confirmations,
        audit: AuditLog,
        *,
        get_caller: Callable[[], Caller] = current_caller,
        quotas: Quotas | None = None,
    ) -> None:
        self.rules = rules
        self.get_caller = get_caller
        self.quotas = quotas or Quotas()
        self._confirmations = confirmations
        self._audit = audit

    def slot(self) -> AbstractContextManager[None]:
        """Hold one of the caller's slots for concurrent calls. Raises QuotaExceeded."""
        return self.quotas.slot(self.get_caller().name)

    def permit(self, customer: Customer, action: Action) -> None:
        """Check the rules alone, for work that sends nothing or continues an authorized call. Raises PolicyRefused."""
        require_permission((self.rules, rules_of(customer), self.get_caller()), action)

    async def authorize(self, customer: Customer, action: Action, token: str) -> Action:
        """Check rules, quotas and confirmation, and return the action with the question that the user agreed to.

        `token` is the `confirm` among the call's arguments. Raises AccessError.
        """
        try:
            self.permit(customer, action)
            self.quotas.require(action.caller, changes=changes(action))  # first, so that a refusal uses up no token
            question = await self._confirmations.authorize(action, identity_of(customer.credentials), token)
        except AccessError as error:
            if is_audited(action):
                # The message of a required confirmation quotes the arguments, which must not reach the audit trail.
                await self._audit.refused(to_attempt(action), error.message if isinstance(error, PolicyRefused) else error.title)
            raise
        self.quotas.note(action.caller, changes=changes(action))
        return replace(action, question=question)

    async def weigh(self, customer: Customer, action: Action) -> Weighed:
        """Check the rules for a change that a program means to make, and say how it would be asked about. Raises AccessError."""
        try:
            self.permit(customer, action)
        except AccessError as error:
            await self._audit.refused(to_attempt(action), error.message)
            raise
        return await self._confirmations.weigh(action, identity_of(customer.credentials))

    async def agree(self, question: Question, plan: Attempt, token: str, *, asking: Iterable[str] = ()) -> str:
        """Ask for the plan of a program as a whole and return the question; both outcomes are audited.

        `asking` has the names of its changes that would ask by themselves. Raises AccessError.
        """
        try:
            text = await self._confirmations.agree(question, plan.caller, token, asking=asking)
        except AccessError as error:
            await self._audit.refused(plan, error.title)
            raise
        await self._audit.agreed(plan)
        return text

    async def note_end(self, run: Attempt, result: AttemptResult) -> None:
        """Record how a run of a program ended."""
        await self._audit.ended(run, result)

    def authorize_next(self, customer: Customer, action: Action) -> None:
        """Check a further request of an authorized call, without a second confirmation. Raises PolicyRefused, QuotaExceeded."""
        self.permit(customer, action)
        self.quotas.require(action.caller, changes=changes(action))
        self.quotas.note(action.caller, changes=changes(action))

    async def send(self, action: Action, send: Callable[[], Awaitable[Response]]) -> Response:
        """Send an authorized request; the response has a warning if its audit line failed. Raises AccessError."""
        if not is_audited(action):
            return await send()
        return await self._audit.record(to_attempt(action), send)


def changes(action: Action) -> bool:
    """True if the action counts as a change."""
    return action.effect != "read"


def is_audited(action: Action) -> bool:
    """True if the action changes something or returns a credential."""
    return changes(action) or action.reveals


def to_attempt(action: Action) -> Attempt:
    """Convert an action to what the audit trail records."""
    return Attempt(
        customer=action.customer,
        operation=action.operation,
        effect=action.effect,
        method=action.method,
        target=action.target,
        arguments=action.placed.located(),
        question=action.question,
        caller=action.caller,
        run=action.run,
    )


def rules_of(customer: Customer) -> Rules:
    """The rules for a customer from the customers file."""
    return Rules(source=f"customer {customer.name}", read_only=customer.read_only, allow=customer.allow, deny=customer.deny)
