"""A question about all of a kind, or about what holds a name, points to the inventory; one about a named thing does not."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.inventory.pointing import Pointer, find_pointer, kinds_in

DATA = Path(__file__).parents[1] / "data" / "questions_inventory.tsv"
NONE = "-"
LEAST_RIGHT = 0.9
FEWEST = 20


class Row(NamedTuple):
    question: str
    kind: str
    query: str
    language: str

    @property
    def pointer(self) -> Pointer | None:
        return None if self.query == NONE else Pointer(query=self.query, kind="" if self.kind == NONE else self.kind)


ROWS = [Row(*line.split("\t")) for line in DATA.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def kinds(catalogue: Catalogue) -> tuple[str, ...]:
    return kinds_in(catalogue.marked())


def test_questions_about_the_account_point_to_the_inventory(kinds: tuple[str, ...]) -> None:
    asked = [row for row in ROWS if row.pointer]
    wrong = [row.question for row in asked if find_pointer(row.question, lambda: kinds) != row.pointer]
    assert len(asked) >= FEWEST
    assert len(wrong) <= (1 - LEAST_RIGHT) * len(asked), wrong


@pytest.mark.parametrize("row", [row for row in ROWS if not row.pointer], ids=[row.question for row in ROWS if not row.pointer])
def test_a_question_about_one_thing_or_a_change_shows_operations_only(kinds: tuple[str, ...], row: Row) -> None:
    assert find_pointer(row.question, lambda: kinds) is None


def test_a_kind_that_the_caller_may_not_ask_for_is_not_pointed_to(kinds: tuple[str, ...]) -> None:
    assert find_pointer("list all zones", lambda: kinds) == Pointer(query="*", kind="zone")
    assert find_pointer("list all zones", lambda: [kind for kind in kinds if kind != "zone"]) is None


@pytest.mark.parametrize(
    "question", ["", "all", "*", "which", "www.example.com", "x " * 500, "all all all every", "which which a.b c.d"]
)
def test_a_question_that_says_nothing_points_nowhere(kinds: tuple[str, ...], question: str) -> None:
    assert find_pointer(question, lambda: kinds) is None


def test_operations_are_hardly_ever_asked_for_in_words_of_the_inventory(catalogue: Catalogue, kinds: tuple[str, ...]) -> None:
    asks = [ask for entry in catalogue.entries() if not entry.inventory for ask in entry.ask]
    pointed = [ask for ask in asks if find_pointer(ask, lambda: kinds)]
    assert len(pointed) <= len(asks) / 200, pointed
