"""Which calls need a confirmation."""

from __future__ import annotations

import pytest

from akamai_mcp.access.confirmation import ConfirmationPolicy, require_confirmation
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.effects import EffectName
from akamai_mcp.errors import AccessError, ConfirmationRequired


def ask(catalogue: Catalogue, effect: EffectName, *, mode: str = "destructive", confirmed: bool = False) -> None:
    entry = catalogue.get("papi/v1#delete-property")
    policy = ConfirmationPolicy(mode=mode)  # type: ignore[arg-type]
    require_confirmation(policy, entry, effect, target="/papi/v1/properties/prp_1", customer="acme", confirmed=confirmed)


@pytest.mark.parametrize("effect", ["read", "write"])
def test_reads_and_writes_need_none(catalogue: Catalogue, effect: EffectName) -> None:
    ask(catalogue, effect)


def test_what_destroys_needs_one_that_says_what_and_whose(catalogue: Catalogue) -> None:
    with pytest.raises(ConfirmationRequired) as needed:
        ask(catalogue, "destroy")
    assert "DELETE /papi/v1/properties/prp_1 for customer 'acme'" in needed.value.message
    assert "confirm: true" in needed.value.advice
    assert isinstance(needed.value, AccessError)


def test_a_confirmed_call_passes(catalogue: Catalogue) -> None:
    ask(catalogue, "destroy", confirmed=True)


def test_the_mode_never_asks_for_none(catalogue: Catalogue) -> None:
    ask(catalogue, "destroy", mode="never")
