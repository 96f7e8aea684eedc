"""Evaluate operation search: recall and mean reciprocal rank for each set of questions and each system, with its cost.

python benchmarks/evaluate_search.py            print the table
python benchmarks/evaluate_search.py --check    exit 1 if R@5 is below its floor or tools/list is too large

A set without a floor in benchmarks/floors.json is measured and printed but not checked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fastmcp import Client, FastMCP  # noqa: E402
from fastmcp.server.transforms.search import BM25SearchTransform  # noqa: E402
from fastmcp.tools.base import Tool  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from akamai_mcp.catalogue.catalogue import Catalogue  # noqa: E402
from akamai_mcp.catalogue.entry import Entry  # noqa: E402
from akamai_mcp.catalogue.naming import words  # noqa: E402
from akamai_mcp.catalogue.search.search import Search  # noqa: E402
from akamai_mcp.documents.location import Location, open_catalogue  # noqa: E402
from akamai_mcp.server.app import build_server  # noqa: E402
from akamai_mcp.settings import load_settings  # noqa: E402

OWN: Final = ROOT / "tests" / "data" / "questions.jsonl"
CLIENTS: Final = ROOT / "tests" / "data" / "questions_clients.jsonl"
DEV: Final = ROOT.parent / "shared" / "retrieval" / "dev_queries.jsonl"
FLOORS: Final = ROOT / "benchmarks" / "floors.json"
TOLERANCE: Final = 0.01
MOST_TOKENS: Final = 2_000
BYTES_PER_TOKEN: Final = 4
SHOWN: Final = 10

Ask = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question and the keys of the operations that answer it."""

    text: str
    right: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """For each question, the rank of the first right operation (0: not in the first ten) and the milliseconds."""

    places: tuple[int, ...]
    milliseconds: tuple[float, ...]

    def recall(self, most: int) -> float:
        """Recall: the share of the questions with a right operation among the first results."""
        return sum(0 < place <= most for place in self.places) / len(self.places)

    def reciprocal_rank(self) -> float:
        """The mean reciprocal rank."""
        return sum(1 / place for place in self.places if place) / len(self.places)


def load_questions(path: Path) -> list[Question]:
    """Read the questions from a file of JSON lines."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [Question(text=line["query"], right=frozenset(line["operations"])) for line in lines]


def evaluate(ask: Ask, questions: Sequence[Question]) -> Score:
    """Run a system on a set of questions."""
    places, milliseconds = [], []
    for question in questions:
        start = time.perf_counter()
        found = ask(question.text)
        milliseconds.append((time.perf_counter() - start) * 1000)
        places.append(next((place for place, key in enumerate(found, 1) if key in question.right), 0))
    return Score(places=tuple(places), milliseconds=tuple(milliseconds))


def ours(catalogue: Catalogue) -> Ask:
    """This project's search."""
    search = Search(catalogue)
    return lambda text: [entry.key for entry in search.find(text, limit=SHOWN).entries]


def plain_fts5(catalogue: Catalogue) -> Ask:
    """Plain SQLite FTS5: the same texts by column, Porter stems, BM25, any of the words."""
    index = sqlite3.connect(":memory:")
    columns = "summary, ask, identifier, path, product, fields"
    index.execute(f"CREATE VIRTUAL TABLE terms USING fts5(key UNINDEXED, {columns}, tokenize='porter unicode61')")
    titles = {product.document: product for product in catalogue.products()}
    for entry in catalogue.entries():
        product = titles[entry.document]
        called = [product.title, entry.product, *product.guide.get("aliases", ()), *entry.tags]
        texts = ([entry.summary], entry.ask, [entry.operation_id], [entry.path], called, entry.parameters)
        row = [" ".join(words(" . ".join(map(str, text)))) for text in texts]
        index.execute("INSERT INTO terms VALUES (?,?,?,?,?,?,?)", (entry.key, *row))

    def ask(text: str) -> list[str]:
        asked = " OR ".join(f'"{word}"' for word in words(text))
        query = f"SELECT key FROM terms WHERE terms MATCH ? ORDER BY bm25(terms) LIMIT {SHOWN}"
        return [row[0] for row in index.execute(query, (asked,))] if asked else []

    return ask


