"""Operation search keeps its floor on the questions of operators that come with the project."""

from __future__ import annotations

import json
from pathlib import Path

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search import Search

ROOT = Path(__file__).parents[1]
QUESTIONS = [json.loads(line) for line in (ROOT / "tests/data/questions.jsonl").read_text(encoding="utf-8").splitlines()]
FLOOR = json.loads((ROOT / "benchmarks/floors.json").read_text(encoding="utf-8"))["own"]
TOLERANCE = 0.01


def test_every_question_names_operations_that_exist(catalogue: Catalogue) -> None:
    keys = {entry.key for entry in catalogue.entries()}
    assert not [question["id"] for question in QUESTIONS if not keys.issuperset(question["operations"])]


def test_a_right_operation_is_among_the_first_five_as_often_as_before(catalogue: Catalogue) -> None:
    search = Search(catalogue)
    found = [
        any(entry.key in question["operations"] for entry in search.find(question["query"], limit=5).entries)
        for question in QUESTIONS
    ]
    assert sum(found) / len(found) >= FLOOR - TOLERANCE
