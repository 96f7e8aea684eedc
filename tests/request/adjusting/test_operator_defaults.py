"""The operator's defaults stand in for what a call leaves out and has to have, and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from samples import body, operation, parameter

from akamai_mcp.openapi.model import MediaType
from akamai_mcp.request.adjusting.operator_defaults import applicable, fill

SCHEMA = {"properties": {"notifyEmails": {}, "groupId": {}, "name": {}}, "required": ["notifyEmails", "name"]}
OPERATION = operation(
    parameter("contractId", required=True),
    parameter("groupId"),
    parameter("notifyEmails", "header", required=True),
    request_body=body(MediaType(name="application/json", schema=SCHEMA), MediaType(name="text/csv", schema=SCHEMA | {"required": ["groupId"]})),
)  # fmt: skip
DEFAULTS = {"contractId": "ctr_1", "groupId": "grp_1", "notifyEmails": ["ops@example.com"]}
MAILS = {"notifyEmails": DEFAULTS["notifyEmails"]}


def test_a_default_applies_to_what_is_required_in_the_query_or_in_a_body_of_json() -> None:
    assert applicable(OPERATION, DEFAULTS) == {"contractId": "ctr_1", "body.notifyEmails": DEFAULTS["notifyEmails"]}
    assert applicable(operation(parameter("contractId", "path", required=True)), DEFAULTS) == {}
    assert applicable(operation(parameter("contractId", required=True)), {}) == {}


@pytest.mark.parametrize(
    ("given", "filled", "used"),
    [
        ({}, {"contractId": "ctr_1"}, ["contractId"]),
        ({"contractId": None}, {"contractId": "ctr_1"}, ["contractId"]),
        ({"contractId": ""}, {"contractId": ""}, []),
        ({"contractId": "ctr_2", "body": {"name": "n"}}, {"contractId": "ctr_2", "body": {"name": "n", **MAILS}}, ["body.notifyEmails"]),
        ({"body": {}}, {"contractId": "ctr_1", "body": MAILS}, ["contractId", "body.notifyEmails"]),
        ({"body": {"notifyEmails": None}}, {"contractId": "ctr_1", "body": MAILS}, ["contractId", "body.notifyEmails"]),
        ({"body": {"notifyEmails": []}}, {"contractId": "ctr_1", "body": {"notifyEmails": []}}, ["contractId"]),
        ({"body": "{}"}, {"contractId": "ctr_1", "body": "{}"}, ["contractId"]),
    ],
)  # fmt: skip
def test_only_what_is_absent_is_filled_in_and_said_to_be(given: dict[str, Any], filled: dict[str, Any], used: list[str]) -> None:
    values, names = fill(OPERATION, given, DEFAULTS)
    assert (values, list(names)) == (filled, used)
    assert fill(OPERATION, given, {}) == (given, {})