def fastmcp_search(catalogue: Catalogue) -> Ask:
    """FastMCP's BM25 search over one tool per operation, with the same texts."""
    transform = BM25SearchTransform(max_results=SHOWN)
    tools = [_tool(entry) for entry in catalogue.entries()]
    keys = {entry.name: entry.key for entry in catalogue.entries()}

    def ask(text: str) -> list[str]:
        # Not public, but this is what its search tool calls; the tool itself would also render every schema.
        found = asyncio.run(transform._search(tools, text))  # noqa: SLF001
        return [keys[tool.name] for tool in found]

    return ask


def _tool(entry: Entry) -> Tool:
    properties = {name: {"type": "string"} for name in entry.parameters}
    description = ". ".join((entry.summary, *entry.ask, *entry.tags))
    return Tool(name=entry.name, description=description, parameters={"type": "object", "properties": properties})


def surface_tokens(cache: Path) -> int:
    """The tokens of the default tools/list, estimated as a quarter of its bytes as JSON."""

    async def list_tools(server: FastMCP[Any]) -> int:
        async with Client(server) as client:
            tools = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in await client.list_tools()]
        return len(json.dumps(tools, separators=(",", ":")).encode()) // BYTES_PER_TOKEN

    return asyncio.run(list_tools(build_server(load_settings(specs_dir=ROOT / "specs", cache_dir=cache, log_level="error"))))


def sets(dev: Path) -> tuple[dict[str, list[Question]], list[str]]:
    """The available sets of questions, and why a set is missing."""
    found = {"own": load_questions(OWN), "clients": load_questions(CLIENTS)}
    if dev.is_file():
        return {"dev": load_questions(dev), **found}, []
    return found, [f"dev: skipped, {dev} is not here"]


def failures(scores: dict[str, Score], tokens: int) -> list[str]:
    """The figures below their floor or above their limit."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    found = [
        f"{name}: R@5 is {scores[name].recall(5):.3f}, its floor {floor:.3f}"
        for name, floor in floors.items()
        if name in scores and scores[name].recall(5) < floor - TOLERANCE
    ]
    return found + ([f"tools/list costs {tokens} tokens, more than {MOST_TOKENS}"] if tokens > MOST_TOKENS else [])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print, and with --check compare with the floors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only ours, against benchmarks/floors.json")
    parser.add_argument("--dev", type=Path, default=DEV, help="the development set, where it is not beside the project")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        return _run(options, Path(folder))


def _run(options: argparse.Namespace, cache: Path) -> int:
    console = Console()
    catalogue = open_catalogue(Location(root=ROOT / "specs", origin="the project's own"), cache)
    systems = {"ours": ours(catalogue)}
    if not options.check:
        systems |= {"plain FTS5 BM25": plain_fts5(catalogue), "FastMCP BM25SearchTransform": fastmcp_search(catalogue)}
    questions, skipped = sets(options.dev)
    table = Table("set", "questions", "system", "R@1", "R@5", "R@10", "MRR", "median ms", title="Operation search")
    scores: dict[str, Score] = {}
    for name, asked in questions.items():
        for system, ask in systems.items():
            score = evaluate(ask, asked)
            scores |= {name: score} if system == "ours" else {}
            figures = [f"{value:.3f}" for value in (score.recall(1), score.recall(5), score.recall(10), score.reciprocal_rank())]
            table.add_row(name, str(len(asked)), system, *figures, f"{statistics.median(score.milliseconds):.2f}")
    tokens = surface_tokens(cache)
    console.print(table)
    console.print(*skipped, f"tools/list: {tokens} tokens of at most {MOST_TOKENS}", sep="\n")
    problems = failures(scores, tokens) if options.check else []
    console.print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
