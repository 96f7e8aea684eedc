from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lint import lint

from akamai_mcp.openapi.schema import (
    POINTER,
    cut_depth,
    fit_depth,
    merge_alternatives,
    simplify,
    size,
    step_into,
    type_of,
)

STRING = {"type": "string"}
INTEGER = {"type": "integer"}


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties} if properties else {"type": "object", "additionalProperties": True}


# --- the linter itself ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": ["string", "null"]},
        {"type": "null"},
        {"$ref": "#/a"},
        {"type": "string", "nullable": True},
        {"type": "string", "const": "a"},
        {"type": "object", "properties": {}, "oneOf": []},
        {"type": "object"},
        {"type": "object", "properties": {}, "additionalProperties": False},
        {"type": "object", "properties": {"a b": STRING}},
        {"type": "object", "properties": {"a" * 65: STRING}},
        {"type": "object", "properties": {"": STRING}},
        {"type": "object", "properties": {"a\n": STRING}},
        {"type": "object", "properties": {}, "required": ["a"]},
        {"type": "array"},
        {"type": "array", "items": {}},
        {"type": "array", "items": [STRING]},
        {"type": "integer", "enum": [1]},
        {"type": "string", "enum": [1]},
        {"type": "string", "enum": []},
        {"type": "string", "enum": [""]},
        {"type": "string", "enum": ["a", "a"]},
        {"type": "string", "enum": ["a"], "default": "b"},
        {"type": "string", "minimum": 1},
        {"type": "string", "format": "uri"},
        {"type": "string", "pattern": "("},
        {"type": "integer", "default": "1"},
        {"type": "integer", "default": True},
        {"type": "boolean", "default": 0},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"type": "string", "description": 7},
        {"type": "object", "properties": {"deep": {"type": "array", "items": {"anyOf": []}}}},
    ],
)
def test_the_linter_reports_what_any_client_rejects(schema: Any) -> None:
    assert lint(schema)


