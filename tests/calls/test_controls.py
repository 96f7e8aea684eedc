"""A control of a wrong type is refused with what to pass instead."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.calls.controls import CONTROLS, Control
from akamai_mcp.errors import ArgumentError

WRONG: dict[str, tuple[Any, ...]] = {"string": (7, True, [], {}), "boolean": ("yes", 1, []), "integer": ("seven", 1.5, True, [])}
# Models send these to agree in the user's place: the advice says where the token comes from.
ADVICE = {"confirm": "Omit it: the call is then refused with the token that confirms it."}


@pytest.mark.parametrize("control", CONTROLS.values(), ids=lambda control: control.name)
def test_a_control_of_another_type_is_refused_with_advice(control: Control) -> None:
    for value in WRONG.get(control.kind, ()):
        with pytest.raises(ArgumentError) as refused:
            control.read(value)
        assert refused.value.message == f"`{control.name}` is not of type {control.kind}."
        assert refused.value.advice == ADVICE.get(control.name, f"Pass {control.name} as {control.kind}.")


@pytest.mark.parametrize("control", CONTROLS.values(), ids=lambda control: control.name)
def test_a_control_takes_its_own_values_and_bounds_alone(control: Control) -> None:
    for value in control.values:
        assert control.read(value) == value
    if control.values:
        with pytest.raises(ArgumentError, match="unknown value") as refused:
            control.read("no such")
        assert all(value in refused.value.advice for value in control.values)
    if control.most:
        assert [control.read(value) for value in (control.least, control.most)] == [control.least, control.most]
        for value in (control.least - 1, control.most + 1):
            with pytest.raises(ArgumentError, match="out of range") as refused:
                control.read(value)
            assert refused.value.advice == f"Use {control.least} to {control.most}."


def test_a_control_is_shown_with_its_type_its_values_and_what_it_is_for() -> None:
    assert CONTROLS["cache"].schema() == {"type": "string", "enum": [*CONTROLS["cache"].values]}
    assert CONTROLS["wait"].schema() == {"type": "boolean", "description": "Wait until asynchronous work ends"}
