from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from mcp_stage import OPERATIONS
from openapi_schema_validator import OAS30Validator, OAS31Validator

from akamai_mcp.media_types import may_be_json
from akamai_mcp.openapi.model import Operation
from akamai_mcp.sandbox.examples.matching import matches
from akamai_mcp.sandbox.examples.values import Bounds, coerce, example
from akamai_mcp.sandbox.routing import Route, Router

# What no value can satisfy: a closed object that requires what it does not know (alone or through allOf),
# an enum of another type than its schema's, a oneOf whose branches only {} matches, and so both.
UNSATISFIABLE = {
    "alerts/v2#get-template",
    "alerts/v2#get-templates",
    "api-definitions/v2#get-endpoint-versions",
    "appsec/v1#get-export-config-version",
    "appsec/v1#get-policy-rapid-rule-action",
    "appsec/v1#get-policy-rapid-rules",
    "appsec/v1#get-policy-rapid-rules-action",
    "appsec/v1#get-rules-threat-intel",
    "appsec/v1#put-policy-rapid-rule-action",
    "appsec/v1#put-policy-rapid-rules-action",
    "appsec/v1#put-rules-threat-intel",
    "cloudlets/v2#get-policies",
    "cloudlets/v2#get-policy",
    "cloudlets/v2#get-policy-version-rule",
    "cloudlets/v2#post-policy",
    "cloudlets/v2#post-policy-version-rules",
    "cloudlets/v2#put-policy",
    "cloudlets/v2#put-policy-version-rule",
    "config-media-live/v2#get-streams",
    "edge-diagnostics/v1#get-mdt-request",
    "edge-diagnostics/v1#post-mdt",
    "edgekv/v1#get-initialize",
    "edgekv/v1#get-namespace",
    "edgekv/v1#get-namespaces",
    "edgekv/v1#get-token",
    "edgekv/v1#post-namespace",
    "edgekv/v1#post-tokens",
    "edgekv/v1#put-auth-database",
    "edgekv/v1#put-initialize",
    "edgekv/v1#put-namespace",
    "edgeworkers/v1#get-revision",
    "edgeworkers/v1#get-revisions",
    "edgeworkers/v1#post-revision-pin",
    "edgeworkers/v1#post-revision-unpin",
    "imaging/v2#get-policies",
    "imaging/v2#get-policy",
    "ip-protect/v1#post-policy-domains-pdname-configs",
    "reporting-api/v1#get-report-versions",
    "reporting-api/v1#get-reports",
}


def success_schemas(operation: Operation) -> Iterator[Mapping[str, Any]]:
    for response in operation.responses:
        if response.is_success:
            yield from (media.schema for media in response.content if may_be_json(media.name))


def is_valid(value: Any, schema: Mapping[str, Any], dialect: str = "3.0") -> bool:
    validator = OAS31Validator if dialect == "3.1" else OAS30Validator
    return bool(validator(schema, format_checker=validator.FORMAT_CHECKER).is_valid(value))


@pytest.fixture(scope="module")
def operations(routes: tuple[Route, ...]) -> list[Operation]:
    router = Router(())
    return [router.operation(route) for route in routes]


@pytest.mark.parametrize("bounds", [Bounds(), Bounds(depth=2)], ids=["deep", "shallow"])
def test_the_example_of_every_satisfiable_success_schema_is_valid(operations: list[Operation], bounds: Bounds) -> None:
    invalid = {
        operation.key
        for operation in operations
        for schema in success_schemas(operation)
        if not is_valid(example(schema, bounds=bounds), schema, operation.dialect)
    }
    assert len(operations) == OPERATIONS
    assert invalid <= UNSATISFIABLE
    assert bounds.depth == 2 or invalid == UNSATISFIABLE


