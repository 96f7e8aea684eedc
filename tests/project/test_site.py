"""The docs site: links of the repository lead to pages, no link is dead, search finds, and nothing is loaded from elsewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from site_hooks import OUTSIDE, page_of, source_of, to_site

ROOT = Path(__file__).parents[2]


class Page(HTMLParser):
    """The anchors, links and loaded files of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {value for name in ("id", "name") if (value := given.get(name))}
        if tag == "a" and given.get("href"):
            self.links.add(str(given["href"]))
        loads = {"img": "src", "script": "src", "link": "href", "iframe": "src"}.get(tag)
        if loads and given.get(loads) and given.get("rel") not in {"canonical", "prev", "next"}:
            self.loaded.add(str(given[loads]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("material") is None:
        pytest.skip("mkdocs-material is not installed: make site")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    # The page for what is not found has links from the root of its host.
    found = [path for path in sorted(site.rglob("*.html")) if path.name != "404.html"]
    return {path: Page(path.read_text(encoding="utf-8")) for path in found}


def test_every_link_of_every_page_leads_to_a_page_and_a_heading(pages: dict[Path, Page]) -> None:
    assert len(pages) > 60
    dead = []
    for path, page in pages.items():
        for link in page.links | page.loaded:
            parts = urlsplit(link)
            if parts.scheme in {"https", "mailto", "cursor", "vscode"}:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or (parts.fragment and target in pages and parts.fragment not in pages[target].ids):
                dead.append(f"{path.parent.name}: {link}")
    assert dead == []


def test_no_page_loads_anything_from_another_host(pages: dict[Path, Page]) -> None:
    assert {link for page in pages.values() for link in page.loaded if "//" in link} == set()


def test_every_page_of_the_repository_is_in_the_site_and_in_its_search(site: Path) -> None:
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    found = {entry["location"].split("#")[0] for entry in index["docs"]}
    wanted = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")} | set(OUTSIDE.values())
    assert {re.sub(r"(?:^|/)(?:index|README)\.md$|\.md$", "/", name).lstrip("/") for name in wanted} <= found


def test_search_knows_what_people_look_for(site: Path) -> None:
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    for words, page in (
        ("A read-only client", "credentials/"),
        ("AKAMAI_MCP_READ_ONLY", "configuration/"),
        ("Helm", "operations/"),
    ):
        assert any(entry["location"].startswith(page) and words in entry["title"] + entry["text"] for entry in index["docs"])


# Without mkdocs


@pytest.mark.parametrize(
    ("path", "link", "page"),
    [
        ("README.md", "docs/http.md#roles", "http.md#roles"),
        ("README.md", "LICENSE", "https://github.com/akamai-mcp/akamai-mcp/blob/main/LICENSE"),
        ("docs/operations.md", "../README.md#safety", "index.md#safety"),
        ("docs/operations.md", "configuration.md", "configuration.md"),
        ("docs/operations.md", "grafana/a.json", "https://github.com/akamai-mcp/akamai-mcp/blob/main/docs/grafana/a.json"),
        ("docs/decisions/README.md", "../architecture.md", "../architecture.md"),
        ("specs/README.md", "../docs/programs.md#the-library", "programs.md#the-library"),
        ("CHANGELOG.md", "https://example.com/a.md", "https://example.com/a.md"),
    ],
)
def test_a_link_of_the_repository_becomes_one_of_the_site(path: str, link: str, page: str) -> None:
    assert to_site(f"See [it]({link}).", path) == f"See [it]({page})."


def test_every_page_comes_from_its_file() -> None:
    for path in (*OUTSIDE, "docs/http.md", "docs/decisions/README.md"):
        assert source_of(page_of(path)) == path
