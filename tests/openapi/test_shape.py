"""A schema in one line: what a description shows of bodies and answers."""

from __future__ import annotations

from typing import Any

import pytest

from akamai_mcp.openapi.shape import to_shape

TEXT = {"type": "string"}
DEEP: dict[str, Any] = {"type": "object", "properties": {"outer": {"type": "object", "properties": {"inner": TEXT}}, "id": TEXT}}


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        (TEXT, "string"),
        ({"enum": ["A", "B"]}, "A|B"),
        ({"type": ["integer", "string", "null"]}, "integer|string"),
        ({"anyOf": [{"type": "integer"}, TEXT, {"type": "null"}]}, "integer|string"),
        ({"allOf": [TEXT]}, "string"),
        ({"type": "array", "items": TEXT}, "[string]"),
        ({"type": "array"}, "[...]"),
        ({"type": "object"}, "{...}"),
        ({"properties": {"b": TEXT, "a": {"type": "integer"}}, "required": ["a"]}, "{a: integer, b?: string}"),
        ({"allOf": [{"properties": {"a": TEXT}}, {"properties": {"b": TEXT}}]}, "{a?: string, b?: string}"),
        ({"enum": list("ABCDEFGHIJ")}, "A|B|C|D|E|F|G|H|..."),
        (DEEP, "{outer?: {inner?: string}, id?: string}"),
    ],
)
def test_a_schema_is_written_as_one_line(schema: dict[str, Any], shape: str) -> None:
    assert to_shape(schema, 500) == shape


def test_what_does_not_fit_is_cut_from_within() -> None:
    assert to_shape(DEEP, 30) == "{outer?: {...}, id?: string}"
    assert to_shape(DEEP, 20) == "{outer?, id?}"
    assert to_shape(DEEP, 15) == "{outer?, ...}"


def test_members_that_only_answers_have_are_left_out_of_a_body_and_an_answer_has_no_marks() -> None:
    schema = {"properties": {"id": {**TEXT, "readOnly": True}, "name": TEXT}}
    assert to_shape(schema, 100) == "{name?: string}"
    assert to_shape(schema, 100, marks=False) == "{id: string, name: string}"


def test_a_shape_never_exceeds_its_length() -> None:
    wide = {"properties": {f"member{number}": DEEP for number in range(200)}}
    lengths = [len(to_shape({"type": "array", "items": wide}, longest)) for longest in range(30, 600, 10)]
    assert all(length <= longest for length, longest in zip(lengths, range(30, 600, 10), strict=True))
