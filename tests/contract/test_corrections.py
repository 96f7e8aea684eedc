"""A correction of an answer hides what was seen at one place and nothing else: whatever else differs there is still found."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pytest
from contract.planting import OTHERS, Plant, changed, plants
from contract.planting import Path as Place
from openapi_schema_validator import OAS30ReadValidator, OAS31Validator

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.index import open_index
from akamai_mcp.contract.comparison import find_differences
from akamai_mcp.contract.difference import Answered
from akamai_mcp.documents.location import Location, embedded_folder, read_source
from akamai_mcp.media_types import is_json, is_media_type
from akamai_mcp.openapi.answers.corrections import FILE_NAME, Correction, CorrectionFile, in_order, to_lines, to_steps
from akamai_mcp.openapi.answers.widening import part_at
from akamai_mcp.openapi.model import Operation
from akamai_mcp.sandbox.examples.values import example

FILE = embedded_folder() / FILE_NAME
ROWS = tuple(CorrectionFile(FILE))
SAMPLES: Mapping[str, Any] = dict(OTHERS)
AT_THE_BOUND: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "maximum"), lambda _, bound: bound),
    **dict.fromkeys(("minLength", "maxLength"), lambda text, bound: (text + "x" * bound)[:bound]),
    "minItems": lambda items, bound: items[:bound],
}
JSON = "application/json"
JOINS = frozenset({"allOf", "oneOf", "anyOf"})
# Of the corrected answers, and of the differences that can be planted in one: `CORRECTIONS_EVERY=1` takes all, in minutes.
EVERY = int(os.environ.get("CORRECTIONS_EVERY", "6"))


@pytest.fixture(scope="module")
def declared(index_folder: Path) -> Iterator[Catalogue]:
    """The catalogue of the documents as they are, without a correction."""
    location = Location(root=embedded_folder(), origin="embedded")
    opened = Catalogue(open_index(read_source(location), index_folder), location.root, "", answers=CorrectionFile(Path("none")))
    yield opened
    opened.close()


def schema_of(operation: Operation, status: str) -> Any:
    answer = next(one for one in operation.responses if one.status == status)
    return next((media.schema for media in answer.content if is_json(media.name) or not is_media_type(media.name)), None)


def differs(operation: Operation, status: str, body: Any) -> bool:
    number = int(status.replace("X", "0"))
    content = json.dumps(body).encode()
    return bool(find_differences(Answered(operation=operation, key="it", status=number, content_type=JSON, content=content)))


def by_answer() -> list[tuple[str, str, list[Correction]]]:
    """(operation, status, corrections) of each answer that is corrected."""
    return [(*key, list(found)) for key, found in groupby(ROWS, key=lambda one: (one.operation, one.status))]


def test_the_file_is_in_its_order_and_every_correction_was_seen() -> None:
    assert FILE.read_text(encoding="utf-8") == to_lines(in_order(ROWS))
    assert len(set(map(repr, ROWS))) == len(ROWS)
    assert all(set(one.seen) <= {"client", "example"} and sum(one.seen.values()) for one in ROWS)


def of_list(old: Any, item: Any) -> Any:
    return old or [item]


def of_map(old: Any, member: Any) -> Any:
    return {**old, "any": member}


def reach(schema: Any, at: str, body: Any) -> tuple[Place, Any]:
    """(path, answer): an answer that has a value at the place of a pointer, and where it is."""
    steps = iter(to_steps(at))
    path: Place = ()
    for step in steps:
        if step not in schema and "anyOf" in schema:
            schema = schema["anyOf"][0]
        schema = schema[step]
        if step in ("items", "additionalProperties"):
            fill = of_list if step == "items" else of_map
            body = changed(body, path, lambda old, fill=fill, part=schema: fill(old, example(part)))
            path = (*path, 0 if step == "items" else "any")
            continue
        name = next(steps, "")
        schema = schema[int(name)] if isinstance(schema, list) else schema[name]
        if step == "properties":
            body = changed(body, path, lambda members, name=name, part=schema: {name: example(part)} | members)
            path = (*path, name)
        elif step in ("oneOf", "anyOf"):
            body = changed(body, path, lambda _, part=schema: example(part))
    return path, body


def with_what_was_seen(correction: Correction, value: Any) -> Any:
    match correction.kind:
        case "null":
            return None
        case "type":
            return SAMPLES[correction.value]
        case "missing":
            return {name: member for name, member in value.items() if name != correction.value}
        case "value":
            return correction.value
        case "member":
            return {**value, **{name: SAMPLES.get(kind) for name, kind in correction.value.items()}}
        case "bound":
            ((keyword, bound),) = correction.value.items()
            return AT_THE_BOUND[keyword](value, bound) if keyword in AT_THE_BOUND else value
        case _:
            return value


def test_what_was_seen_is_no_difference_any_more(catalogue: Catalogue) -> None:
    counts: Counter[str] = Counter()
    for key, status, corrections in by_answer()[::EVERY]:
        operation = catalogue.operation(catalogue.get(key))
        schema = schema_of(operation, status)
        for one in corrections:
            if one.kind in ("status", "alternatives", "shown") or is_joined(schema, one.at):
                continue
            path, sound = reach(schema, one.at, example(schema))
            if differs(operation, status, sound):
                counts["no example"] += 1
                continue
            body = changed(sound, path, lambda value, one=one: with_what_was_seen(one, value))
            assert not differs(operation, status, body), one
            counts[one.kind] += 1
    assert set(counts) == {"null", "type", "missing", "value", "member", "bound", "no example"}
    assert counts["no example"] < 0.15 * counts.total(), counts


def is_joined(schema: Any, at: str) -> bool:
    """Whether several schemas hold at a place, so that what was seen needs a correction of each."""
    return "/allOf/" in at or not JOINS.isdisjoint(part_at(schema, at) or ())


def test_every_other_difference_is_still_found(catalogue: Catalogue, declared: Catalogue) -> None:
    counts: Counter[str] = Counter()
    for key, status, corrections in by_answer()[::EVERY]:
        corrected, plain = catalogue.operation(catalogue.get(key)), declared.operation(declared.get(key))
        assert (corrected.request_body, corrected.parameters) == (plain.request_body, plain.parameters)
        schema = schema_of(plain, status) if corrections[0].kind != "status" else None
        sound = example(schema) if schema else None
        if not schema or not is_valid(plain, schema, sound):
            continue
        for plant in islice(plants(schema, sound), 0, None, EVERY):
            if is_valid(plain, schema, plant.body):
                assert not plant.spot.is_sure, (key, plant)
            elif differs(corrected, status, plant.body):
                counts[f"{plant.kind} found"] += 1
            else:
                is_known = any(hides(one, plant) for one in corrections)
                assert is_known or not plant.spot.is_sure, (key, plant)
                counts["known" if is_known else "beneath alternatives"] += 1
    assert counts["known"]
    assert counts.total() - counts["known"] > 300, counts
    assert counts["beneath alternatives"] < 0.02 * counts.total(), counts


def is_valid(operation: Operation, schema: Any, body: Any) -> bool:
    """The verdict of the plain validator, without anything of ours."""
    kind = OAS31Validator if operation.dialect == "3.1" else OAS30ReadValidator
    return bool(kind(schema).is_valid(body))


def hides(correction: Correction, plant: Plant) -> bool:
    """Whether a plant is what a correction allows."""
    if (correction.at, correction.kind) != (plant.spot.at, plant.kind):
        return False
    return correction.kind == "null" or correction.value == plant.detail
