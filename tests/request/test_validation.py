from __future__ import annotations

from typing import Any

import pytest
from samples import body, operation, parameter

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.openapi.model import MediaType
from akamai_mcp.request.arguments import Placed, place
from akamai_mcp.request.validation.advice import schema_mismatches
from akamai_mcp.request.validation.check import find_mismatches, value_mismatches

PET = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "maxLength": 5},
        "born": {"type": "string", "nullable": True},
        "id": {"type": "integer", "readOnly": True},
        "tags": {"type": "array", "items": {"type": "string", "enum": ["wild", "tame"]}},
    },
}
POST = operation(method="POST", request_body=body(MediaType(name="application/json", schema=PET), required=True))


def mismatches(value: Any, schema: dict[str, Any], dialect: str = "3.0") -> list[str]:
    return list(schema_mismatches(schema, value, dialect))


def query(schema: dict[str, Any], value: Any) -> tuple[str, ...]:
    return find_mismatches(operation(parameter("q", schema=schema)), Placed(query={"q": value}))


def test_valid_arguments_have_no_mismatch() -> None:
    assert find_mismatches(POST, Placed(body={"name": "Rex", "born": None, "tags": ["wild"]})) == ()


def test_a_mismatch_says_where_and_what() -> None:
    found = find_mismatches(POST, Placed(body={"name": "Methuselah", "tags": ["wild", "odd"], "more": 1}))
    assert set(found) == {
        "body.name: 'Methuselah' is too long",
        "body.tags[1]: 'odd' is not one of ['wild', 'tame']",
        "body: Additional properties are not allowed ('more' was unexpected)",
    }


def test_a_read_only_property_is_not_required_in_a_body() -> None:
    [found] = find_mismatches(POST, Placed(body={"name": "Rex", "id": 7}))
    assert found.startswith("body.id: Tried to write read-only property")


def test_a_required_parameter_that_is_absent_is_a_mismatch() -> None:
    op = operation(parameter("q", required=True), parameter("If-Match", "header", required=True))
    assert find_mismatches(op, Placed()) == ("q: required but missing", "If-Match: required but missing")
    assert find_mismatches(op, place(op, {"q": "", "ifMatch": '"a"'})) == ()


def test_a_query_name_that_is_not_declared_is_a_mismatch() -> None:
    found = find_mismatches(operation(), Placed(extra_query={"depth": 1}))
    assert found == ("depth: undeclared query parameter",)


def test_a_missing_or_undeclared_body_is_a_mismatch() -> None:
    assert find_mismatches(POST, Placed()) == ("body: required but missing",)
    assert find_mismatches(operation(), Placed(body=None)) == ("body: the operation declares no body",)
    optional = operation(request_body=body("application/json"))
    assert find_mismatches(optional, Placed()) == ()


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, "7"),
        ({"type": "integer"}, 7),
        ({"type": "integer"}, 0),
        ({"type": "number"}, "1.5"),
        ({"type": "boolean"}, "true"),
        ({"type": "boolean"}, "False"),
        ({"type": "boolean"}, False),
        ({"type": "string"}, "7"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "7"),
    ],
)
def test_a_parameter_matches_as_text_or_as_its_own_type(schema: dict[str, Any], value: Any) -> None:
    assert query(schema, value) == ()


@pytest.mark.parametrize(
    ("schema", "value", "mismatch"),
    [
        ({"type": "integer"}, "grp_1", "q: 'grp_1' is not of type 'integer'"),
        ({"type": "integer", "minimum": 1}, "0", "q: 0 is less than the minimum of 1"),
        ({"type": "number"}, "much", "q: 'much' is not of type 'number'"),
        ({"type": "boolean", "enum": [True]}, "False", "q: False is not one of [True]"),
        ({"type": "boolean", "enum": [False]}, "TRUE", "q: True is not one of [False]"),
        ({"type": "boolean"}, "maybe", "q: 'maybe' is not of type 'boolean'"),
        ({"type": "string"}, 7, "q: 7 is not of type 'string'"),
        ({"type": "string", "enum": ["a", "b"]}, "c", "q: 'c' is not one of ['a', 'b']"),
    ],
)
def test_a_parameter_that_does_not_match_says_so(schema: dict[str, Any], value: Any, mismatch: str) -> None:
    assert query(schema, value) == (mismatch,)


