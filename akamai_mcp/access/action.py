"""An action: what a call does, where, and for which customer. Policy, confirmation and audit decide on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Final

import orjson

from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.request.arguments import ABSENT, Placed
from akamai_mcp.request.redaction import is_secret_name, redact

LOCAL_NAME: Final = "local"
# A person has to take the line in at one glance, so a few arguments are shown, and long values are cut.
MAX_DETAILS: Final = 8
MAX_VALUE: Final = 80  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One call, as the access rules see it.

    `operation` is the operation's key, `products` every product that it may belong to, `target` the path and query as sent
    (RFC 9112, origin-form). `reveals` is true for an operation whose purpose is to return a credential.
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

    @property
    def path(self) -> str:
        """The target without its query string."""
        return self.target.partition("?")[0]

    def line(self) -> str:
        """Describe the action to a person in one line; values are JSON strings, so none can pass for the server's own words."""
        details = ", ".join(f"{name} {value}" for name, value in _details(self.placed))
        shown = " It returns credentials." if self.reveals else ""
        about = f" ({details})" if details else ""
        return f"{self.summary}{about} for customer {self.customer}: {self.method} {self.path}.{shown}"


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
        customer=customer,
        caller=caller,
        placed=placed,
    )


def _details(placed: Placed) -> list[tuple[str, str]]:
    """The arguments a person needs to decide: path values, then query values, then plain members of the body."""
    found = chain(placed.path.items(), placed.query.items(), _members(placed.body))
    return [(name, _shown(name, value)) for name, value in islice(((n, v) for n, v in found if v is not None), MAX_DETAILS)]


def _members(body: Any) -> Iterator[tuple[str, Any]]:
    """The plain members of an object body, or of the only object in an array."""
    if body is ABSENT:
        return
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if isinstance(body, Mapping):
        yield from ((str(name), value) for name, value in body.items() if _is_plain(value))


def _is_plain(value: Any) -> bool:
    members = value if isinstance(value, list) else [value]
    return len(members) <= MAX_DETAILS and all(isinstance(member, str | int | float) for member in members)


def _shown(name: str, value: Any) -> str:
    text = '"***"' if is_secret_name(name) else orjson.dumps(redact(value), default=str).decode()
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 3] + "..."
