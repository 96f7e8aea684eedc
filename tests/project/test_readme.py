"""The README and the pages for a start: their commands run as they stand, tables and picture are what the code says."""

from __future__ import annotations

import asyncio
import html
import re
import shlex
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest
from products_docs import AREAS, names, with_grants, with_products
from session_picture import PICTURE, record, to_svg

from akamai_mcp.catalogue.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CREDENTIALS = (ROOT / "docs/credentials.md").read_text(encoding="utf-8")
# These serve until they are ended, or are the demo, which has a test of its own.
LASTING = {"serve", "sandbox", "demo"}
QUESTION_WORDS = 2


def commands(text: str) -> list[tuple[str, ...]]:
    """The commands of a page, in blocks and in running text."""
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)).splitlines()
    inline = re.findall(r"`(akamai-mcp [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    # A key has a # in it, so a comment begins with a space.
    lines = [tuple(shlex.split(re.sub(r"\s+#.*", "", line))) for line in (*blocks, *inline)]
    return sorted({words for words in lines if words and words[0] == "akamai-mcp" and words[1] not in LASTING})


@pytest.mark.parametrize("words", commands(README) + commands(CREDENTIALS), ids=" ".join)
def test_a_command_of_the_first_pages_runs_as_it_stands(
    words: tuple[str, ...], child_environment: dict[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {**child_environment, "HOME": str(home), "AKAMAI_MCP_EDGERC": str(write_edgerc(child_environment, home))}
    if "--remove" in words:
        run(("akamai-mcp", "install", "claude-code"), environment, tmp_path)
    done = run(words, environment, tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    if words[1] == "install":
        entry = '"akamai' in (home / ".claude.json").read_text(encoding="utf-8")
        assert entry is ("--remove" not in words)
    else:
        assert done.stdout


def write_edgerc(environment: dict[str, str], home: Path) -> Path:
    """A person's file with the two sections that the pages speak of."""
    known, chosen = ConfigParser(default_section=""), ConfigParser(default_section="")
    known.read(environment["AKAMAI_MCP_EDGERC"], encoding="utf-8")
    chosen.read_dict({"default": known["default"], "change": known["second"]})
    path = home / ".edgerc"
    with path.open("w", encoding="utf-8") as file:
        chosen.write(file)
    path.chmod(0o600)
    return path


def run(words: tuple[str, ...], environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    # `install` asks at a terminal; here there is none.
    command = [sys.executable, "-m", "akamai_mcp", *words[1:], *(["--yes"] if words[1] == "install" else [])]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_the_readme_begins_with_what_it_is_for_and_shows_it() -> None:
    assert re.search(r"^Let your AI agent work with Akamai", README, re.MULTILINE)
    assert f"]({PICTURE.relative_to(ROOT).as_posix()})" in README


def test_the_extras_that_are_installed_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for text in (README, CREDENTIALS):
        assert set(re.findall(r'"(?:\.|[\w/.-]*akamai-mcp)\[(\w+)\]', text)) <= extras.keys()


def test_safety_is_told_in_five_points() -> None:
    assert len(re.findall(r"^- \*\*", README.split("## Safety")[1].split("\n## ")[0], re.MULTILINE)) == 5


def test_what_can_be_asked_is_written_as_people_ask() -> None:
    asked = re.findall(r'^- "(.+)"$', README.split("## What you can ask")[1].split("\n## ")[0], re.MULTILINE)
    assert len(asked) >= 5
    assert all(len(question.split()) > QUESTION_WORDS for question in asked)


def test_each_product_is_in_one_area_of_the_readme(catalogue: Catalogue) -> None:
    placed = [key for keys in AREAS.values() for key in keys.split()]
    assert sorted(placed) == sorted(names(catalogue))
    assert with_products(README, catalogue) == README, "run `make docs`"


def test_the_grants_are_those_of_the_documents(catalogue: Catalogue) -> None:
    assert with_grants(CREDENTIALS, catalogue) == CREDENTIALS, "run `make docs`"
    assert "| Property Manager (`papi`) | `/papi/` |" in CREDENTIALS


def test_the_picture_is_one_of_a_session_that_runs_today() -> None:
    lines = asyncio.run(record())
    assert to_svg(lines) == PICTURE.read_text(encoding="utf-8"), "run `make picture`"
    shown = html.unescape(PICTURE.read_text(encoding="utf-8")).replace("\xa0", " ")
    for line, _ in lines:
        assert line.strip() in shown


def test_the_picture_loads_nothing_from_elsewhere() -> None:
    assert re.findall(r"""(?:src|href)=|url\((?!["']?#)|@import|<script""", PICTURE.read_text(encoding="utf-8")) == []