def test_each_dialect_is_read_by_its_own_rules() -> None:
    assert mismatches(None, {"type": "string", "nullable": True}, "3.0") == []
    assert mismatches(None, {"type": "string", "nullable": True}, "3.1") == [": None is not of type 'string'"]
    assert mismatches(None, {"type": ["string", "null"]}, "3.1") == []
    assert mismatches(1, {"type": "integer", "minimum": 1, "exclusiveMinimum": True}, "3.0") != []
    assert mismatches(1, {"type": "integer", "exclusiveMinimum": 1}, "3.1") != []


@pytest.mark.parametrize(
    ("schema", "value", "mismatches"),
    [
        ({"type": ["string", "null"]}, None, ()),
        ({"properties": {"_a": {"type": "string"}}}, {"_a": 5}, ("_a: 5 is not of type 'string'",)),
        ({"type": "string"}, 5, ("5 is not of type 'string'",)),
        ({"properties": {"a": {"items": {"type": "string"}}}}, {"a": ["x", 5]}, ("a[1]: 5 is not of type 'string'",)),
    ],
)
def test_a_value_of_its_own_is_compared_with_a_schema_of_3_1(schema: Any, value: Any, mismatches: tuple[str, ...]) -> None:
    assert value_mismatches(schema, value) == mismatches


def test_at_most_ten_mismatches_are_listed() -> None:
    op = operation(*(parameter(f"q{number}", required=True) for number in range(30)))
    assert len(find_mismatches(op, Placed())) == 10


def test_a_long_mismatch_is_cut_at_200_characters() -> None:
    [found] = query({"type": "string", "enum": ["a" * 100] * 9}, "b")
    assert len(found) == len("q: ") + 200
    assert found.endswith("…")


@pytest.mark.parametrize("value", ["text", {"base64": "YQ=="}])
def test_a_body_that_is_not_json_is_not_compared_with_a_schema(value: Any) -> None:
    op = operation(method="PUT", request_body=body(MediaType(name="application/gzip", schema={"type": "integer"})))
    assert find_mismatches(op, Placed(body=value)) == ()


def test_json_text_is_not_compared_with_a_schema() -> None:
    assert find_mismatches(POST, Placed(body='{"anything": 1}')) == ()


def test_the_schema_of_the_media_type_that_is_wanted_is_the_one_compared() -> None:
    content = (MediaType(name="x.v1+json", schema={"type": "array"}), MediaType(name="x.v2+json", schema={"type": "object"}))
    op = operation(method="PUT", request_body=body(*content))
    assert find_mismatches(op, Placed(body={})) == ()
    assert find_mismatches(op, Placed(body=[], standard_headers={"content-type": "x.v1+json"})) == ()
    assert find_mismatches(op, Placed(body={}, standard_headers={"content-type": "x.v1+json"})) == (
        "body: {} is not of type 'array'",
    )


def test_a_declared_content_type_header_chooses_the_schema_too() -> None:
    content = (MediaType(name="x.v1+json", schema={"type": "array"}), MediaType(name="x.v2+json", schema={"type": "object"}))
    op = operation(parameter("Content-Type", "header"), method="PUT", request_body=body(*content))
    assert find_mismatches(op, Placed(body=[], header={"Content-Type": "x.v1+json"})) == ()


def test_a_property_s_rules_are_compared_with_their_schema(catalogue: Catalogue) -> None:
    rules = catalogue.operation(catalogue.get("papi/v1#put-property-version-rules"))
    found = find_mismatches(
        rules, place(rules, {"propertyId": "1", "propertyVersion": 1, "ifMatch": '"a"', "body": {"rules": {}}})
    )
    assert "body.rules: 'name' is a required property" in found
