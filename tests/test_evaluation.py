"""Operation search keeps its floor on the questions of operators that come with the project."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search.search import Search
from benchmarks.evaluate_search import SECOND, TASKS, Score, breakdown
from benchmarks.intervals import bootstrap
from benchmarks.question_sets import Question, by_any_version, load_table

ROOT = Path(__file__).parents[1]


def lines(path: str) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in (ROOT / path).read_text(encoding="utf-8").splitlines()]


def rows(path: Path) -> list[list[str]]:
    """The cells of each question of a table."""
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


OWN = lines("tests/data/questions.jsonl")
CLIENTS = lines("tests/data/questions_clients.jsonl")
TABLE = rows(TASKS)
FURTHER = rows(SECOND)
FACTS = lines("specs/clients.jsonl")
FLOOR = json.loads((ROOT / "benchmarks/floors.json").read_text(encoding="utf-8"))["own"]
TOLERANCE = 0.01
FEWEST_A_PRODUCT = 10
FEWEST_PRODUCTS = 55
LANGUAGES = {"en": 240, "de": 20, "fr": 20, "es": 20, "ja": 20}
KINDS = {"task", "keywords", "symptom", "identifier", "vendor", "one-or-many", "read-or-write", "several"}


@pytest.mark.parametrize("questions", [OWN, CLIENTS], ids=["own", "clients"])
def test_every_question_names_operations_that_exist(catalogue: Catalogue, questions: list[dict[str, Any]]) -> None:
    keys = {entry.key for entry in catalogue.entries()}
    assert not [question["id"] for question in questions if not keys.issuperset(question["operations"])]


def test_every_question_about_a_task_names_operations_that_exist(catalogue: Catalogue) -> None:
    names = {f"{entry.product}:{entry.operation_id}" for entry in catalogue.entries()}
    assert not [(row[0], name) for row in TABLE + FURTHER for name in row[1].split(",") if name not in names]


def test_the_tasks_are_asked_in_five_languages_and_about_most_products() -> None:
    products = {name.partition(":")[0] for row in TABLE for name in row[1].split(",")}
    assert Counter(language for *_, language in TABLE) == LANGUAGES
    assert len(products) >= FEWEST_PRODUCTS


def test_every_task_is_of_a_known_kind_and_every_kind_is_asked_in_english() -> None:
    assert {kind for _, _, kind, _ in TABLE} == KINDS
    assert {kind for _, _, kind, language in TABLE if language == "en"} == KINDS


def test_a_table_accepts_an_operation_in_every_version_of_its_product(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "table.tsv").write_text("# question\nwhich roles are there\tidentity-management:get-roles\n", encoding="utf-8")
    [question] = load_table(tmp_path / "table.tsv", by_any_version(catalogue.entries()))
    assert question.right == {"identity-management/v2#get-roles", "identity-management/v3#get-roles"}


def test_a_table_that_names_an_unknown_operation_is_refused(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "table.tsv").write_text("which roles are there\tidentity-management:get-rolls\n", encoding="utf-8")
    with pytest.raises(LookupError, match="identity-management:get-rolls"):
        load_table(tmp_path / "table.tsv", by_any_version(catalogue.entries()))


def test_an_interval_holds_the_mean_narrows_with_more_values_and_stays_the_same() -> None:
    few, many = [1.0, 1.0, 1.0, 0.0] * 10, [1.0, 1.0, 1.0, 0.0] * 100
    (low, high), (lower, upper) = bootstrap(few), bootstrap(many)
    assert low < lower < 0.75 < upper < high
    assert bootstrap(few) == (low, high)


def test_an_interval_is_as_wide_as_the_normal_approximation_of_a_large_sample() -> None:
    low, high = bootstrap([1.0, 0.0] * 200)
    # 1.96 standard errors on each side; a standard error is .5 / sqrt(400).
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.1)


def test_the_breakdown_has_a_row_for_each_kind_and_each_language() -> None:
    asked = [Question(text="", right=frozenset(), kind=kind, language=language) for kind, language in ("ae", "be", "bf")]
    shown = breakdown(asked, Score(places=(1, 0, 2), milliseconds=(1.0, 1.0, 1.0)))
    # Label, questions, and the start of R@1 and R@5.
    assert [(label, count, first[:5], five[:5]) for label, count, first, five, *_ in shown] == [
        ("a", "1", "1.000", "1.000"),
        ("b", "2", "0.000", "0.500"),
        ("e", "2", "0.500", "0.500"),
        ("f", "1", "0.000", "1.000"),
    ]


def test_no_question_is_asked_twice() -> None:
    asked = [question["query"].lower() for question in OWN + CLIENTS] + [text.lower() for text, *_ in TABLE + FURTHER]
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
