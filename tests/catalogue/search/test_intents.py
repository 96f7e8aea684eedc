"""A question that asks for several things is answered with the best of each, in its order; a list of things stays one question."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search.intents import interleave, split_intents
from akamai_mcp.catalogue.search.languages.translation import to_english
from akamai_mcp.catalogue.search.search import Search
from benchmarks.question_sets import by_any_version

DATA = Path(__file__).parents[2] / "data" / "questions_several.tsv"
NONE = "-"
LEAST_IN_FIVE = 0.9
FEWEST = 20


class Row(NamedTuple):
    question: str
    first: str
    second: str
    language: str


ROWS = [Row(*line.split("\t")) for line in DATA.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
SEVERAL = [row for row in ROWS if row.first != NONE]
ONE = [row for row in ROWS if row.first == NONE]


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("create a property and activate it", ["create a property", "activate a property"]),
        ("create and then publish an include", ["create an include", "publish an include"]),
        ("clone the policy, then activate", ["clone the policy", "activate the policy"]),
        ("GTM: add a datacenter and delete the old one", ["GTM: add a datacenter", "GTM: delete the old one"]),
        ("please lock the user; also reset the password", ["please lock the user", "also reset the password"]),
        ("create a zone; import its records", ["create a zone", "import a zone records"]),
        ("delete the record set, then create a new one in it", ["delete the record set", "create the record set in it"]),
        ("show the alerts and mute one", ["show the alerts", "mute the alerts"]),
        ("lock the user and create one group", ["lock the user", "create one group"]),
        ("add and remove hostnames", ["add hostnames", "remove hostnames"]),
        ("create a zone, import status", ["create a zone, import status"]),
        ("find and replace a hostname", ["find and replace a hostname"]),
        ("reports on hits and downloads", ["reports on hits and downloads"]),
        ("list users, groups and roles", ["list users, groups and roles"]),
        ("requests and tests", ["requests and tests"]),
        # What one goes on with is where something was added, if that has an article.
        ("add a host to the policy, then activate it", ["add a host to the policy", "activate the policy"]),
        ("upload a file to storage, then delete it", ["upload a file to storage", "delete a file to storage"]),
        # A network is no thing that something is done to: that is said later.
        ("activate on staging, then test the zone", ["activate on staging the zone", "test the zone"]),
        # After "then", a full stop or a semicolon a verb is no noun; else it needs an object or its second word.
        ("create a zone then import records", ["create a zone", "import records"]),
        ("create a zone; import records", ["create a zone", "import records"]),
        ("Create a zone. Import records.", ["Create a zone", "Import records."]),
        ("create a zone, import the records", ["create a zone", "import the records"]),
        ("create a rule and turn off logging", ["create a rule", "turn off logging"]),
        ("create a rule and turn rates", ["create a rule and turn rates"]),
        ("create a zone, report hits each day", ["create a zone, report hits each day"]),
        ("create a zone and throw away the draft", ["create a zone", "throw away the draft"]),
        ("create a zone and white list an address", ["create a zone and white list an address"]),
        # Of two words for something said before, the second may mean what the first belongs to.
        ("create a zone, then list its records by their age", ["create a zone", "list a zone records by their age"]),
        ("delete a user and list those groups", ["delete a user", "list those groups of a user"]),
        ("get a user, then list the same groups", ["get a user", "list the same groups of a user"]),
        ("please activate", ["please activate"]),
        ("please", ["please"]),
        ("activate, then deactivate", ["activate", "deactivate"]),
        ("", [""]),
    ],
)
def test_a_question_is_split_where_a_second_thing_is_asked_for(question: str, parts: list[str]) -> None:
    assert split_intents(question) == parts


def test_at_most_three_things_are_told_apart() -> None:
    assert len(split_intents("create a, then create b, then create c, then create d, then create e")) == 3


def test_the_best_of_each_come_first_and_none_comes_twice() -> None:
    assert interleave([[1, 2, 3], [4, 1], [5]]) == [1, 4, 5, 2, 3]
    assert interleave([[None, 1], []]) == [None, 1]


@pytest.mark.parametrize("row", ONE, ids=[row.question for row in ONE])
def test_a_list_of_things_is_one_question(row: Row) -> None:
    question = to_english(row.question)
    assert split_intents(question) == [question]


def test_both_things_that_a_question_asks_for_are_among_the_first_five(catalogue: Catalogue) -> None:
    versions, search = by_any_version(catalogue.entries()), Search(catalogue)
    assert len(SEVERAL) >= FEWEST

    def found(row: Row) -> bool:
        keys = {entry.key for entry in search.find(row.question, limit=5).entries}
        wanted = ([versions[name] for name in names.split(",")] for names in (row.first, row.second))
        return all(not keys.isdisjoint(frozenset().union(*right)) for right in wanted)

    missed = [row.question for row in SEVERAL if not found(row)]
    assert len(missed) <= (1 - LEAST_IN_FIVE) * len(SEVERAL), missed
