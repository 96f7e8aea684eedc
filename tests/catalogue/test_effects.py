"""What a call does is decided by its operation and its arguments, however the body is given."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.catalogue.effects import Effect, parse_effect

ACTIVATION = parse_effect(
    "POST", {"otherwise": "write", "destroy_when": {"body.network": "PRODUCTION", "body.action": "DEACTIVATE"}}
)


@pytest.mark.parametrize(
    ("method", "effect"),
    [("GET", "read"), ("HEAD", "read"), ("POST", "write"), ("PUT", "write"), ("PATCH", "write"), ("DELETE", "destroy")],
)
def test_the_method_gives_the_effect_unless_the_guide_does(method: str, effect: str) -> None:
    assert parse_effect(method, None).of({}) == effect


@pytest.mark.parametrize(
    ("body", "effect"),
    [
        ({"network": "STAGING"}, "write"),
        ({"network": "PRODUCTION"}, "destroy"),
        ({"network": "production"}, "destroy"),
        ({"network": ["STAGING", "PRODUCTION"]}, "destroy"),
        ({"network": "STAGING", "action": "DEACTIVATE"}, "destroy"),
        ({}, "destroy"),
        (None, "destroy"),
        ('{"network": "PRODUCTION"}', "destroy"),
        ('{"network": "STAGING"}', "write"),
        ('"{\\"network\\": \\"STAGING\\"}"', "destroy"),
        ("not json", "destroy"),
        ({"base64": "e30="}, "destroy"),
        ([{"network": "STAGING"}, {"network": "PRODUCTION"}], "destroy"),
        ([{"network": "STAGING"}], "write"),
    ],
)
def test_production_an_absent_network_and_unreadable_values_are_destructive(body: Any, effect: str) -> None:
    assert ACTIVATION.of({"body": body} if body is not None else {}) == effect


@pytest.mark.parametrize("given", [True, "true", "True"])
def test_flags_match_however_they_are_written(given: Any) -> None:
    effect = Effect(otherwise="write", destroy_when={"activate": (True,)})
    assert effect.of({"activate": given}) == "destroy"
    assert effect.of({}) == "write"


@pytest.mark.parametrize(
    "body",
    [
        {"network": "PRODUCTION "},
        {"network": " production\n"},
        {"network": "PRODUCTION\u200b"},
        {"network": "\uff30\uff32\uff2f\uff24\uff35\uff23\uff34\uff29\uff2f\uff2e"},
        {"network": "PRODUCT\u0130ON"},
        {"network": {"name": "STAGING"}},
        {"network": ""},
        {"network": "STAGING", "Network": "PRODUCTION"},
        '{"network": "PRODUCTION", "network": "STAGING"}',
        "[" * 100_000,
    ],
)
def test_anything_that_a_lenient_parser_reads_as_production_is_destructive(body: Any) -> None:
    assert ACTIVATION.of({"body": body}) == "destroy"


SUSPENSION = parse_effect("POST", {"otherwise": "write", "destroy_when": {"body.options.action": ["SUSPEND"], "mode": ["force"]}})


@pytest.mark.parametrize("name", ["action", "Action", "ACTION", "aCtIoN"])
@pytest.mark.parametrize("box", ["options", "Options", "OPTIONS"])
def test_a_condition_holds_for_its_names_in_any_case(box: str, name: str) -> None:
    assert SUSPENSION.of({"body": {box: {name: "SUSPEND"}}}) == "destroy"
    assert SUSPENSION.of({"body": f'{{"{box}": {{"{name}": "suspend"}}}}'}) == "destroy"
    assert SUSPENSION.of({"body": [{"other": 1}, {box: {name: "SUSPEND"}}]}) == "destroy"


@pytest.mark.parametrize("name", ["mode", "Mode", "MODE"])
def test_a_condition_on_a_parameter_holds_for_its_name_in_any_case(name: str) -> None:
    assert SUSPENSION.of({name: "force"}) == "destroy"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"options": {}},
        {"options": {"action": "RESUME"}},
        {"option": {"action": "SUSPEND"}},
        {"options": {"actions": "SUSPEND"}},
    ],
)
def test_a_condition_does_not_hold_for_other_names_and_values(body: Any) -> None:
    assert SUSPENSION.of({"body": body, "modes": "force"}) == "write"


@pytest.mark.parametrize(
    "body",
    [
        {"file": "body.json"},
        {"file": "body.json", "filename": "b.json", "contentType": "application/json"},
        {"base64": "e30="},
        {"options": {"file": "options.json"}},
        {"options": {"action": {"file": "action.txt"}}},
        [{"options": {"action": "RESUME"}}, {"file": "more.json"}],
    ],
)
def test_what_comes_from_a_file_counts_as_the_worst_that_it_may_hold(body: Any) -> None:
    assert SUSPENSION.of({"body": body}) == "destroy"
