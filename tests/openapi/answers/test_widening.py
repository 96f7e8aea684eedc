"""Answers' schemas are corrected by facts: each allows what was seen, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.errors import DocumentError
from akamai_mcp.openapi.answers.corrections import Correction, CorrectionFile, in_order, to_lines, to_pointer, to_steps
from akamai_mcp.openapi.answers.widening import correct_answers, misfits, part_at, widen
from akamai_mcp.openapi.model import MediaType, Response

KEY = "zones/v1#get-a"
STRING: dict[str, Any] = {"type": "string"}
# (dialect, schema, kind, value, the schema that is wanted)
WIDENED: list[tuple[str, Any, Any, Any, Any]] = [
    ("3.0", STRING, "null", None, {"type": "string", "nullable": True}),
    ("3.1", STRING, "null", None, {"type": ["string", "null"]}),
    ("3.1", {"type": ["string", "null"]}, "null", None, {"type": ["string", "null"]}),
    ("3.0", STRING | {"enum": ["A"]}, "null", None, STRING | {"enum": ["A", None], "nullable": True}),
    ("3.0", {"type": "integer"}, "type", "number", {"type": "number"}),
    ("3.1", {"type": "integer", "minimum": 1}, "type", "string", {"type": ["integer", "string"], "minimum": 1}),
    (
        "3.0",
        {"type": "integer", "readOnly": True},
        "type",
        "string",
        {"readOnly": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
    ),
    ("3.0", {"oneOf": [STRING]}, "type", "array", {"oneOf": [STRING, {"type": "array", "items": {}}]}),
    ("3.0", {"required": ["a", "b"]}, "missing", "a", {"required": ["b"]}),
    ("3.0", {"required": ["a"], "type": "object"}, "missing", "a", {"type": "object"}),
    ("3.0", STRING | {"enum": ["A"]}, "value", "B", STRING | {"enum": ["A", "B"]}),
    ("3.1", {"const": "A"}, "value", "B", {"enum": ["A", "B"]}),
    ("3.0", {"additionalProperties": False}, "member", {"a": "boolean"}, {"additionalProperties": False, "properties": {"a": {"type": "boolean"}}}),
    ("3.0", {"properties": {}}, "member", {"a": "null"}, {"properties": {"a": {}}}),
    ("3.0", STRING | {"maxLength": 3}, "bound", {"maxLength": 5}, STRING | {"maxLength": 5}),
    ("3.0", {"minimum": 3}, "bound", {"minimum": 0}, {"minimum": 0}),
    ("3.0", STRING | {"pattern": "^a"}, "bound", {"pattern": None}, STRING),
    ("3.0", {"oneOf": [STRING, {}]}, "alternatives", None, {"anyOf": [STRING, {}]}),
]  # fmt: skip


def correction(kind: Any, value: Any = None, at: str = "", **more: Any) -> Correction:
    return Correction(operation=KEY, status="200", kind=kind, value=value, at=at, **more)


@pytest.mark.parametrize(("dialect", "schema", "kind", "value", "wanted"), WIDENED)
def test_a_schema_is_widened_by_what_was_seen_and_not_again(
    dialect: str, schema: Any, kind: Any, value: Any, wanted: Any
) -> None:
    once = widen(schema, correction(kind, value), dialect)
    assert once == wanted
    assert widen(once, correction(kind, value), dialect) == once


def test_a_wider_bound_stays() -> None:
    assert widen({"maxLength": 9}, correction("bound", {"maxLength": 5}), "3.0") == {"maxLength": 9}


def test_the_part_at_a_pointer_alone_is_widened() -> None:
    inner = {"type": "object", "required": ["a/b"], "properties": {"a/b": STRING, "items": STRING}}
    schema = {"allOf": [{}, {"type": "array", "items": inner}]}
    at = to_pointer(["allOf", 1, "items", "properties", "a/b"])
    assert to_steps(at) == ("allOf", "1", "items", "properties", "a/b")
    widened = widen(schema, correction("null", at=at), "3.0")
    assert part_at(widened, at) == {"type": "string", "nullable": True}
    assert widened["allOf"][1]["items"]["properties"]["items"] == STRING
    assert part_at(schema, at) == STRING


@pytest.mark.parametrize("at", ["/properties/absent", "/properties/a/properties/b", "/allOf/7", "/required/0"])
def test_a_place_that_the_schema_has_not_leaves_it_as_it_is(at: str) -> None:
    schema = {"required": ["a"], "properties": {"a": STRING}, "allOf": [{}]}
    assert widen(schema, correction("null", at=at), "3.0") == schema
    assert part_at(schema, at) is None


def test_a_part_is_found_behind_the_type_that_it_was_given_in_addition() -> None:
    schema = {"properties": {"a": {"type": "object", "properties": {"b": STRING}}}}
    for one in (correction("type", "string", at="/properties/a"), correction("null", at="/properties/a/properties/b")):
        schema = widen(schema, one, "3.0")
    first, second = schema["properties"]["a"]["anyOf"]
    assert (first["properties"]["b"], second) == ({"type": "string", "nullable": True}, STRING)


def test_only_the_answers_of_json_are_corrected() -> None:
    content = tuple(MediaType(name=name, schema=STRING) for name in ("application/json", "text/plain", "vendor.json", "*/*"))
    answers = (Response(status="200", content=content), Response(status="201", content=content))
    first, second = correct_answers(answers, [correction("null")], "3.0")
    assert [media.name for media in first.content if media.schema.get("nullable")] == ["application/json", "vendor.json", "*/*"]
    assert second is answers[1]


def test_what_has_no_schema_stays_open() -> None:
    answers = (Response(status="200", content=(MediaType(name="application/json", schema={}),)),)
    assert correct_answers(answers, [correction("null")], "3.0") == answers


@pytest.mark.parametrize(("status", "has_content"), [("202", True), ("204", False), ("205", False)])
def test_a_status_that_was_seen_has_the_answer_of_another_one(*, status: str, has_content: bool) -> None:
    answers = (Response(status="200", content=(MediaType(name="application/json", schema=STRING),)),)
    added = Correction(operation=KEY, status=status, kind="status", value="200")
    inside = Correction(operation=KEY, status=status, kind="null")
    first, second = correct_answers(answers, [added, inside], "3.0")
    assert first is answers[0]
    assert (second.status, [media.schema for media in second.content]) == (
        status,
        [STRING | {"nullable": True}] if has_content else [],
    )
    assert correct_answers((first, second), [added], "3.0") == (first, second)


def write_lines(folder: Path, *lines: str) -> CorrectionFile:
    path = folder / "answers.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return CorrectionFile(path)


def test_a_file_gives_the_corrections_of_an_operation_in_their_order(tmp_path: Path) -> None:
    rows = [correction("null", at="/items", seen={"client": 2}), correction("value", None), correction("status", "200")]
    file = write_lines(tmp_path, to_lines(in_order(rows)))
    assert [one.kind for one in file.of(KEY)] == ["status", "value", "null"]
    assert tuple(file) == file.of(KEY)
    assert set(map(repr, file)) == set(map(repr, rows))
    assert file.of("zones/v1#other") == ()
    assert tuple(CorrectionFile(tmp_path / "absent.jsonl")) == ()


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"operation": "a"}', '{"operation": "a", "status": "200", "kind": "odd"}', '{"operation": "a", "more": 1}'],
)
def test_a_file_that_means_nothing_is_told(tmp_path: Path, line: str) -> None:
    file = write_lines(tmp_path, line)
    with pytest.raises(DocumentError, match=r"answers\.jsonl cannot be read") as told:
        file.of("a")
    assert told.value.advice


def test_corrections_without_a_status_or_a_place_are_named() -> None:
    answers = (Response(status="200", content=(MediaType(name="application/json", schema={"properties": {"a": STRING}}),)),)
    absent = Correction(operation=KEY, status="404", kind="null")
    corrections = [
        correction("null", at="/properties/a"),
        correction("null", at="/properties/b"),
        absent,
        correction("status", "200"),
    ]
    assert list(misfits(answers, corrections)) == [
        f"answers of {KEY}: 200 has no /properties/b",
        f"answers of {KEY}: 404 has no JSON",
    ]
