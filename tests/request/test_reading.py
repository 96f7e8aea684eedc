from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import ArgumentError
from akamai_mcp.openapi.model import Operation, Parameter
from akamai_mcp.request.arguments import Placed, argument_keys, place, place_raw
from akamai_mcp.request.lengths import MAX_VALUES
from akamai_mcp.request.reading import declared_by, kinds_of, read_value, read_whole

INTEGER, NUMBER, BOOLEAN = {"type": "integer"}, {"type": "number"}, {"type": "boolean"}
OBJECT, ARRAY, STRING = {"type": "object"}, {"type": "array"}, {"type": "string"}
ENUM = {"type": "string", "enum": ["STAGING", "PRODUCTION"]}
NULLABLE = {"type": ["integer", "null"]}
PLAIN: dict[str, Any] = {"integer": 2, "number": 1.5, "boolean": True, "object": {"a": [1]}, "array": ["a", 1]}


@pytest.mark.parametrize(
    ("schema", "sent", "read"),
    [
        (INTEGER, "2", 2),
        (INTEGER, " -2 ", -2),
        (INTEGER, 2.0, 2),
        (INTEGER, "2.0", 2),
        (NULLABLE, "7", 7),
        (NUMBER, "1.5", 1.5),
        (NUMBER, "2", 2),
        (NUMBER, 2.0, 2.0),
        (BOOLEAN, "true", True),
        (BOOLEAN, "False", False),
        (BOOLEAN, " TRUE ", True),
        (OBJECT, '{"a": [1]}', {"a": [1]}),
        (OBJECT, [], {}),
        (ARRAY, '["a", 1]', ["a", 1]),
        ({"items": STRING}, '["a"]', ["a"]),
        ({"properties": {}}, "{}", {}),
        (ENUM, "staging", "STAGING"),
        ({"anyOf": [INTEGER, BOOLEAN]}, "true", True),
        ({"allOf": [OBJECT, {"description": "d"}]}, '{"a": 1}', {"a": 1}),
        ({"type": ["integer", "number"]}, "2.0", 2.0),
        (NUMBER, "12345678901234567", 12345678901234567),
        (INTEGER, 2.0**53, 2**53),
        (INTEGER, -(2.0**53), -(2**53)),
        ({"enum": ["", "a"]}, "", ""),
        ({"enum": ["a", "A"]}, "A", "A"),
        ({"enum": ["a", "b"]}, " A ", "a"),
        ({"enum": [1, 2]}, "2", 2),
        ({"enum": [True, None]}, "true", True),
        ({"enum": [1, None]}, "", None),
        *((schema, blank, None) for schema in (INTEGER, NUMBER, BOOLEAN, OBJECT, ARRAY, ENUM) for blank in ("", "  ")),
        *((schema, "null", None) for schema in (INTEGER, BOOLEAN, OBJECT, ARRAY)),
    ],
)
def test_a_value_is_read_as_the_type_that_is_declared(schema: dict[str, Any], sent: Any, read: Any) -> None:
    found = read_value(sent, declared_by(schema))
    assert found == read
    assert type(found) is type(read)


FORMS = ["", " ", "2", "2.0", "true", "False", "null", "{}", '{"a": 1}', "[]", '["a"]', '"a"', "STAGING", "007", "1e5"]


@pytest.mark.parametrize("text", FORMS)
@pytest.mark.parametrize(
    "schema",
    [STRING, {}, {"type": ["string", "integer"]}, {"oneOf": [OBJECT, STRING]}, {"anyOf": [{}, OBJECT]}, {"description": "d"}],
)
def test_text_is_never_changed_where_a_string_may_be_meant(schema: dict[str, Any], text: str) -> None:
    assert read_value(text, declared_by(schema)) == text


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        (INTEGER, "two"),
        (INTEGER, "2.5"),
        (INTEGER, 2.5),
        (INTEGER, "007"),
        (INTEGER, "true"),
        (INTEGER, "9" * 400),
        (INTEGER, "1e999"),
        (INTEGER, 1e300),
        (INTEGER, 2.0**53 + 2),
        (INTEGER, "123456789012345678"),
        (NUMBER, "123456789012345678"),
        (NUMBER, "1e999"),
        (NUMBER, "true"),
        (NUMBER, "NaN"),
        (NUMBER, "Infinity"),
        (NUMBER, "0.1000000000000000055"),
        (BOOLEAN, "yes"),
        (BOOLEAN, "1"),
        (OBJECT, "[1]"),
        (OBJECT, "{'a': 1}"),
        (OBJECT, "[" * 100_000),
        (ARRAY, "a,b"),
        (ARRAY, "[NaN]"),
        (OBJECT, '{"a": -Infinity}'),
        (OBJECT, '{"a": 1, "a": 2}'),
        (ARRAY, '{"a": 1}'),
        (ENUM, "stage"),
        ({"type": "string", "enum": ["a", "A"]}, " a"),
        ({"enum": [1, 2]}, "two"),
        ({"enum": ["a", 1]}, " A "),
        ({"enum": "a"}, "1"),
        ({"type": ["object", "array"]}, []),
        ({"type": ["object", "integer"]}, []),
        (ARRAY, []),
        (OBJECT, {"a": "1"}),
    ],
)
def test_what_does_not_fit_stays_as_it_was_sent(schema: dict[str, Any], sent: Any) -> None:
    found = read_value(sent, declared_by(schema))
    assert (found, type(found)) == (sent, type(sent))


