"""A condition that does not fit its operation is refused, since it could never fail or never hold."""

from __future__ import annotations

from typing import Any

import pytest
from samples import body, operation, parameter

from akamai_mcp.catalogue.conditions import find_misfits
from akamai_mcp.catalogue.effects import parse_effect
from akamai_mcp.openapi.model import MediaType, Operation

PROPERTIES: dict[str, Any] = {
    "network": {"type": "string", "enum": ["STAGING", "PRODUCTION"]},
    "networks": {"type": "array", "items": {"type": "string", "enum": ["STAGING", "PRODUCTION"]}},
    "deleted": {"type": "boolean"},
    "type": {"allOf": [{"type": "string", "enum": ["ACTIVATE", "DEACTIVATE"]}], "default": "ACTIVATE"},
    "level": {"type": "integer"},
    "ratio": {"type": "number"},
    "any": {},
    "zones": {"type": "array", "items": {"type": "string"}, "default": ["PRODUCTION"]},
    "sites": {"type": "array", "items": {"type": "string", "default": "PRODUCTION"}},
    "auth": {"type": "object", "properties": {"delete": {"type": "boolean"}}},
    "targets": {"type": "array", "items": {"type": "object", "properties": {"enabled": {"type": "boolean"}}}},
}
SCHEMA = {"type": "object", "required": ["network"], "properties": PROPERTIES}
OPERATION: Operation = operation(
    parameter("activate", schema={"type": "boolean", "default": False}),
    parameter("purge", schema={"type": "boolean", "default": True}),
    parameter("check", required=True, schema={"type": "boolean"}),
    parameter("environment", "path", schema={"type": "string", "enum": ["STAGING", "PRODUCTION"]}),
    method="POST",
    request_body=body(MediaType(name="application/json", schema=SCHEMA)),
)


def misfits(conditions: dict[str, Any], *optional: str, one: Operation = OPERATION) -> list[str]:
    return list(find_misfits(parse_effect("POST", {"write_when": conditions, "optional": list(optional)}), one))


@pytest.mark.parametrize(
    ("conditions", "optional"),
    [
        ({"body.network": "STAGING"}, []),
        ({"body.networks[]": "STAGING"}, []),
        ({"body.deleted": False}, ["body.deleted"]),
        ({"body.type": "ACTIVATE"}, ["body.type"]),
        ({"body.level": [1, 2]}, []),
        ({"body.ratio": 1}, []),
        ({"body.sites[]": "PRODUCTION"}, ["body.sites[]"]),
        ({"body.zones[]": "STAGING"}, []),
        ({"body.any": "x"}, []),
        ({"body.auth.delete": False}, ["body.auth.delete"]),
        ({"body.targets.enabled": True}, []),
        ({"body.targets": []}, ["body.targets"]),
        ({"query.activate": False}, ["query.activate"]),
        ({"query.check": False}, []),
        ({"path.environment": "STAGING"}, []),
    ],
)
def test_conditions_that_fit_have_no_misfits(conditions: dict[str, Any], optional: list[str]) -> None:
    assert misfits(conditions, *optional) == []


@pytest.mark.parametrize(
    ("conditions", "optional", "fault"),
    [
        ({"body.netwrok": "STAGING"}, [], "the operation has no body.netwrok"),
        ({"body.auth.deleted": False}, [], "the operation has no body.auth.deleted"),
        ({"query.network": "STAGING"}, [], "the operation has no query.network"),
        ({"path.activate": False}, [], "the operation has no path.activate"),
        ({"body.network": "staging"}, [], "body.network cannot be 'staging', only one of ['STAGING', 'PRODUCTION']"),
        ({"body.network": ["STAGING", "PRODUCTION"]}, [], "body.network is harmless with every value"),
        ({"body.deleted": [True, False]}, [], "body.deleted is harmless with every value"),
        ({"body.deleted": "false"}, [], "body.deleted cannot be 'false', only one of [False, True]"),
        ({"body.deleted": 0}, [], "body.deleted cannot be 0, only one of [False, True]"),
        ({"body.level": "1"}, [], "body.level cannot be '1', which is no integer"),
        ({"body.level": True}, [], "body.level cannot be True, which is no integer"),
        ({"body.networks": "STAGING"}, [], "body.networks is a list; write [] behind it, and each member is looked at"),
        ({"body.network[]": "STAGING"}, [], "body.network[] is no list"),
        ({"body.network": "STAGING"}, ["body.network"], "body.network is required, and so is not optional"),
        ({"query.check": False}, ["query.check"], "query.check is required, and so is not optional"),
        (
            {"body.zones[]": "STAGING"},
            ["body.zones[]"],
            "body.zones[] is ['PRODUCTION'] where it is absent, which is not among the harmless values",
        ),
        (
            {"body.sites[]": "STAGING"},
            ["body.sites[]"],
            "body.sites[] is 'PRODUCTION' where it is absent, which is not among the harmless values",
        ),
        (
            {"query.purge": False},
            ["query.purge"],
            "query.purge is True where it is absent, which is not among the harmless values",
        ),
        (
            {"body.type": "DEACTIVATE"},
            ["body.type"],
            "body.type is 'ACTIVATE' where it is absent, which is not among the harmless values",
        ),
    ],
)
def test_a_condition_that_fails_open_or_never_holds_is_found(conditions: dict[str, Any], optional: list[str], fault: str) -> None:
    assert misfits(conditions, *optional) == [f"effect: {fault}"]


def test_a_member_that_one_form_of_the_body_lacks_is_a_misfit() -> None:
    forms = body(MediaType(name="application/v1+json", schema=SCHEMA), MediaType(name="application/v2+json", schema={}))
    found = misfits({"body.network": "STAGING"}, one=operation(method="POST", request_body=forms))
    assert found == ["effect: the operation has no body.network"]
    assert misfits({"body.network": "STAGING"}, one=operation(method="POST")) == found
