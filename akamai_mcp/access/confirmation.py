"""Ask before what removes or breaks something: such a call needs `confirm: true`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.errors import ConfirmationRequired

ConfirmMode = Literal["destructive", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationPolicy:
    """Which effects need a confirmation."""

    mode: ConfirmMode = "destructive"


def require_confirmation(
    policy: ConfirmationPolicy, entry: Entry, effect: EffectName, *, target: str, customer: str, confirmed: bool
) -> None:
    """Pass, or raise ConfirmationRequired saying what the call would do and where."""
    if policy.mode == "never" or effect != "destroy" or confirmed:
        return
    raise ConfirmationRequired(
        f"{entry.summary}: {entry.method} {target} for customer {customer!r} removes, disables or publishes something.",
        advice="If that is what the user wants, repeat the call with confirm: true.",
    )
