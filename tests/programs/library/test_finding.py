"""A program is found by what people ask where it does the whole job, and not where one operation does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from processor_time import works_at_most

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search.search import Search
from akamai_mcp.programs.library.finding import ProgramFinder
from akamai_mcp.programs.library.library import Library

DATA = Path(__file__).parents[2] / "data" / "questions_programs.tsv"
NONE = "-"
FEWEST = 30
# Of the questions that no program's author had seen: those answered first, and those of one operation that show a program.
LEAST_FIRST = 0.84
MOST_SHOWN = 0.08
MOST_SECONDS = 1.0  # without a bound on its length it would be 10
FEWEST_ASKS, MOST_ASKS = 5, 8

Find = Callable[[str], list[str]]


class Row(NamedTuple):
    question: str
    right: str
    language: str


ROWS = [Row(*line.split("\t")) for line in DATA.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def find(catalogue: Catalogue, library: Library) -> Find:
    """Finds the names of programs beside operations, as the tool does."""
    search, finder = Search(catalogue), ProgramFinder(library.programs.values())
    return lambda question: [one.name for one in finder.find(question, search.find(question, limit=1).nearest)]


def test_each_program_is_found_first_by_its_asks(library: Library, find: Find) -> None:
    asked = [(ask, name) for name, one in library.programs.items() for ask in one.asks]
    assert [(ask, name) for ask, name in asked if find(ask)[:1] != [name]] == []


def test_each_program_has_five_to_eight_asks_and_none_is_another_s(library: Library) -> None:
    asks = [ask.lower() for one in library.programs.values() for ask in one.asks]
    assert [one.name for one in library.programs.values() if not FEWEST_ASKS <= len(one.asks) <= MOST_ASKS] == []
    assert len(set(asks)) == len(asks)


def test_no_question_of_the_set_is_an_ask(library: Library) -> None:
    asks = {ask.lower() for one in library.programs.values() for ask in one.asks}
    assert [row.question for row in ROWS if row.question.lower() in asks] == []


def test_questions_in_other_words_find_their_program_first(library: Library, find: Find) -> None:
    asked = [row for row in ROWS if row.right != NONE]
    assert len(asked) >= FEWEST
    assert {name for row in asked for name in row.right.split(",")} == set(library.programs)
    missed = [row.question for row in asked if (find(row.question) or [""])[0] not in row.right.split(",")]
    assert len(missed) <= (1 - LEAST_FIRST) * len(asked), missed


def test_questions_that_one_operation_answers_seldom_show_a_program(find: Find) -> None:
    asked = [row.question for row in ROWS if row.right == NONE]
    assert len(asked) >= FEWEST
    shown = [question for question in asked if find(question)]
    assert len(shown) <= MOST_SHOWN * len(asked), shown


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("add this IP to our blocklist", "block-in-list"),
        ("block 203.0.113.7 please", "block-in-list"),
        ("roll back shop.example.org", "roll-back-property"),
        ("which certs expire soon", "certificates-ending"),
        ("who changed the property last night", "who-changed-what"),
        ("import a bind zone file", "import-zone"),
        ("clear cache after deploy", "purge-after-deploy"),
        ("compare prod and staging config", "compare-versions"),
        ("deploy edgeworker to staging", "deploy-edgeworker"),
        ("activate version 5 on production", "activate-property"),
        ("is shop.example.org protected by the waf", "what-protects-hostname"),
        ("change the TTL of a record", "dns-change"),
        ("replace the origin in every property", "replace-in-rules"),
        ("@undo", "undo"),
        ("search-rules", "search-rules"),
    ],
)
def test_a_program_is_found_by_other_words_than_ours_and_by_its_name(find: Find, question: str, name: str) -> None:
    assert find(question)[:1] == [name]


@pytest.mark.parametrize(
    "question",
    [
        "",
        "list the contracts of the account",
        "create a CP code",
        "who am I",
        "delete a zone",
        "the",
        "get property",
        "edge hostnames",
        "zzqqxx",
    ],
)
def test_a_question_about_one_operation_finds_no_program(find: Find, question: str) -> None:
    assert find(question) == []


def test_a_question_costs_no_more_the_longer_it_is(library: Library) -> None:
    finder = ProgramFinder(library.programs.values())
    with works_at_most(MOST_SECONDS):
        assert finder.find("which certificates expire soon " * 100_000, 0.3)


def test_an_operation_that_is_as_near_as_can_be_leaves_no_program(library: Library) -> None:
    finder = ProgramFinder(library.programs.values())
    assert finder.find("Which certificates expire this week", 0.0)
    assert not finder.find("Which certificates expire this week", 1.5)
