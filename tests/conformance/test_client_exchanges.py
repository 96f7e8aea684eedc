"""What Akamai's clients were seen to exchange is described by our documents: requests and answers meet their schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from every_row import failures
from exchanges import RECORDED, Exchange, own_exchanges, recorded_exchanges
from jsonschema import Draft202012Validator
from oracle import oracle_of
from samples import no_file

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.openapi.model import Operation
from akamai_mcp.request.arguments import ABSENT, place_raw
from akamai_mcp.request.builder import build_request

SPECS: Final = Path(__file__).parents[2] / "specs"


@cache
def exchanges() -> Mapping[str, tuple[Exchange]]:
    """Our own rows and, where they are, the recorded ones."""
    return {exchange.id: (exchange,) for exchange in own_exchanges() + recorded_exchanges()}


def typed(exchange: Exchange, operation: Operation) -> dict[str, Any]:
    """The query's values as the types that the document declares, which is how an agent gives them."""
    kinds = {parameter.name: parameter.schema.get("type") for parameter in operation.parameters_in("query")}
    texts = exchange.query
    return {name: json.loads(text) if kinds.get(name) in {"integer", "boolean"} else text for name, text in texts.items()}


def document_of(catalogue: Catalogue, key: str) -> tuple[Path, dict[str, Any]]:
    path = SPECS / catalogue.get(key).document
    return path, json.loads(path.read_bytes())


@pytest.mark.skipif(not recorded_exchanges(), reason=f"the recorded exchanges are not here ({RECORDED})")
def test_all_182_recorded_exchanges_are_with_operations_that_say_they_were_observed() -> None:
    assert len(recorded_exchanges()) == 182
    assert {exchange.operation.source for exchange in recorded_exchanges()} == {"observed"}


def test_the_request_meets_the_document(catalogue: Catalogue) -> None:
    def check(exchange: Exchange) -> None:
        operation = catalogue.operation(catalogue.get(exchange.operation.key))
        headers = {"Accept": exchange.accept} | ({"Content-Type": exchange.content_type} if exchange.body is not None else {})
        body = ABSENT if exchange.body is None else exchange.body
        placed = place_raw(operation, path=exchange.path, query=typed(exchange, operation), headers=headers, body=body)
        request = build_request(operation, placed, no_file)
        path, _ = document_of(catalogue, exchange.operation.key)
        assert oracle_of(path).read(request).errors == []

    assert failures(check, exchanges()) == {}


def test_the_answer_meets_the_document(catalogue: Catalogue) -> None:
    def check(exchange: Exchange) -> None:
        entry = catalogue.get(exchange.operation.key)
        _, document = document_of(catalogue, exchange.operation.key)
        answers = document["paths"][entry.template][entry.method.lower()]["responses"]
        answer = answers.get(str(exchange.response_status)) or answers["2XX"]
        content = answer.get("content")
        assert (exchange.response_body is None) <= (content is None or exchange.response_status != 204)
        if exchange.response_body is not None:
            schema = content[exchange.accept].get("schema", {})
            validator = Draft202012Validator({**schema, "components": document.get("components", {})})
            assert [error.message for error in validator.iter_errors(exchange.response_body)] == []

    assert failures(check, exchanges()) == {}


def test_no_name_of_the_recording_suite_is_taken_for_one_of_the_api() -> None:
    for path in SPECS.glob("*/*/openapi.clients.json"):
        assert "testKey" not in path.read_text(), path.name
        assert "test_include" not in path.read_text(), path.name
