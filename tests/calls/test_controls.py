"""A control of a wrong type is refused with what to pass instead."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.calls.controls import CONTROLS, Control, Controls, read_controls
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


# What an agent sees of each control: type, description and values; beside them the bounds.
SHOWN: dict[str, tuple[dict[str, Any], int, int]] = {
    "customer": ({"type": "string", "description": "Customer to act for; omit for the default one"}, 0, 0),
    "confirm": ({"type": "string", "description": "Token from the refusal, once the user agrees"}, 0, 0),
    "dryRun": ({"type": "boolean", "description": "Show the request, send nothing"}, 0, 0),
    "cache": ({"type": "string", "enum": ["use", "refresh", "only", "off"]}, 0, 0),
    "select": ({"type": "string", "description": "JMESPath, from inside body"}, 0, 0),
    "maxBytes": ({"type": "integer", "description": "Default 40000"}, 500, 2_000_000),
    "paginate": ({"type": "boolean", "description": "Follow further pages"}, 0, 0),
    "maxPages": ({"type": "integer", "description": "Default 10"}, 1, 100),
    "wait": ({"type": "boolean", "description": "Wait until asynchronous work ends"}, 0, 0),
    "waitSeconds": ({"type": "integer", "description": "Default 120"}, 1, 900),
}


def test_each_control_is_shown_with_what_it_takes_and_is_for() -> None:
    assert {name: (one.schema(), one.least, one.most) for name, one in CONTROLS.items()} == SHOWN


def test_a_call_without_controls_is_cached_sent_and_neither_paged_nor_waited_for() -> None:
    assert read_controls({}) == Controls(
        customer=None, confirm="", dry_run=False, cache="use", select=None, max_bytes=40_000, paginate=False, max_pages=10,
        wait=False, wait_seconds=None,
    )  # fmt: skip
    assert read_controls({"propertyId": "prp_1", "wait": None}) == Controls()


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("cache", "Off", "off"),
        ("cache", "", None),
        ("cache", " ", None),
        ("wait", "True", True),
        ("wait", "false", False),
        ("wait", "", None),
        ("maxPages", "7", 7),
        ("maxPages", 7.0, 7),
        ("maxPages", " ", None),
        ("select", "", ""),
        ("customer", "7", "7"),
    ],
)
def test_what_lossy_clients_send_is_read_as_the_controls_type(name: str, given: Any, read: Any) -> None:
    assert CONTROLS[name].read(given) == read
    plain = read_controls({name: given})
    assert plain == (read_controls({name: read}) if read is not None else Controls())
