"""Evaluate operation search: recall and mean reciprocal rank for each set of questions and each system, with its cost.

Each figure has its 95 % bootstrap interval; a set with kinds and languages is shown by these too.

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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fastmcp import Client, FastMCP  # noqa: E402
from fastmcp.server.transforms.search import BM25SearchTransform  # noqa: E402
from fastmcp.tools.base import Tool  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.markup import escape  # noqa: E402
from rich.table import Table  # noqa: E402

from akamai_mcp.catalogue.catalogue import Catalogue  # noqa: E402
from akamai_mcp.catalogue.entry import Entry  # noqa: E402
from akamai_mcp.catalogue.naming import words  # noqa: E402
from akamai_mcp.catalogue.search.search import Search  # noqa: E402
from akamai_mcp.documents.location import Location, open_catalogue  # noqa: E402
from akamai_mcp.server.app import build_server  # noqa: E402
from akamai_mcp.settings import load_settings  # noqa: E402
from benchmarks.intervals import bootstrap  # noqa: E402
from benchmarks.question_sets import Question, by_any_version, load_lines, load_table  # noqa: E402

OWN: Final = ROOT / "tests" / "data" / "questions.jsonl"
CLIENTS: Final = ROOT / "tests" / "data" / "questions_clients.jsonl"
TASKS: Final = ROOT / "tests" / "data" / "questions_tasks.tsv"
SECOND: Final = ROOT / "tests" / "data" / "questions_second.tsv"
DEV: Final = ROOT.parent / "shared" / "retrieval" / "dev_queries.jsonl"
DEV2: Final = "dev2_queries.tsv"  # beside the development set
FLOORS: Final = ROOT / "benchmarks" / "floors.json"
TOLERANCE: Final = 0.01
MOST_TOKENS: Final = 2_800
BYTES_PER_TOKEN: Final = 4
SHOWN: Final = 10
NARROWEST: Final = 130  # columns that a row of intervals needs
FIGURES: Final = ("R@1", "R@5", "MRR", "R@10", "median ms")

Ask = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """For each question, the rank of the first right operation (0: not in the first ten) and the milliseconds."""

    places: tuple[int, ...]
    milliseconds: tuple[float, ...]

    def hits(self, most: int) -> list[float]:
        """1 for each question with a right operation among the first results, otherwise 0; the mean is the recall."""
        return [float(0 < place <= most) for place in self.places]

    def reciprocals(self) -> list[float]:
        """The reciprocal rank of each question, 0 without a right operation."""
        return [1 / place if place else 0.0 for place in self.places]

    def recall(self, most: int) -> float:
        """Recall: the share of the questions with a right operation among the first results."""
        return statistics.fmean(self.hits(most))

    def part(self, keep: Iterable[bool]) -> Score:
        """The score of some of the questions."""
        chosen = [place for place, kept in enumerate(keep) if kept]
        return Score(
            places=tuple(self.places[one] for one in chosen), milliseconds=tuple(self.milliseconds[one] for one in chosen)
        )


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


def sets(dev: Path, catalogue: Catalogue) -> tuple[dict[str, list[Question]], list[str]]:
    """The available sets of questions, and why a set is missing."""
    versions = by_any_version(catalogue.entries())
    found = {"own": load_lines(OWN), "clients": load_lines(CLIENTS), "tasks": load_table(TASKS, versions)}
    found["second"] = load_table(SECOND, versions)
    dev2 = dev.with_name(DEV2)
    found |= {"dev": load_lines(dev)} if dev.is_file() else {}
    found |= {"dev2": load_table(dev2, versions)} if dev2.is_file() else {}
    missing = {"dev": dev, "dev2": dev2}.items()
    return found, [f"{name}: skipped, {path} is not here" for name, path in missing if name not in found]


def figures(score: Score) -> list[str]:
    """R@1, R@5 and MRR, each with its interval, then R@10 and the median of the milliseconds."""
    cells = [_cell(values) for values in (score.hits(1), score.hits(5), score.reciprocals())]
    return [*cells, f"{score.recall(10):.3f}", f"{statistics.median(score.milliseconds):.2f}"]


def _cell(values: Sequence[float]) -> str:
    low, high = bootstrap(values)
    return f"{statistics.fmean(values):.3f} [{low:.3f}, {high:.3f}]"


def breakdown(questions: Sequence[Question], score: Score) -> list[list[str]]:
    """A row for each kind of question and then for each language, if the set has them."""
    rows = []
    for labels in ([one.kind for one in questions], [one.language for one in questions]):
        for label in sorted({*labels} - {""}):
            part = score.part(one == label for one in labels)
            rows.append([label, str(len(part.places)), *figures(part)])
    return rows


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
    parser.add_argument(
        "--dev",
        type=Path,
        default=DEV,
        help=f"the development set if not beside the project; {DEV2} is beside it",
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        return _run(options, Path(folder))


def _run(options: argparse.Namespace, cache: Path) -> int:
    console = Console(width=max(Console().width, NARROWEST))
    catalogue = open_catalogue(Location(root=ROOT / "specs", origin="the project's own"), cache)
    systems = {"ours": ours(catalogue)}
    if not options.check:
        systems |= {"plain FTS5 BM25": plain_fts5(catalogue), "FastMCP BM25SearchTransform": fastmcp_search(catalogue)}
    questions, skipped = sets(options.dev, catalogue)
    table = Table("set", "questions", "system", *FIGURES, title="Operation search")
    parts = Table("set", "kind or language", "questions", *FIGURES, title="Ours, by kind and by language")
    scores: dict[str, Score] = {}
    for name, asked in questions.items():
        for system, ask in systems.items():
            score = evaluate(ask, asked)
            scores |= {name: score} if system == "ours" else {}
            table.add_row(name, str(len(asked)), system, *map(escape, figures(score)))
        for row in breakdown(asked, scores[name]):
            parts.add_row(name, *map(escape, row))
    tokens = surface_tokens(cache)
    console.print(table, parts)
    console.print(*skipped, f"tools/list: {tokens} tokens of at most {MOST_TOKENS}", sep="\n")
    problems = failures(scores, tokens) if options.check else []
    console.print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
