"""Find operations from a person's own words.

SQLite's FTS5 ranks candidates by BM25 with a weight for each column; above it stands only what is ours: exact
names, keys and pasted paths first, the question's verb against method and shape of the path, how many of the
question's words are answered, the newest version of a product, a product named in the question.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from akamai_mcp.catalogue.catalogue import Catalogue, Filter, read_entry
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.terms import expand, question_words

CANDIDATES: Final = 120
MAX_QUESTION: Final = 500
MAX_WORDS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each kind of evidence counts; the columns are BM25 weights, the rest multiply the score."""

    summary: float = 6.0
    ask: float = 4.0
    identifier: float = 3.0
    path: float = 1.5
    product: float = 1.5
    fields: float = 0.4
    synonym: float = 0.35
    coverage: float = 1.0
    verb: float = 1.25
    wrong_verb: float = 0.8
    older_version: float = 0.93
    deprecated: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """One page of what was found; `total` counts every match, `products` how many of each product."""

    entries: tuple[Entry, ...]
    total: int
    products: Mapping[str, int]
    suggestions: tuple[str, ...] = ()


VERBS: Final[Mapping[str, str]] = {
    word: kind
    for kind, text in {
        "list": "list lists all every which show enumerate browse",
        "get": "get fetch read view inspect details detail retrieve see check look describe",
        "create": "create add new make register onboard open upload provision generate order request submit issue",
        "change": "update change edit modify set replace rename adjust enable disable configure patch move assign overwrite",
        "remove": "delete remove drop destroy erase wipe discard cancel revoke decommission detach unassign",
    }.items()
    for word in text.split()
}
_SHAPES: Final[Mapping[str, frozenset[str]]] = {
    "list": frozenset({"list"}),
    "get": frozenset({"get", "list"}),
    "create": frozenset({"create"}),
    "change": frozenset({"change"}),
    "remove": frozenset({"remove"}),
}
_COLUMNS: Final = ("summary", "ask", "identifier", "path", "product", "fields")
_PATH: Final = re.compile(r"(?:(?P<method>[A-Za-z]{3,7})\s+)?(?:https?://[^/\s]+)?(?P<path>/[\w{}./:~%*-]+)(?:\?\S*)?\s*\Z")