# --- simplifying ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "simple"),
    [
        ({}, STRING),
        (STRING, STRING),
        ({"type": ["null", "integer"]}, INTEGER),
        ({"type": ["string", "integer"]}, STRING),
        ({"nullable": True, "type": "boolean"}, {"type": "boolean"}),
        ({"properties": {"a": STRING}}, an_object(a=STRING)),
        ({"additionalProperties": STRING}, an_object()),
        ({"items": INTEGER}, {"type": "array", "items": INTEGER}),
        ({"type": "array"}, {"type": "array", "items": STRING}),
        ({"type": "object"}, an_object()),
        ({"enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
        ({"const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"const": 7}, {"type": "integer", "description": "One of 7."}),
        ({"type": "string", "enum": ["a", None, "", "a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
        ({"type": "integer", "enum": [1, 2]}, {"type": "integer", "description": "One of 1, 2."}),
        ({"type": "boolean", "enum": [True]}, {"type": "boolean", "description": "One of true."}),
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
        ({"type": "string", "format": "uri"}, {"type": "string", "description": "Format uri."}),
        ({"type": "string", "format": "binary"}, STRING),
        ({"type": "integer", "format": "int64"}, INTEGER),
        (
            {"type": "string", "description": "A name.", "example": "x", "x-more": 1, "deprecated": True},
            {"type": "string", "description": "A name."},
        ),
    ],
)
def test_a_schema_becomes_one_that_every_client_accepts(schema: Any, simple: Any) -> None:
    assert simplify(schema, 3) == simple
    assert lint(simple) == []


@pytest.mark.parametrize(
    ("schema", "simple"),
    [
        (
            {"type": "string", "minLength": 1, "maxLength": 9, "minimum": 1, "maxItems": 2},
            {"type": "string", "minLength": 1, "maxLength": 9},
        ),
        ({"type": "integer", "minimum": 0, "maximum": 9, "minLength": 1}, {"type": "integer", "minimum": 0, "maximum": 9}),
        ({"type": "number", "minimum": 0.5, "maximum": "9", "exclusiveMinimum": True}, {"type": "number", "minimum": 0.5}),
        ({"type": "array", "items": STRING, "minItems": 1, "maximum": 3}, {"type": "array", "items": STRING, "minItems": 1}),
        ({"type": "boolean", "minimum": 1}, {"type": "boolean"}),
    ],
)
def test_a_type_keeps_the_limits_that_it_has_and_no_others(schema: Any, simple: Any) -> None:
    assert simplify(schema, 3) == simple


@pytest.mark.parametrize(
    ("schema", "default"),
    [
        ({"type": "string", "default": "a"}, "a"),
        ({"type": "string", "default": ""}, ""),
        ({"type": "integer", "default": 0}, 0),
        ({"type": "boolean", "default": False}, False),
        ({"type": "number", "default": 1}, 1),
        ({"type": "string", "enum": ["a", "b"], "default": "b"}, "b"),
    ],
)
def test_a_default_of_the_schemas_type_is_kept(schema: Any, default: Any) -> None:
    assert simplify(schema, 3)["default"] == default


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "default": "a"},
        {"type": "integer", "default": True},
        {"type": "integer", "default": 1.5},
        {"type": "boolean", "default": 0},
        {"type": "string", "default": None},
        {"type": "string", "default": ["a"]},
        {"type": "string", "default": "x" * 81},
        {"type": "string", "enum": ["a"], "default": "b"},
        {"type": "object", "default": "a"},
    ],
)
def test_any_other_default_is_dropped(schema: Any) -> None:
    assert "default" not in simplify(schema, 3)


@pytest.mark.parametrize(
    ("pattern", "is_kept"), [("^a+$", True), ("x" * 80, True), ("x" * 81, False), ("(", False), (7, False), (r"\p{L}", False)]
)
def test_a_pattern_is_kept_if_it_is_short_and_compiles(pattern: Any, is_kept: bool) -> None:
    assert ("pattern" in simplify({"type": "string", "pattern": pattern}, 3)) is is_kept


def test_a_name_that_clients_reject_is_listed_in_the_description() -> None:
    found = simplify(
        an_object(**{"a b": STRING, "größe": STRING, "x" * 65: STRING, "ok.a-b_1": STRING}) | {"required": ["a b", "ok.a-b_1"]}, 3
    )
    assert list(found["properties"]) == ["ok.a-b_1"]
    assert found["required"] == ["ok.a-b_1"]
    assert found["description"].startswith("Also takes 'a b', 'größe', 'xxx")


def test_a_read_only_property_is_not_an_argument() -> None:
    found = simplify(an_object(id=INTEGER | {"readOnly": True}, name=STRING) | {"required": ["id", "name"]}, 3)
    assert found == an_object(name=STRING) | {"required": ["name"]}


def test_a_cut_object_points_to_its_full_description() -> None:
    deep = an_object(a=an_object(b=an_object(c=STRING)))
    assert simplify(deep, 2) == an_object(a=an_object(b=an_object() | {"description": POINTER}))
    assert simplify(an_object(a=STRING), 0) == an_object() | {"description": POINTER}
    assert simplify(an_object(), 0) == an_object()


def test_an_array_costs_a_level_too() -> None:
    rows = {"type": "array", "items": an_object(a=STRING)}
    assert simplify(rows, 1) == {"type": "array", "items": an_object() | {"description": POINTER}}


def test_a_note_stands_before_the_fields_own_description() -> None:
    found = simplify(an_object(a=STRING | {"description": "Own."}, b=STRING), 3, lambda name: "Noted." if name == "a" else "")
    assert found == an_object(a=STRING | {"description": "Noted. Own."}, b=STRING)


def test_a_long_description_is_cut_at_300_characters() -> None:
    assert len(simplify({"type": "string", "description": "x" * 999}, 3)["description"]) == 300
    found = simplify(an_object(a=STRING | {"description": "x" * 999}), 3, lambda _: "Noted.")
    assert len(found["properties"]["a"]["description"]) == 300


def test_at_most_twenty_values_of_another_type_are_listed() -> None:
    found = simplify({"type": "integer", "enum": list(range(100))}, 3)
    assert found["description"] == "One of " + ", ".join(map(str, range(20))) + "."


# --- alternatives --------------------------------------------------------------------------------------------------------


def test_all_of_is_joined() -> None:
    parts = [an_object(a=STRING) | {"required": ["a"]}, an_object(b=INTEGER) | {"required": ["b"]}]
    found = simplify({"allOf": parts, "properties": {"c": STRING}, "required": ["c"]}, 3)
    assert found == an_object(c=STRING, a=STRING, b=INTEGER) | {"required": ["c", "a", "b"]}


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_alternatives_are_widened_to_their_union(keyword: str) -> None:
    parts = [an_object(a=STRING, b=INTEGER) | {"required": ["a", "b"]}, an_object(a=STRING, c=STRING) | {"required": ["a"]}]
    assert simplify({keyword: parts}, 3) == an_object(a=STRING, c=STRING, b=INTEGER) | {"required": ["a"]}


def test_alternatives_of_enumerations_list_the_values_of_all() -> None:
    parts = [{"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["b", "c"]}]
    assert simplify({"oneOf": parts}, 3) == {"type": "string", "enum": ["a", "b", "c"]}


def test_an_enumeration_beside_free_text_restricts_nothing() -> None:
    assert simplify({"oneOf": [{"type": "string", "enum": ["a"]}, STRING]}, 3) == STRING


def test_an_object_or_array_wins_over_other_types() -> None:
    assert simplify({"oneOf": [STRING, an_object(a=STRING)]}, 3) == an_object(a=STRING)
    assert simplify({"oneOf": [STRING, {"type": "array", "items": INTEGER}]}, 3) == {"type": "array", "items": INTEGER}


def test_null_is_not_an_alternative() -> None:
    assert simplify({"anyOf": [{"type": "null"}, INTEGER]}, 3) == INTEGER
    assert simplify({"anyOf": [{"type": "null"}]}, 3) == STRING


def test_alternatives_inside_alternatives_are_widened_too() -> None:
    inner = {"oneOf": [an_object(a=STRING), an_object(b=STRING)]}
    assert set(simplify({"anyOf": [inner, an_object(c=STRING)]}, 3)["properties"]) == {"a", "b", "c"}


def test_merging_leaves_the_schema_as_it_was() -> None:
    schema = {"oneOf": [an_object(a=STRING)], "allOf": [an_object(b=STRING)], "const": 1}
    before = json.dumps(schema)
    merge_alternatives(schema)
    assert json.dumps(schema) == before


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "number"}, "number"),
        ({"type": ["null", "array"]}, "array"),
        ({"type": "file"}, "string"),
        ({"enum": [True]}, "boolean"),
        ({"enum": [1.5]}, "number"),
        ({"enum": []}, "string"),
        ({"const": 1}, "integer"),
        ({"items": {}, "properties": {}}, "object"),
    ],
)
def test_a_schemas_type_is_declared_or_implied(schema: Any, kind: str) -> None:
    assert type_of(schema) == kind


# --- any schema whatever -------------------------------------------------------------------------------------------------

names = st.sampled_from(["a", "b", "a b", "größe", "x" * 65, "ok.a-b_1", ""])
values = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=5)
kinds = st.sampled_from(["string", "integer", "number", "boolean", "object", "array", "null", "file"])


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A schema of any keywords with values of their own types."""
    return st.fixed_dictionaries(
        {},
        optional={
            "type": kinds | st.lists(kinds, max_size=3),
            "properties": st.dictionaries(names, inner, max_size=4),
            "required": st.lists(names, max_size=3),
            "items": inner,
            "oneOf": st.lists(inner, max_size=3),
            "anyOf": st.lists(inner, max_size=3),
            "allOf": st.lists(inner, max_size=3),
            "enum": st.lists(values, max_size=4),
            "const": values,
            "default": values | st.lists(values, max_size=2),
            "minimum": st.integers(0, 3),
            "maximum": st.integers(3, 9),
            "minLength": st.integers(0, 3),
            "maxLength": st.integers(3, 9),
            "minItems": st.integers(0, 3),
            "maxItems": st.integers(3, 9),
            "pattern": st.text(max_size=5),
            "format": st.sampled_from(["date-time", "uri", "binary", "int64"]),
            "description": st.text(max_size=20),
            "nullable": st.booleans(),
            "readOnly": st.booleans(),
            "additionalProperties": st.booleans() | inner,
            "not": inner,
            "$ref": st.just("#/nowhere"),
        },
    )


schemas = st.recursive(st.just({}) | kinds.map(lambda kind: {"type": kind}), keywords, max_leaves=12)
anything = st.recursive(
    values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["type", "properties", "required", "items", "oneOf", "anyOf", "allOf", "enum", "const", "default", "minimum", "pattern", "format", "description"]
    ), inner, max_size=5), max_leaves=12,
)  # fmt: skip


@given(schemas, st.integers(0, 4))
def test_any_schema_becomes_one_that_every_client_accepts(schema: Any, depth: int) -> None:
    assert lint(simplify(schema, depth)) == []


@given(
    st.dictionaries(st.sampled_from(["type", "properties", "items", "oneOf", "allOf", "enum", "required"]), anything),
    st.integers(0, 3),
)
def test_even_a_malformed_schema_becomes_a_valid_one(schema: Any, depth: int) -> None:
    assert lint(simplify(schema, depth)) == []


# --- cutting and stepping ------------------------------------------------------------------------------------------------

NESTED = an_object(a=an_object(b=an_object(c=STRING, d=INTEGER)), list={"type": "array", "items": an_object(e=STRING)})


def test_a_schema_that_fits_is_not_cut() -> None:
    assert fit_depth(NESTED, 10_000) is NESTED


def test_a_schema_is_cut_at_a_depth_and_says_what_it_held() -> None:
    cut = cut_depth(NESTED, 2)
    assert cut["properties"]["a"]["properties"]["b"] == {"type": "object", "x-cut": ["c", "d"]}
    assert cut["properties"]["list"]["items"] == {"type": "object", "x-cut": ["e"]}
    assert cut_depth({"oneOf": [STRING]}, 0) == {"x-cut": True}
    assert cut_depth({"oneOf": [an_object(a=STRING)], "additionalProperties": False}, 1) == {
        "oneOf": [{"type": "object", "x-cut": ["a"]}],
        "additionalProperties": False,
    }


def test_the_deepest_cut_that_fits_is_taken() -> None:
    budget = size(cut_depth(NESTED, 2))
    assert fit_depth(NESTED, budget) == cut_depth(NESTED, 2)
    assert fit_depth(NESTED, 1) == cut_depth(NESTED, 1)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", NESTED),
        ("a.b.c", STRING),
        ("list.e", STRING),
        ("list[].e", STRING),
        ("list", {"type": "array", "items": an_object(e=STRING)}),
        ("a.x", None),
        ("a.b.c.d", None),
        ("nothing", None),
    ],
)
def test_a_part_is_found_by_its_dotted_path(path: str, found: Any) -> None:
    assert step_into(NESTED, path) == found


def test_alternatives_are_stepped_through_together() -> None:
    schema = {"oneOf": [an_object(a=STRING), an_object(a=INTEGER), an_object(b=STRING)]}
    assert step_into(schema, "a") == {"anyOf": [STRING, INTEGER]}
    assert step_into(schema, "b") == STRING
    assert step_into({"allOf": [an_object(a={"oneOf": [an_object(x=STRING)]})]}, "a.x") == STRING


def test_the_size_is_that_of_compact_json() -> None:
    assert size({"a": [1, "ü"]}) == len('{"a":[1,"\\u00fc"]}')
