"""The form of identifiers: known at every place of the embedded documents, read from the files without the code under test."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from akamai_mcp.documents.ids.forms import mark_id_forms, shown_forms
from akamai_mcp.documents.location import embedded_folder

NAMES: Final = {
    name for kind in json.loads((embedded_folder() / "id_prefixes.json").read_bytes()).values() for name in kind.get("names", ())
}
OTHERS_TYPES: Final = {"object", "boolean"}


def places(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, schema) of every parameter and member with a name of an identifier."""
    if isinstance(node, list):
        for one in node:
            yield from places(one)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("name"), str) and node["name"] in NAMES and "in" in node:
        yield node["name"], node["schema"]
    if isinstance(node.get("properties"), dict):
        yield from ((name, one) for name, one in node["properties"].items() if name in NAMES)
    for value in node.values():
        yield from places(value)


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def forms(pattern: str) -> Counter[tuple[str, str]]:
    """How often each form stands in the documents, by the product."""
    counted: Counter[tuple[str, str]] = Counter()
    for path in sorted(embedded_folder().glob(pattern)):
        document = json.loads(path.read_bytes())
        for name, schema in places(document):
            found = resolved(document, schema)
            if found.get("type") not in OTHERS_TYPES:
                counted[(path.parts[-3], found.get("x-id", f"{path} {name} has none"))] += 1
    return counted


def test_every_parameter_and_member_that_takes_an_identifier_has_a_form() -> None:
    found = forms("*/*/openapi*.json")
    assert {form for _, form in found} == {"bare", "prefixed", "either"}
    assert sum(found.values()) > 600


def test_only_property_manager_and_a_few_fields_of_its_neighbours_take_prefixes() -> None:
    found = forms("*/*/openapi*.json")
    prefixed = {product for product, form in found if form == "prefixed"}
    assert prefixed == {"papi", "hapi", "cam"}
    assert {product for product, form in found if form == "either"} == {"cprg", "sandbox-api"}


@pytest.mark.parametrize(
    ("document", "form"),
    [
        ({"name": "contractId", "in": "query", "example": "ctr_C-1"}, "prefixed"),
        ({"name": "contractId", "in": "query", "examples": {"one": {"value": "C-1"}}}, "bare"),
        ({"name": "contractId", "in": "query", "schema": {"type": "string", "example": "3-1"}}, "bare"),
        ({"properties": {"contractId": {"example": "ctr_1"}}}, "prefixed"),
        ({"properties": {"contractId": {"items": {"example": "ctr_1"}}}}, "prefixed"),
        ({"components": {"examples": {"one": {"value": {"deep": [{"contractId": "ctr_1"}]}}}}}, "prefixed"),
        ([{"example": {"contractId": "ctr_1"}}, {"example": {"contractId": "1"}}], "either"),
        ({"example": {"contractId": 1}}, None),
        ({"example": {"other": "ctr_1"}}, None),
    ],
)
def test_the_form_is_read_from_every_kind_of_example(document: Any, form: str | None) -> None:
    assert shown_forms(document).get("contractId") == form


def test_a_number_is_bare_and_a_form_that_is_known_stays() -> None:
    facts = {
        "parameters": [{"name": "groupId", "in": "path", "schema": {"type": "integer"}}],
        "properties": {
            "propertyId": {"type": "string"},
            "contractId": {"type": "string", "x-id": "bare"},
            "groupId": {"type": "object"},
        },
    }
    mark_id_forms(facts, {"groupId": "prefixed", "propertyId": "prefixed", "contractId": "prefixed"})
    assert facts == {
        "parameters": [{"name": "groupId", "in": "path", "schema": {"type": "integer", "x-id": "bare"}}],
        "properties": {
            "propertyId": {"type": "string", "x-id": "prefixed"},
            "contractId": {"type": "string", "x-id": "bare"},
            "groupId": {"type": "object"},
        },
    }


OFFICIAL: Final = Path(__file__).parents[3] / "shared" / "akamai-apis" / "apis"


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="Akamai's documents are not beside the checkout")
def test_the_forms_are_those_of_the_examples_of_akamais_documents() -> None:
    shown = {
        path.parts[-3]: shown_forms(json.loads(path.read_bytes())).get("contractId") for path in OFFICIAL.glob("*/*/openapi.json")
    }
    assert {product for product, form in shown.items() if form == "prefixed"} == {"papi"}
    assert sum(form == "bare" for form in shown.values()) >= 20
