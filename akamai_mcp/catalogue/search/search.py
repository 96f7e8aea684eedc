"""Find operations from a person's own words.

SQLite's FTS5 finds candidates by BM25 with a weight for each column. The ranking adds: exact names, keys and pasted
paths first, synonyms and misspellings, the question's verb against what an operation does, how much of the question
its name and best phrase answer, products that are named, and the newest version.
"""

from __future__ import annotations

import heapq
import re
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import Final

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry, read_entry
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search.intents import interleave, split_intents
from akamai_mcp.catalogue.search.joined_words import split_unknown
from akamai_mcp.catalogue.search.languages.translation import to_english
from akamai_mcp.catalogue.search.languages.vendors import in_our_words
from akamai_mcp.catalogue.search.nearness.neighbours import Neighbours, nearest
from akamai_mcp.catalogue.search.pasted_paths import PathIndex
from akamai_mcp.catalogue.search.profile import Profile, read_profile
from akamai_mcp.catalogue.search.questions import Question, read_question, synonyms
from akamai_mcp.catalogue.search.ranking import (
    Candidate,
    Newest,
    Query,
    Ranking,
    Weights,
    newest_versions,
    version_cost,
    version_order,
)
from akamai_mcp.catalogue.search.stemming import Stemmer
from akamai_mcp.catalogue.search.terms import identifier_words
from akamai_mcp.catalogue.search.vocabulary import COLUMNS, Vocabulary
from akamai_mcp.openapi.templates import shape

# Ranking is slower than BM25, so only the best candidates are ranked.
MOST_CANDIDATES: Final = 80
# Those nearest in meaning are ranked too, whatever words they have.
MOST_NEAREST: Final = 20
KEPT_LIKENESSES: Final = 4  # of the question and its parts
# Characters; the cost of a question grows with its length.
MAX_QUESTION: Final = 500
# Candidates that score less than this share of the best one are not shown.
WORTH_SHOWING: Final = 0.3
_VERSION: Final = re.compile(r"(?<=/)v\d+(?=/)")
_NAME: Final = re.compile(r"akamai_\w+|[\w./-]+#[\w-]+")

Job = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """One page of matches; `total` counts every match, `products` the matches of each product.

    `nearest` is the cosine between the question and the operation that is nearest in meaning, 0 where nothing is known of it.
    """

    entries: tuple[Entry, ...]
    total: int
    products: Mapping[str, int]
    suggestions: tuple[str, ...] = ()
    nearest: float = 0.0


