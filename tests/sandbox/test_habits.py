"""The sandbox has the habits that a setting names."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from akamai_mcp.errors import SettingsError
from akamai_mcp.sandbox.habits.habits import FIGURES, NAMES, NONE, Habits, read_habits
from akamai_mcp.settings import Settings


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), NONE),
        (("none",), NONE),
        (("account", "work"), Habits(account=True, work=True)),
        (("account", "properties=60", "seed=9"), Habits(account=True, properties=60, seed=9)),
        (("all", "none", "work"), Habits(work=True)),
    ],
)
def test_a_list_of_names_and_figures_says_which_habits_are_on(words: tuple[str, ...], expected: Habits) -> None:
    assert read_habits(words) == expected


def test_all_means_every_habit_and_no_figure_changes_by_it() -> None:
    habits = read_habits(("all",))
    assert all(getattr(habits, name) for name in NAMES)
    assert replace(habits, **dict.fromkeys(NAMES, False)) == NONE


@pytest.mark.parametrize("word", ["accounts", "account=1", "properties", "properties=many", "properties=-1", "seed=²", ""])
def test_what_is_no_habit_is_refused_with_the_habits_that_there_are(word: str) -> None:
    with pytest.raises(ValueError, match="account"):
        read_habits((word,))


def test_the_setting_names_the_variable_that_is_wrong() -> None:
    assert Settings(sandbox_habits="account, work").habits() == Habits(account=True, work=True)
    with pytest.raises(SettingsError, match=r"AKAMAI_MCP_SANDBOX_HABITS.*wrk"):
        Settings(sandbox_habits="account,wrk").habits()


def test_the_documentation_has_every_word_and_the_figures_as_they_are() -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    section = text.partition("## The sandbox\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| (`.+?`) \| (.+) \|$", section, re.MULTILINE))
    words = [word for row in rows for word in re.findall(r"`(\w+)`", row)]
    assert sorted(words) == sorted([*NAMES, *FIGURES])
    for names, said in rows.items():
        for name in set(re.findall(r"`(\w+)`", names)) & set(FIGURES) - {"seed"}:
            assert re.search(rf"\b{getattr(NONE, name)}\b", said)