def test_json_text_obeys_the_limits_of_arguments() -> None:
    with pytest.raises(ArgumentError, match="values"):
        read_value(json.dumps([0] * (MAX_VALUES + 1)), declared_by(ARRAY))
    with pytest.raises(ArgumentError, match="64-bit"):
        read_value('{"a": 123456789012345678901234567890}', declared_by(OBJECT))


def test_a_body_is_read_inside_by_its_schema_and_its_texts_are_kept() -> None:
    item = {"type": "object", "properties": {"weight": NUMBER, "on": BOOLEAN, "name": STRING, "tags": ARRAY}}
    schema = {"allOf": [{"type": "object", "properties": {"items": {"type": "array", "items": item}, "note": STRING}}]}
    sent = {"items": '[{"weight": "50", "on": "False", "name": "7", "tags": "[1]"}]', "note": "{}", "other": "5"}
    assert read_whole(json.dumps(sent), schema) == {
        "items": [{"weight": 50, "on": False, "name": "7", "tags": [1]}],
        "note": "{}",
        "other": "5",
    }
    assert read_whole({"items": [{"weight": "", "on": ""}]}, schema) == {"items": [{"weight": "", "on": ""}]}


INNER = {"properties": {"v": INTEGER, "[]": BOOLEAN}, "items": {"properties": {"v": INTEGER}}}


@pytest.mark.parametrize(
    "schema",
    [
        INNER,
        {"allOf": [{"description": "d"}, INNER]},
        {"oneOf": [{"type": "null"}, INNER]},
        {"anyOf": [{"oneOf": [INNER, "no schema"]}, {"properties": None}]},
    ],
)
def test_what_is_inside_is_read_wherever_the_schema_has_it(schema: dict[str, Any]) -> None:
    assert read_whole({"v": "5", "[]": "true", "w": "5"}, schema) == {"v": 5, "[]": True, "w": "5"}
    assert read_whole([{"v": "5"}, {"v": "6", "w": "7"}, "8"], schema) == [{"v": 5}, {"v": 6, "w": "7"}, "8"]


@pytest.mark.parametrize("schema", [{}, {"properties": {"v": {}}}, {"items": "no schema"}, {"properties": {"v": "no schema"}}])
def test_what_no_schema_describes_is_left_as_it_is(schema: dict[str, Any]) -> None:
    for value in ({"v": "5"}, [{"v": "5"}], "5"):
        assert read_whole(value, schema) == value


def test_alternatives_that_disagree_leave_a_value_alone() -> None:
    either = {"oneOf": [{"type": "object", "properties": {"v": INTEGER}}, {"type": "object", "properties": {"v": STRING}}]}
    assert read_whole({"v": "5"}, either) == {"v": "5"}


def forms(kind: str) -> Iterator[Any]:
    """The forms in which lossy clients send the plain value of a type."""
    plain = PLAIN[kind]
    yield json.dumps(plain)
    yield f" {json.dumps(plain)}\n"
    if kind == "integer":
        yield from (float(plain), f"{plain}.0")
    if kind == "boolean":
        yield from ("True", "TRUE")


def calls(operation: Operation, key: str, parameter: Parameter, value: Any) -> Iterator[Placed]:
    """The same argument by an operation's own tool and by a raw request."""
    path = {p.name: "x" for p in operation.parameters_in("path") if p is not parameter}
    keys = {key: p.name for key, p in argument_keys(operation).items()}
    yield place(operation, {k: "x" for k, name in keys.items() if name in path} | {key: value})
    located: dict[str, Any] = {"path": dict(path), "query": {}, "header": {}}
    located[parameter.location][parameter.name] = value
    yield place_raw(operation, path=located["path"], query=located["query"], headers=located["header"])


def test_every_parameter_of_every_operation_is_read_in_every_form_and_no_string_is_touched(catalogue: Catalogue) -> None:
    read = kept = 0
    for entry in catalogue.entries():
        operation = catalogue.operation(entry)
        for key, parameter in argument_keys(operation).items():
            if parameter.location == "cookie" or parameter.name.endswith("*"):
                continue
            kinds = kinds_of(parameter.schema)
            if len(kinds) == 1 and (kind := next(iter(kinds))) in PLAIN:
                wanted = list(calls(operation, key, parameter, PLAIN[kind]))
                for form in forms(kind):
                    assert list(calls(operation, key, parameter, form)) == wanted, (entry.key, key, form)
                    read += 1
            elif "string" in kinds and "enum" not in parameter.schema:
                for text in ("2", "true", '{"a": 1}', "[1]", "null"):
                    for placed in calls(operation, key, parameter, text):
                        assert getattr(placed, parameter.location)[parameter.name] == text, (entry.key, key)
                    kept += 1
    assert read > 5000
    assert kept > 5000


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        ({}, set()),
        ({"allOf": [{"type": ["string", "integer"]}, {"type": "integer"}]}, {"integer"}),
        ({"type": ["integer", "null"], "allOf": [{"description": "any"}]}, {"integer"}),
        ({"allOf": [{"description": "any"}, {"type": "boolean"}]}, {"boolean"}),
        ({"type": ["string", "boolean"], "oneOf": [{"type": "boolean"}, {"type": "integer"}]}, {"boolean"}),
        ({"anyOf": [{"type": "null"}, {"items": {}}, {"properties": {}}]}, {"array", "object"}),
        ({"anyOf": [{"type": "integer"}, {}]}, set()),
        ({"enum": ["a", 1, None]}, {"string", "integer"}),
    ],
)
def test_a_schema_admits_what_all_its_parts_admit_together(schema: dict[str, Any], kinds: set[str]) -> None:
    assert kinds_of(schema) == kinds