def test_examples_are_bounded_and_always_the_same(operations: list[Operation]) -> None:
    for operation in operations:
        for schema in success_schemas(operation):
            written = json.dumps(example(schema))
            assert len(written) < 20_000
            assert written == json.dumps(example(schema))


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, {}),
        ({"const": 7}, 7),
        ({"enum": [None, "b"], "type": "string", "nullable": True}, "b"),
        ({"type": "string", "default": "chosen"}, "chosen"),
        ({"type": "integer", "default": "not a number"}, 1),
        ({"type": ["null", "integer"], "minimum": 5}, 5),
        ({"type": "null"}, None),
        ({"type": "boolean"}, True),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 0.5}, 0.25),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "integer", "multipleOf": 30, "minimum": 31}, 60),
        ({"type": "string", "maxLength": 3}, "exa"),
        ({"type": "string", "minLength": 9}, "exampleee"),
        ({"type": "string", "pattern": "^[0-9]+$"}, "1"),
        ({"type": "string", "format": "date-time"}, "2025-01-01T12:00:00Z"),
        ({"type": "string", "format": "ipv4"}, "192.0.2.1"),
        ({"type": "array", "items": {"type": "string"}}, ["example"]),
        ({"type": "array", "maxItems": 0, "items": {"type": "string"}}, []),
        ({"type": "array", "minItems": 3, "uniqueItems": True, "items": {"enum": ["r", "w", "d"]}}, ["r", "w", "d"]),
        ({"type": "array", "minItems": 2, "uniqueItems": True, "items": {"type": "integer"}}, [1, 2]),
        ({"additionalProperties": {"type": "integer"}}, {"example": 1}),
        ({"additionalProperties": {"type": "integer"}, "minProperties": 2}, {"example": 1, "example2": 2}),
        ({"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "maxProperties": 1}, {"a": 1}),
        ({"properties": {"secret": {"type": "string", "writeOnly": True}, "a": {"type": "integer"}}}, {"a": 1}),
        ({"required": ["unknown"]}, {"unknown": {}}),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, 1),
        ({"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {"type": "integer"}}}]}, {"a": 1, "b": 1}),
    ],
)
def test_an_example_matches_its_schema(schema: dict[str, Any], value: Any) -> None:
    assert example(schema) == value
    assert matches(value, schema)


def test_the_only_matching_branch_is_taken() -> None:
    schema = {
        "properties": {"url": {"type": "string"}, "cpCode": {"type": "integer"}},
        "oneOf": [{"required": ["url"]}, {"required": ["cpCode"]}],
    }
    assert example(schema) == {"url": "example"}


def test_the_parts_of_all_of_are_combined() -> None:
    schema = {
        "allOf": [
            {
                "allOf": [
                    {"properties": {"a": {"enum": [1, 2, 3], "minimum": 1, "maximum": 9}, "b": {"type": "array", "minItems": 1}}}
                ]
            },
            {
                "properties": {
                    "a": {"enum": [3, 4], "minimum": 2, "maximum": 5},
                    "b": {"items": {"type": "integer"}, "minItems": 2},
                }
            },
            {"properties": {"b": {"items": {"minimum": 7}}}, "required": ["a"]},
            {"anyOf": [{"required": ["b"]}]},
        ]
    }
    assert example(schema) == {"a": 3, "b": [7, 8]}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"items": {"type": "integer"}}, [1]),
        ({"multipleOf": 0.5, "minimum": 0.5, "maximum": 0.6}, 0.5),
        ({"maxLength": 2}, "ex"),
        ({"type": "string", "format": "byte"}, "ZXhhbXBsZQ=="),
        ({"type": "integer", "minimum": 5, "maximum": 4}, 5),
        ({"type": "string", "pattern": "^[^\\s\\S]$"}, "example"),
    ],
)
def test_a_vague_or_impossible_schema_has_an_example_too(schema: dict[str, Any], value: Any) -> None:
    assert example(schema) == value


def test_the_number_of_nested_branches_that_are_tried_is_bounded() -> None:
    schema: dict[str, Any] = {"type": "object", "additionalProperties": False, "required": ["none"]}
    for _ in range(8):
        schema = {"oneOf": [schema, schema, {"required": ["other"]}]}
    assert isinstance(example(schema), dict)


def test_optional_properties_end_at_the_depth_and_required_ones_do_not() -> None:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(4):
        schema = {"type": "object", "required": ["must"], "properties": {"must": schema, "may": schema}}
    value = example(schema, bounds=Bounds(depth=1))
    assert value == {"must": {"must": {"must": {"must": 1}}}, "may": {"must": {"must": {"must": 1}}}}


def test_a_path_value_is_repeated_where_it_fits() -> None:
    schema = {
        "properties": {
            "propertyId": {"type": "string"},
            "version": {"type": "integer"},
            "network": {"enum": ["STAGING"], "type": "string"},
        }
    }
    echo = {"propertyId": "prp_9", "version": "3", "network": "MOON"}
    assert example(schema, echo=echo) == {"propertyId": "prp_9", "version": 3, "network": "STAGING"}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [("7", {"type": "integer"}, 7), ("x", {"type": "integer"}, None), ("7", {"type": "string"}, "7"), ("7", {}, None)],
)
def test_a_path_value_becomes_what_the_schema_says_or_nothing(text: str, schema: dict[str, Any], value: Any) -> None:
    assert coerce(text, schema) == value


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (True, {"type": "integer"}),
        (1.5, {"type": "integer"}),
        ("a", {"enum": ["b"]}),
        ("a", {"const": "b"}),
        ("abc", {"maxLength": 2}),
        ("abc", {"pattern": "^b"}),
        (1, {"minimum": 1, "exclusiveMinimum": True}),
        (1, {"exclusiveMaximum": 1}),
        (3, {"multipleOf": 2}),
        ({}, {"required": ["a"]}),
        ({"a": 1}, {"additionalProperties": False}),
        ({"a": 1}, {"additionalProperties": {"type": "string"}}),
        ({"a": 1}, {"properties": {"a": {"type": "string"}}}),
        ({}, {"minProperties": 1}),
        ([], {"minItems": 1}),
        ([1, 1], {"uniqueItems": True}),
        ([1], {"items": {"type": "string"}}),
        (1, {"allOf": [{"type": "string"}]}),
        (1, {"anyOf": [{"type": "string"}]}),
        (1, {"oneOf": [{"type": "integer"}, {"minimum": 0}]}),
        (1, {"not": {"type": "integer"}}),
        (None, {"type": "string"}),
    ],
)
def test_a_value_that_breaks_its_schema_does_not_match(value: Any, schema: dict[str, Any]) -> None:
    assert not matches(value, schema)
    assert matches(None, {"type": "string", "nullable": True})


def test_a_pattern_that_python_cannot_compile_is_ignored() -> None:
    assert matches("anything", {"pattern": "(?<open"})