class Search:
    """Search over a catalogue."""

    def __init__(self, catalogue: Catalogue, weights: Weights | None = None) -> None:
        self._catalogue = catalogue
        self._index: sqlite3.Connection = catalogue.index
        self._weights = weights or Weights()
        self._stemmer = Stemmer()
        self._profiles: dict[int, Profile] = {}
        self._likeness = lru_cache(maxsize=KEPT_LIKENESSES)(self._compare)

    def find(self, question: str, chosen: Filter | None = None, *, limit: int = 10, offset: int = 0) -> Hits:
        """The operations that answer a question and match the filter, best first."""
        question = " ".join(question.split())[:MAX_QUESTION]
        allowed = self._allowed(chosen or Filter())
        exact = [row for row in self._exact(question) if allowed is None or row in allowed]
        text = self._split_unknown(to_english(in_our_words(question)))
        found = list(dict.fromkeys([*exact, *self._answers(text, allowed)]))
        products: dict[str, int] = {}
        for profile in self._load(found).values():
            products[profile.product] = products.get(profile.product, 0) + 1
        suggestions = () if found else self._catalogue.narrowed(chosen.keys if chosen else None).nearest(question)
        page = self._entries(found[offset : offset + limit])
        nearest = max(self._likeness(text).values(), default=0.0)
        return Hits(entries=page, total=len(found), products=products, suggestions=suggestions, nearest=nearest)

    def _allowed(self, chosen: Filter) -> Collection[int] | None:
        if chosen == Filter():
            return None
        condition, values = chosen.clauses()
        return {row[0] for row in self._index.execute(f"SELECT id FROM operations WHERE {condition}", values)}  # noqa: S608

    def _exact(self, question: str) -> list[int]:
        """The operations whose name, key, operationId or path is in the question."""
        if named := [row for name in _NAME.findall(question) for row in self._named(name)]:
            return named
        if at_path := self._paths.find(question):
            return at_path
        return [] if " " in question else self._by_operation_id(question)

    def _named(self, name: str) -> list[int]:
        found = self._index.execute("SELECT id FROM operations WHERE name = :name OR key = :name", {"name": name})
        return [row[0] for row in found]

    def _by_operation_id(self, operation_id: str) -> list[int]:
        escaped = re.sub(r"([%_\\])", r"\\\1", operation_id)
        query = "SELECT id FROM operations WHERE key LIKE ? ESCAPE '\\' ORDER BY version DESC, id"
        return [row[0] for row in self._index.execute(query, (f"%#{escaped}",))]

    @cached_property
    def _paths(self) -> PathIndex:
        return PathIndex(self._index.execute("SELECT id, method, path FROM operations ORDER BY id"))

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self._index, (getattr(self._weights, column) for column in COLUMNS))

    @cached_property
    def _ranking(self) -> Ranking:
        return Ranking(self._weights, self._vocabulary.weigh, self._vocabulary.weigh_name)

    @cached_property
    def _synonyms(self) -> Mapping[str, tuple[str, ...]]:
        return synonyms(self._stemmer.stems)

    @cached_property
    def _aliases(self) -> Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]:
        """The names of every product as stems, by their first stem."""
        named = [
            (identifier_words(str(name)), product.product)
            for product in self._catalogue.products()
            for name in (product.title, product.product, *product.guide.get("aliases", ()))
        ]
        # All words at once: the stemmer's cost is per call.
        stemmed = iter(self._stemmer.stems(chain.from_iterable(words for words, _ in named)))
        found: dict[str, set[tuple[tuple[str, ...], str]]] = {}
        for words, product_name in named:
            if stems := tuple(islice(stemmed, len(words))):
                found.setdefault(stems[0], set()).add((stems, product_name))
        return {first: tuple(sorted(names)) for first, names in found.items()}

    @cached_property
    def _neighbours(self) -> Neighbours:
        return Neighbours(self._index.execute("SELECT id, meaning FROM operations ORDER BY id"))

    def _compare(self, text: str) -> Mapping[int, float]:
        return self._neighbours.likeness(text)

    @cached_property
    def _newest(self) -> Newest:
        rows = self._index.execute("SELECT product, version, substr(key, instr(key, '#') + 1), source = '' FROM operations")
        return newest_versions(rows)

    def _answers(self, text: str, allowed: Collection[int] | None) -> list[int]:
        """The rows that answer a question; of one that asks for several things, the best of each, in the question's order."""
        found: list[list[int]] = []
        product = ""
        for part in split_intents(text):
            found.append(self._ranked(part, allowed, product))
            # What is done next is mostly done with the same product, unless a part names its own.
            product = product or next((self._profiles[row].product for row in found[0]), "")
        return interleave(found)

    def _ranked(self, text: str, allowed: Collection[int] | None, product: str = "") -> list[int]:
        query = self._to_query(read_question(text, self._stemmer.stems), product)
        likeness = self._likeness(text)
        candidates = self._candidates(query, allowed, nearest(likeness, MOST_NEAREST, allowed))
        profiles = self._load(candidates)
        most = max((likeness.get(row, 0.0) for row in candidates), default=0.0)
        scored = [
            (self._score(query, profiles[row], *measures) + self._weights.meaning * (likeness.get(row, 0.0) - most), row)
            for row, measures in candidates.items()
        ]
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        best = scored[0][0] if scored else 0.0
        shown = [row for score, row in scored if score >= min(best, WORTH_SHOWING * best)]
        return self._newest_only(shown, query.question.versions)

    def _newest_only(self, rows: list[int], versions: frozenset[str]) -> list[int]:
        """The rows without older versions of an operation that is among them, unless the question names their version."""
        kept: list[int] = []
        profiles = self._load(rows)
        present = {(profile.product, profile.operation_id, profile.version) for profile in profiles.values()}
        for row, profile in profiles.items():
            newest = self._newest[profile.product, profile.operation_id]
            if profile.version in {newest, *versions} or (profile.product, profile.operation_id, newest) not in present:
                kept.append(row)
        last: dict[Job, tuple[bool, str]] = {}
        for row in kept:
            known = (profiles[row].documented, profiles[row].version)
            last[self._jobs[row]] = max(last.get(self._jobs[row], known), known, key=version_order)
        return [row for row in kept if profiles[row].version in {last[self._jobs[row]][1], *versions}]

    @cached_property
    def _jobs(self) -> Mapping[int, Job]:
        """What each operation does, whichever version does it, and whatever that calls it."""
        rows = self._index.execute("SELECT id, product, method, path FROM operations")
        return {row: (product, method, _VERSION.sub("", shape(path))) for row, product, method, path in rows}

    def _score(self, query: Query, profile: Profile, bm25: float, coverage: float) -> float:
        score = self._ranking.score(query, Candidate(profile=profile, bm25=bm25, coverage=coverage))
        return score + version_cost(self._weights, self._newest, profile, query.question.versions)

    def _to_query(self, question: Question, product: str) -> Query:
        """Match a question against this index: correct unknown words, add synonyms, weigh each term.

        `product` is the one that counts as named where the question names none.
        """
        vocabulary, weights = self._vocabulary, self._weights
        terms = dict.fromkeys(self._corrected(term) for term in question.terms)
        stems: dict[str, float] = {}
        answers: dict[str, tuple[str, ...]] = {}
        worth: dict[str, float] = {}
        shares: dict[str, float] = {}
        for term in terms:
            meant = {term: 1.0} | dict.fromkeys(self._synonyms.get(term, ()), weights.synonym)
            for stem, discount in meant.items():
                stems[stem] = max(stems.get(stem, 0.0), discount)
                answers[stem] = (*answers.get(stem, ()), term)
            rarity = max(discount * vocabulary.weigh(stem) for stem, discount in meant.items())
            shares[term] = weights.part_of_compound if term in question.parts else 1.0
            if term in question.values:
                shares[term] *= weights.value_word
            if rarity and (term in question.plain or term in question.vague):
                vague = weights.vague_word if term in question.vague else 1.0
                shares[term] = vague * min(weights.plain_word, weights.plain_most / rarity)
            worth[term] = rarity * shares[term]
        return Query(
            question=question,
            worth=worth,
            shares=shares,
            stems=stems,
            answers=answers,
            products=self._mentions(question.words) or ({product: 1.0} if product else {}),
            total=sum(worth.values()),
        )

    def _split_unknown(self, text: str) -> str:
        return split_unknown(text, lambda word: self._stemmer.stems([word])[0] in self._vocabulary)

    def _corrected(self, term: str) -> str:
        known = term in self._vocabulary or term in self._synonyms
        return term if known else self._vocabulary.correct(term) or term

    def _mentions(self, stems: tuple[str, ...]) -> dict[str, float]:
        """The products that the question names, each with the share of the operations with that name that are its own."""
        found: dict[str, float] = {}
        for index, stem in enumerate(stems):
            for alias, product in self._aliases.get(stem, ()):
                if stems[index : index + len(alias)] == alias:
                    found[product] = max(found.get(product, 0.0), self._vocabulary.ownership(alias, product))
        return found

    def _candidates(self, query: Query, allowed: Collection[int] | None, near: Iterable[int]) -> dict[int, tuple[float, float]]:
        """The best rows by BM25 and coverage, and those near in meaning: BM25 relative to the highest one, and coverage."""
        totals: dict[int, float] = {}
        coverage: dict[int, float] = {}
        for term, worth in query.worth.items():
            share = query.shares[term]
            scores, discounts = self._term(term)
            for row, score in scores.items():
                totals[row] = totals.get(row, 0.0) + share * score
                coverage[row] = coverage.get(row, 0.0) + worth * discounts[row]
        rows: Iterable[int] = totals if allowed is None else totals.keys() & allowed
        # The product favours operations that answer all of the question over those that answer one word well.
        best = heapq.nlargest(MOST_CANDIDATES, rows, key=lambda row: totals[row] * coverage[row])
        top = max((totals[row] for row in best), default=1.0)
        # Where no word is known, nothing is near: the question is a misspelt name, which has suggestions of its own.
        ranked = dict.fromkeys([*best, *(near if best else ())])
        return {row: (totals.get(row, 0.0) / top, coverage.get(row, 0.0) / query.total) for row in ranked}

    def _term(self, term: str) -> tuple[dict[int, float], dict[int, float]]:
        """(scores, discounts) by row: the best BM25 of a term or its synonyms, and 1 for the term or a synonym's discount."""
        scores = dict(self._vocabulary.scores(term))
        discounts = dict.fromkeys(scores, 1.0)
        discount = self._weights.synonym
        for synonym in self._synonyms.get(term, ()):
            for row, score in self._vocabulary.scores(synonym).items():
                scores[row] = max(scores.get(row, 0.0), discount * score)
                discounts.setdefault(row, discount)
        return scores, discounts

    def _load(self, rows: Iterable[int]) -> dict[int, Profile]:
        wanted = list(rows)
        if missing := [row for row in wanted if row not in self._profiles]:
            marks = ",".join("?" * len(missing))
            query = f"SELECT id, profile FROM operations WHERE id IN ({marks})"  # noqa: S608
            self._profiles.update((row, read_profile(text)) for row, text in self._index.execute(query, missing))
        return {row: self._profiles[row] for row in wanted}

    def _entries(self, rows: list[int]) -> tuple[Entry, ...]:
        marks = ",".join("?" * len(rows))
        texts = dict(self._index.execute(f"SELECT id, entry FROM operations WHERE id IN ({marks})", rows))  # noqa: S608
        return tuple(read_entry(texts[row]) for row in rows)
