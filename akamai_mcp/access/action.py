"""An action: what a call does, where, and for which customer. Policy, confirmation and audit decide on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from akamai_mcp.catalogue.effects import Decisive, EffectName
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.builder import Request

LOCAL_NAME: Final = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One call, as the access rules see it.

    `operation` is the operation's key, `products` every product that it may belong to, `target` the path and query as sent
    (RFC 9112, origin-form). `reveals` is true for an operation whose purpose is to return a credential.
    `request` is what would be sent, `decisive` the values in it that decided the effect; `replaces` is true
    if what the call leaves out is lost, None if only the method says so; `switched` is true if the customer's
    account switch key goes with it. An action that only asks whether something is allowed has no request.
    `question` is the text that the user agreed to, if the call asked; `run` the name of the run that makes it, if one does.
    `others` has the same call as each other operation that a server may read its path as; every rule has to allow all of them.
    """

    operation: str
    name: str
    summary: str
    products: tuple[str, ...]
    method: str
    target: str
    effect: EffectName
    reveals: bool
    customer: str
    caller: str = LOCAL_NAME
    placed: Placed = field(default_factory=Placed, repr=False)
    request: Request | None = field(default=None, repr=False)
    decisive: tuple[Decisive, ...] = field(default=(), repr=False)
    switched: bool = False
    replaces: bool | None = None
    question: str = field(default="", repr=False)
    run: str = ""
    others: tuple[Action, ...] = field(default=(), repr=False)

    @property
    def path(self) -> str:
        """The target without its query string."""
        return self.target.partition("?")[0]


def to_action(
    entry: Entry,
    placed: Placed,
    effect: EffectName,
    *,
    products: tuple[str, ...],
    target: str,
    customer: str,
    caller: str = LOCAL_NAME,
) -> Action:
    """Build the action of an operation called with these arguments, which have that effect."""
    return Action(
        operation=entry.key,
        name=entry.name,
        summary=entry.summary,
        products=products,
        method=entry.method,
        target=target,
        effect=effect,
        reveals=entry.reveals,
        replaces=entry.replaces,
        customer=customer,
        caller=caller,
        placed=placed,
    )
