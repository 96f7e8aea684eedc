"""The gate that every call passes: the operator's rules, then the user's agreement."""

from __future__ import annotations

from akamai_mcp.access.confirmation import Confirmations
from akamai_mcp.access.deed import Deed
from akamai_mcp.access.policy import Rules, require_permission
from akamai_mcp.edgegrid.customers import Customer
from akamai_mcp.pipeline.call import identity_of


class Gate:
    """Judges deeds by the rules of the server and of the customer, and asks where it must."""

    def __init__(self, rules: Rules, confirmations: Confirmations) -> None:
        self.rules = rules
        self._confirmations = confirmations

    def permit(self, customer: Customer, deed: Deed) -> None:
        """Pass, or raise PolicyRefused."""
        require_permission((self.rules, rules_of(customer)), deed)

    def confirm(self, customer: Customer, deed: Deed, token: str) -> None:
        """Pass, or raise ConfirmationRequired with the token that lets this very call pass once."""
        self._confirmations.require(deed, identity_of(customer.credentials), token)


def rules_of(customer: Customer) -> Rules:
    """The rules that the customers file has for a customer."""
    return Rules(source=f"customer {customer.name}", read_only=customer.read_only, allow=customer.allow, deny=customer.deny)
