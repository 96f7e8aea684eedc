"""The controls of a call and an operation's own arguments share one flat object: neither may hide the other."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest
from samples import operation, parameter

from akamai_mcp.calls.controls import CONTROLS, Controls, field_of, read_controls
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.openapi.model import Location
from akamai_mcp.request.arguments import ACCOUNT_SWITCH_KEY, RESERVED_ARGUMENTS, argument_keys, place
from akamai_mcp.request.control_names import CONTROL_NAMES, ControlName


def test_every_control_is_reserved_and_every_reserved_control_exists() -> None:
    assert tuple(CONTROLS) == CONTROL_NAMES == get_args(ControlName)
    assert set(CONTROLS) <= RESERVED_ARGUMENTS


def test_every_control_has_a_field_of_its_name_in_snake_case() -> None:
    assert [field_of(name) for name in CONTROLS] == [field.name for field in fields(Controls)]


def test_a_control_that_is_null_or_empty_keeps_its_default() -> None:
    empty = {name: "" for name, control in CONTROLS.items() if control.kind == "string" and not control.values}
    assert read_controls(empty) == read_controls(dict.fromkeys(CONTROLS)) == Controls()


def test_every_value_of_a_control_reaches_its_field() -> None:
    samples = {"string": "x", "boolean": True}
    given = {
        name: control.most or (control.values[-1] if control.values else samples[control.kind])
        for name, control in CONTROLS.items()
    }
    read = read_controls(given)
    assert {name: getattr(read, field_of(name)) for name in CONTROLS} == given


def test_every_argument_of_every_operation_reaches_its_place_beside_all_controls(catalogue: Catalogue) -> None:
    for entry in catalogue.entries():
        operation = catalogue.operation(entry)
        own = {p.name + p.location: p for p in operation.parameters if p.name != ACCOUNT_SWITCH_KEY}
        keys = argument_keys(operation)
        assert {p.name + p.location: p for p in keys.values()} == own, entry.key
        assert RESERVED_ARGUMENTS.isdisjoint(keys), entry.key
        sent = {key: f"value of {key}" for key in keys} | dict.fromkeys(CONTROLS, "a control's")
        placed = place(operation, {name: value for name, value in sent.items() if name not in CONTROLS})
        for key, one in keys.items():
            assert getattr(placed, one.location)[one.name] == f"value of {key}", entry.key


def test_only_these_arguments_have_another_key_than_their_name(catalogue: Catalogue) -> None:
    # A control of one of 48 operations' `limit` would rename it under the agents that use it: whoever adds one sees it here.
    renamed = {
        (one.name, key)
        for entry in catalogue.entries()
        for key, one in argument_keys(catalogue.operation(entry)).items()
        if key != one.name
    }
    assert renamed == {
        ("X-AK-Meta-*", "X-AK-Meta-_"),
        ("dryRun", "dryRun_query"),
        ("paginate", "paginate_query"),
        ("dnsZone", "dnsZone_query"),
    }


@pytest.mark.parametrize("location", get_args(Location))
@pytest.mark.parametrize("name", sorted(RESERVED_ARGUMENTS))
def test_an_argument_with_a_reserved_name_gets_its_location_appended(name: str, location: Location) -> None:
    one = operation(parameter(name, location), path=f"/{{{name}}}" if location == "path" else "/")
    assert list(argument_keys(one)) == [f"{name}_{location}"]
    assert getattr(place(one, {f"{name}_{location}": "x"}), location) == {name: "x"}


def test_parameters_whose_keys_would_be_the_same_are_all_taken() -> None:
    long = "x" * 70
    names = [f"{long}a", f"{long}b", f"{long}c", "a[b]", "a_b_", "a(b)", "customer", "customer_query"]
    one = operation(*(parameter(name) for name in names))
    keys = argument_keys(one)
    assert [p.name for p in keys.values()] == names
    assert place(one, {key: p.name for key, p in keys.items()}).query == {name: name for name in names}
