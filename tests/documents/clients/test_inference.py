from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.documents.clients.inference import infer

OPEN = {"type": "object", "additionalProperties": True}
WORD = {"type": "string"}


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ([], {}),
        (["a"], WORD),
        ([True], {"type": "boolean"}),
        ([1, 2], {"type": "integer"}),
        ([1, 2.5], {"type": "number"}),
        (["a", 1], {"type": ["integer", "string"]}),
        (["a", None], {"type": ["string", "null"]}),
        ([{"a": 1}, {"b": "x"}], OPEN | {"properties": {"a": {"type": "integer"}, "b": WORD}}),
        ([{"a": 1}, {"a": "x"}], OPEN | {"properties": {"a": {"type": ["integer", "string"]}}}),
        ([{"a": {"b": 1}}, {"a": {}}], OPEN | {"properties": {"a": OPEN | {"properties": {"b": {"type": "integer"}}}}}),
        ([[{"a": 1}, {"b": "x"}]], {"type": "array", "items": OPEN | {"properties": {"a": {"type": "integer"}, "b": WORD}}}),
        ([[], ["a"]], {"type": "array", "items": WORD}),
        ([["a"], "a"], {"type": ["array", "string"], "items": WORD}),
    ],
)
def test_a_schema_says_what_all_values_show(values: list[Any], schema: dict[str, Any]) -> None:
    assert infer(values) == schema


def test_nothing_is_required_and_every_object_is_open() -> None:
    schema = infer([{"a": {"b": 1}}])
    assert "required" not in str(schema)
    assert schema["additionalProperties"] is schema["properties"]["a"]["additionalProperties"] is True


@pytest.mark.parametrize(
    ("value", "schema"), [(None, {}), ([None], {"type": "array", "items": {}}), ({"a": None}, OPEN | {"properties": {"a": {}}})]
)
def test_a_value_that_was_always_null_has_no_type(value: Any, schema: dict[str, Any]) -> None:
    assert infer([value]) == schema


def test_a_map_whose_keys_are_data_is_not_an_object_with_properties() -> None:
    value = {"7": {"id": 7, "name": "a"}, "x8": {"id": "x8"}}
    member = OPEN | {"properties": {"id": {"type": ["integer", "string"]}, "name": WORD}}
    assert infer([value]) == {"type": "object", "additionalProperties": member}


def test_a_placeholder_of_the_recordings_is_not_a_property() -> None:
    assert infer([{"actionId": "x", "testKey": "testValue3"}]) == OPEN | {"properties": {"actionId": WORD}}
