"""A question as the inventory reads it: its text in one spelling, its form, and the kinds that it is probably about."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from akamai_mcp.inventory.matching.texts import Network, bare, is_host, normal, to_network

ALL: Final = "*"  # the text that asks for everything of a kind

Form = Literal["host", "address", "email", "number", "id", "words"]

# Of things that fit equally well, those of the first kind come first.
ORDER: Final[dict[Form, tuple[str, ...]]] = {
    "host": ("hostname", "property", "edge-hostname", "certificate", "zone", "gtm-property", "gtm-domain", "cp-code"),
    "address": ("network-list", "client-list", "gtm-property"),
    "email": ("user", "alert", "api-client"),
    "number": ("property", "cp-code", "edgeworker", "certificate", "security-config", "edge-hostname", "group", "include"),
    "id": ("property", "contract", "group", "security-policy", "network-list", "client-list"),
    "words": ("property", "security-config", "network-list", "client-list", "edgeworker", "group", "zone", "gtm-domain"),
}
_PREFIXES: Final = {"prp_": "property", "ctr_": "contract", "grp_": "group", "inc_": "include", "ehn_": "edge-hostname"}
_PREFIX_KINDS: Final = {**_PREFIXES, "cpc_": "cp-code", "atv_": "activation"}
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question: its text in one spelling, its bare id, its form, the network it names, and the one kind it is bound to."""

    text: str
    id: str
    form: Form
    network: Network | None = None
    kind: str = ""

    @property
    def order(self) -> tuple[str, ...]:
        """The kinds that it is probably about, the likeliest first."""
        return (self.kind,) if self.kind else ORDER[self.form]


def read_question(query: str, kind: str = "") -> Question:
    """Read a query."""
    stripped = query.strip()
    prefixed = _PREFIX_KINDS.get(stripped[:4].lower()) if bare(stripped) != stripped else None
    text = normal(stripped)
    network = to_network(text)
    return Question(
        text=text,
        id=normal(bare(stripped)),
        form="id" if prefixed else _form(text, network),
        network=network,
        kind=kind or prefixed or "",
    )


def _form(text: str, network: Network | None) -> Form:
    if text.isdecimal():
        return "number"
    if network is not None:
        return "address"
    if _EMAIL.fullmatch(text):
        return "email"
    return "host" if is_host(text) else "words"


def to_kind(word: str, kinds: Collection[str]) -> str | None:
    """The kind that a word means: `properties`, `CP codes` and `cpcode` too; None for none of them."""
    wanted = _folded(word)
    return next((kind for kind in kinds if wanted in {_folded(kind), _folded(plural(kind))}), None)


def kinds_of(argument: str, kinds: Collection[str]) -> set[str]:
    """The kinds that an argument's name means: the one of that name, else those whose last word it begins with.

    `property` is a property and no gtm-property; `list` is a list of either kind, `configuration` a security-config.
    """
    if kind := to_kind(argument, kinds):
        return {kind}
    return {kind for kind in kinds if _folded(argument).startswith(kind.rpartition("-")[2])}


def plural(kind: str) -> str:
    """The plural of a kind."""
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}{'es' if kind.endswith('s') else 's'}"


def _folded(word: str) -> str:
    return re.sub(r"[\s_-]", "", word.casefold())