class Search:
    """Search over a catalogue."""

    def __init__(self, catalogue: Catalogue, weights: Weights | None = None) -> None:
        self._catalogue = catalogue
        self._index: sqlite3.Connection = catalogue.index
        self._weights = weights or Weights()

    def find(self, question: str, chosen: Filter | None = None, *, limit: int = 10, offset: int = 0) -> Hits:
        """The operations that answer a question, best first, from those that pass the filter."""
        question = " ".join(question.split())[:MAX_QUESTION]
        exact = self._exact(question)
        ranked = self._ranked(question, chosen or Filter())
        found = [*exact, *(entry for entry in ranked if entry.key not in {e.key for e in exact})]
        products: dict[str, int] = {}
        for entry in found:
            products[entry.product] = products.get(entry.product, 0) + 1
        suggestions = () if found else self._catalogue.nearest(question)
        page = tuple(found[offset : offset + limit])
        return Hits(entries=page, total=len(found), products=products, suggestions=suggestions)

    def _exact(self, question: str) -> list[Entry]:
        """Operations whose name, key, operationId or path the question is."""
        if entry := self._catalogue.find(question):
            return [entry]
        if match := _PATH.match(question):
            return self._by_path(match["path"].rstrip("/"), (match["method"] or "").upper())
        if " " in question:
            return []
        rows = self._index.execute("SELECT entry FROM operations WHERE key LIKE ? ESCAPE '\\' ORDER BY id DESC",
                                   (f"%#{_escape(question)}",))
        return [read_entry(row[0]) for row in rows]

    def _by_path(self, path: str, method: str) -> list[Entry]:
        rows = [(read_entry(entry), stored) for stored, entry in self._index.execute("SELECT path, entry FROM operations")]
        same = [entry for entry, stored in rows if same_path(path, stored) and method in ("", entry.method)]
        return sorted(same, key=lambda entry: entry.method != "GET")

    def _ranked(self, question: str, chosen: Filter) -> list[Entry]:
        tokens = question_words(question)[:MAX_WORDS]
        if not tokens:
            return []
        scores = self._scores(tokens, chosen)
        return [entry for _, entry in sorted(scores, key=lambda scored: (-scored[0], scored[1].key))]

    def _scores(self, tokens: list[str], chosen: Filter) -> list[tuple[float, Entry]]:
        weights = self._weights
        condition, values = chosen.clauses()
        totals: dict[int, float] = {}
        covered: dict[int, int] = {}
        for token in tokens:
            for rowid, score in self._token_scores(token, condition, values).items():
                totals[rowid] = totals.get(rowid, 0.0) + score
                covered[rowid] = covered.get(rowid, 0) + 1
        best = sorted(totals, key=totals.__getitem__, reverse=True)[:CANDIDATES]
        if not best:
            return []
        marks = ",".join("?" * len(best))
        rows = self._index.execute(f"SELECT id, entry FROM operations WHERE id IN ({marks})", best)  # noqa: S608
        entries = [(rowid, read_entry(text)) for rowid, text in rows]
        newest = _newest(entry for _, entry in entries)
        kind = question_verb(tokens)
        return [
            (
                totals[rowid]
                * (covered[rowid] / len(tokens)) ** weights.coverage
                * self._fit(entry, kind, newest),
                entry,
            )
            for rowid, entry in entries
        ]

    def _token_scores(self, token: str, condition: str, values: list[Any]) -> dict[int, float]:
        """The best score of each operation for one word or a synonym of it."""
        best: dict[int, float] = {}
        for term, weight in ((token, 1.0), *((other, self._weights.synonym) for other in sorted(expand(token)))):
            for rowid, rank in self._match(term, condition, values):
                best[rowid] = max(best.get(rowid, 0.0), -rank * weight)
        return best

    def _match(self, term: str, condition: str, values: list[Any]) -> list[tuple[int, float]]:
        ranks = ", ".join(str(getattr(self._weights, column)) for column in _COLUMNS)
        restrict = "" if condition == "1" else f" AND rowid IN (SELECT id FROM operations WHERE {condition})"  # noqa: S608
        query = f"SELECT rowid, bm25(terms, {ranks}) FROM terms WHERE terms MATCH ?{restrict}"  # noqa: S608
        return self._index.execute(query, [f'"{term}"', *values]).fetchall()

    def _fit(self, entry: Entry, kind: str | None, newest: Mapping[str, str]) -> float:
        weights, fit = self._weights, 1.0
        if kind:
            fit *= weights.verb if shape(entry) in _SHAPES[kind] else weights.wrong_verb
        if entry.version != newest[entry.product]:
            fit *= weights.older_version
        return fit * (weights.deprecated if entry.deprecated else 1.0)


def question_verb(tokens: list[str]) -> str | None:
    """What the question wants done: list, get, create, change, remove, or None where it does not say."""
    return next((VERBS[token] for token in tokens if token in VERBS), None)


def shape(entry: Entry) -> str:
    """What the operation does by method and path: list, get, create, change or remove."""
    if entry.method in {"GET", "HEAD"}:
        return "get" if entry.template.rstrip("/").endswith("}") else "list"
    return {"POST": "create", "DELETE": "remove"}.get(entry.method, "change")


def same_path(asked: str, template: str) -> bool:
    """True where a pasted path, with values or placeholders, stands at the end of the template's path."""
    left, right = asked.strip("/").split("/"), template.strip("/").split("/")
    if len(left) > len(right):
        return False
    return all(
        a.lower() == t.lower() or t.startswith("{") for a, t in zip(left, right[-len(left) :], strict=True)
    ) and any(a.lower() == t.lower() for a, t in zip(left, right[-len(left) :], strict=True))


def _newest(entries: Any) -> dict[str, str]:
    newest: dict[str, str] = {}
    for entry in entries:
        newest[entry.product] = max(newest.get(entry.product, ""), entry.version)
    return newest


def _escape(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)
