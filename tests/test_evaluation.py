"""Operation search keeps its floor on the questions of operators that come with the project."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search.search import Search

ROOT = Path(__file__).parents[1]


def lines(path: str) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in (ROOT / path).read_text(encoding="utf-8").splitlines()]


OWN = lines("tests/data/questions.jsonl")
CLIENTS = lines("tests/data/questions_clients.jsonl")
FACTS = lines("specs/clients.jsonl")
FLOOR = json.loads((ROOT / "benchmarks/floors.json").read_text(encoding="utf-8"))["own"]
TOLERANCE = 0.01
FEWEST_A_PRODUCT = 10


@pytest.mark.parametrize("questions", [OWN, CLIENTS], ids=["own", "clients"])
def test_every_question_names_operations_that_exist(catalogue: Catalogue, questions: list[dict[str, Any]]) -> None:
    keys = {entry.key for entry in catalogue.entries()}
    assert not [question["id"] for question in questions if not keys.issuperset(question["operations"])]


def test_no_question_is_asked_twice() -> None:
    asked = [question["query"].lower() for question in OWN + CLIENTS]
    ids = [question["id"] for question in OWN + CLIENTS]
    assert (len(set(asked)), len(set(ids))) == (len(asked), len(ids))


def test_a_right_operation_is_among_the_first_five_as_often_as_before(catalogue: Catalogue) -> None:
    search = Search(catalogue)
    found = [
        any(entry.key in question["operations"] for entry in search.find(question["query"], limit=5).entries) for question in OWN
    ]
    assert sum(found) / len(found) >= FLOOR - TOLERANCE


def test_every_question_of_the_clients_set_is_answered_by_an_operation_that_only_clients_show() -> None:
    shown = {key(fact) for fact in FACTS}
    assert not [question["id"] for question in CLIENTS if shown.isdisjoint(question["operations"])]


def test_the_clients_set_asks_ten_questions_a_product_or_as_many_as_it_has_operations() -> None:
    products = {key(fact): fact["product"] for fact in FACTS}
    operations = Counter(products.values())
    asked = Counter(product for question in CLIENTS for product in {products.get(name) for name in question["operations"]})
    assert not [product for product, count in operations.items() if asked[product] < min(FEWEST_A_PRODUCT, count)]


def key(fact: dict[str, Any]) -> str:
    """The key of the operation that a line of specs/clients.jsonl describes."""
    return f"{fact['product']}/{fact['version']}#{fact['id']}"
