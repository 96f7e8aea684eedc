"""Strict validation asks openapi-core, and refuses what was advised against; only strict validation loads it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from generation import Generator
from samples import body, operation, parameter

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.errors import AkamaiMcpError, BodyError
from akamai_mcp.openapi.media_choice import media_type_of
from akamai_mcp.openapi.model import MediaType, Operation
from akamai_mcp.request.arguments import Placed, argument_keys, place
from akamai_mcp.request.validation import bounded
from akamai_mcp.request.validation.check import MAX_MISMATCHES, find_mismatches

PET = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {"name": {"type": "string", "maxLength": 5}, "id": {"type": "integer", "readOnly": True}},
}
POST = operation(method="POST", request_body=body(MediaType(name="application/json", schema=PET), required=True))
WRONG: tuple[Any, ...] = ({"odd": [1]}, "text", 7, None, [], [{}], True, -1.5, "", "9" * 400)
EVERY_NTH = 7


def strictly(op: Operation, placed: Placed) -> tuple[str, ...]:
    return find_mismatches(op, placed, strict=True)


def variants(arguments: dict[str, Any], random: Random) -> Iterator[dict[str, Any]]:
    """Arguments that fit, with one of another kind, with one left out, and with one too many."""
    yield arguments
    if arguments:
        name = random.choice(list(arguments))
        yield arguments | {name: random.choice(WRONG)}
        yield {other: value for other, value in arguments.items() if other != name}
    yield arguments | {"not_declared": "1"}


def draw(op: Operation, random: Random, *, full: bool) -> dict[str, Any]:
    """Arguments that fit, all of them or the required ones."""
    generator = Generator(random=random, dialect=op.dialect, full=full, strict=False)
    arguments = {key: generator.draw(found.schema) for key, found in argument_keys(op).items() if full or found.required}
    if op.request_body and (full or op.request_body.required):
        arguments["body"] = generator.draw(media_type_of(op).schema)
    return arguments


def placed_calls(op: Operation) -> Iterator[Placed]:
    """Calls whose arguments can be placed at all; text as a body is left to a test of its own."""
    random = Random(op.key)
    for arguments in variants(draw(op, random, full=random.random() < 0.5), random):
        try:
            placed = place(op, arguments)
        except AkamaiMcpError:
            continue
        if not isinstance(placed.body, str):
            yield placed


@pytest.mark.parametrize("start", range(EVERY_NTH))
def test_every_operation_is_judged_as_it_is_advised(catalogue: Catalogue, start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "time_limit", partial(bounded.time_limit, 60.0))  # a busy machine takes longer over the same
    refused = accepted = 0
    for entry in catalogue.entries()[start::EVERY_NTH]:
        op = catalogue.operation(entry)
        for placed in placed_calls(op):
            advised, judged = find_mismatches(op, placed), strictly(op, placed)
            if any("take too long" in line for line in (*advised, *judged)):  # a busy machine, while validators were compiled
                advised, judged = find_mismatches(op, placed), strictly(op, placed)
            assert set(judged) == set(advised) or len(advised) == MAX_MISMATCHES == len(judged), entry.key
            refused, accepted = refused + bool(judged), accepted + (not judged)
    assert min(refused, accepted) > 100


def test_a_mismatch_says_where_and_what() -> None:
    assert set(strictly(POST, Placed(body={"name": "Methuselah", "more": 1}))) == {
        "body.name: 'Methuselah' is too long",
        "body: Additional properties are not allowed ('more' was unexpected)",
    }
    [found] = strictly(POST, Placed(body={"name": "Rex", "id": 7}))
    assert found.startswith("body.id: Tried to write read-only property")


def test_what_is_missing_or_not_declared_is_a_mismatch() -> None:
    op = operation(parameter("q", required=True), parameter("If-Match", "header", required=True))
    assert strictly(op, Placed()) == ("q: required but missing", "If-Match: required but missing")
    assert strictly(op, place(op, {"q": "a", "ifMatch": '"a"'})) == ()
    assert strictly(POST, Placed()) == ("body: required but missing",)
    assert strictly(operation(), Placed(extra_query={"depth": 1})) == ("depth: undeclared query parameter",)
    assert strictly(operation(), Placed(body={})) == ("body: the operation declares no body",)
    form = operation(method="POST", request_body=body("application/x-www-form-urlencoded", required=True))
    assert strictly(form, Placed()) == ("body: required but missing",)
    assert strictly(form, Placed(body={"a": 1})) == ()


CHOSEN = operation(
    parameter("accept", schema={"enum": ["a/b"]}, required=True),
    parameter("If-Match", "header", schema={"enum": ["x"]}, required=True),
    parameter("If-None-Match", "header", schema={"type": "integer"}),
)


@pytest.mark.parametrize(
    ("placed", "mismatches"),
    [
        (Placed(), {"accept: required but missing", "If-Match: required but missing"}),
        (Placed(query={"accept": "a/b"}, header={"If-Match": "x"}), set()),
        (Placed(query={"accept": "a/b"}, standard_headers={"if-match": "x", "if-none-match": "7"}), set()),
        (Placed(standard_headers={"if-match": "x", "accept": "a/b"}), {"accept: required but missing"}),
        (Placed(query={"accept": "a/b"}, header={"If-Match": "x"}, standard_headers={"if-match": "y"}), set()),
        (Placed(query={"accept": "a/b"}, standard_headers={"if-match": "y"}), {"If-Match: 'y' is not one of ['x']"}),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_a_declared_header_is_judged_by_the_value_that_every_call_takes_and_no_other_parameter_is(
    placed: Placed, mismatches: set[str], strict: bool
) -> None:
    assert {*find_mismatches(CHOSEN, placed, strict=strict)} == mismatches


@pytest.mark.parametrize(
    ("text", "mismatches"),
    [
        ('{"name": "Rex"}', ()),
        ('{"name": "Methuselah"}', ("body.name: 'Methuselah' is too long",)),
        ("[]", ("body: [] is not of type 'object'",)),
    ],
)
def test_json_that_comes_as_text_is_judged_as_what_it_says(text: str, mismatches: tuple[str, ...]) -> None:
    assert strictly(POST, Placed(body=text)) == mismatches


def test_text_that_is_no_json_is_refused_as_everywhere() -> None:
    with pytest.raises(BodyError, match="not JSON"):
        strictly(POST, Placed(body="Rex"))


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, {"a": 1}),  # exploded: members of their own
        ({"type": "array", "items": {"type": "string"}}, ["a,b", "c"]),
        ({"type": "string"}, ""),
        ({"type": "integer"}, "7"),
        ({"type": "boolean"}, "False"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, 7),
        ({"type": "string", "format": "date"}, "tomorrow"),  # an annotation
    ],
)
def test_a_value_is_judged_and_not_how_it_is_written(schema: dict[str, Any], value: Any) -> None:
    op = operation(parameter("q", schema=schema))
    assert strictly(op, Placed(query={"q": value})) == ()
    assert strictly(op, Placed(query={"q": [None]})) != ()


def test_each_dialect_is_read_by_its_own_rules() -> None:
    nullable = {"type": "string", "nullable": True}
    for dialect, mismatches in (("3.0", ()), ("3.1", ("body: None is not of type 'string'",))):
        declared = body(MediaType(name="application/json", schema=nullable))
        assert strictly(operation(method="PUT", request_body=declared, dialect=dialect), Placed(body=None)) == mismatches


def test_the_schema_of_the_media_type_that_is_wanted_is_the_one_judged_by() -> None:
    content = (MediaType(name="x.v1+json", schema={"type": "array"}), MediaType(name="x.v2+json", schema={"type": "object"}))
    op = operation(method="PUT", request_body=body(*content))
    assert strictly(op, Placed(body={})) == ()
    assert strictly(op, Placed(body=[], standard_headers={"content-type": "x.v1+json"})) == ()
    assert strictly(op, Placed(body={}, standard_headers={"content-type": "x.v1+json"})) == ("body: {} is not of type 'array'",)


def test_operations_do_not_share_a_validator() -> None:
    for schema, mismatches in (({"type": "string"}, ()), ({"type": "integer"}, ("q: 'a' is not of type 'integer'",))) * 300:
        assert strictly(operation(parameter("q", schema=schema)), Placed(query={"q": "a"})) == mismatches


@pytest.mark.parametrize("strict", [False, True])
def test_openapi_core_is_loaded_by_strict_validation_alone(strict: bool) -> None:
    code = f"""
import sys
import akamai_mcp.server.app
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.validation.check import find_mismatches
from samples import operation, parameter
assert find_mismatches(operation(parameter("q", schema={{"type": "integer"}})), Placed(query={{"q": "a"}}), strict={strict})
print("openapi_core" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == str(strict)


def test_what_the_first_comparison_imports_does_not_count_towards_its_time() -> None:
    code = """
import sys
from akamai_mcp.request.arguments import Placed
from akamai_mcp.request.validation import bounded
from akamai_mcp.request.validation.check import find_mismatches
from samples import operation, parameter
time_limit, loaded = bounded.time_limit, []
bounded.time_limit = lambda: (loaded.append("openapi_core" in sys.modules), time_limit())[1]
find_mismatches(operation(parameter("q")), Placed(query={"q": "a"}), strict=True)
print(loaded)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("[True]", "")
