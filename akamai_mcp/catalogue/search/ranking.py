"""Score how well an operation answers a question, as a weighted sum of evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from akamai_mcp.catalogue.search.profile import Profile
from akamai_mcp.catalogue.search.questions import Question

Weigh = Callable[[str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The weight of each kind of evidence: first BM25's columns, then the evidence added to BM25.

    Fitted by coordinate search on half of the questions. Changing any one weight by half moves recall at 5
    by at most two points, so none is fine-tuned.
    """

    summary: float = 6.0
    ask: float = 4.0
    identifier: float = 3.0
    path: float = 1.5
    product: float = 1.5
    fields: float = 0.4
    synonym: float = 0.5
    plain_word: float = 0.6
    plain_most: float = 0.8
    vague_word: float = 0.75
    part_of_compound: float = 0.4
    value_word: float = 0.3
    bm25: float = 1.4
    coverage: float = 1.1
    named: float = 0.7
    identifier_precision: float = 0.2
    path_precision: float = 0.15
    summary_precision: float = 0.25
    phrase: float = 0.4
    head: float = 0.2
    mention: float = 0.5
    reads_instead: float = -1.1
    writes_instead: float = -1.1
    removal_mismatch: float = -0.75
    other_change: float = -0.35
    starts_instead: float = -0.1
    unsure: float = 0.2
    other_number: float = -0.2
    target: float = 0.1
    unsaid_parent: float = -0.03
    bulk: float = -0.1
    headers_only: float = -0.15
    short: float = 0.5
    superseded: float = -1.0
    older_version: float = -0.2
    deprecated: float = -0.2
    undocumented: float = -0.1
    meaning: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question matched against one index.

    `worth` is each term's weight and `total` their sum, `shares` the part of a term's BM25 that counts, `stems` the stems
    of the question and their synonyms with a discount, `answers` the terms that a stem answers, `products` those named.
    """

    question: Question
    worth: Mapping[str, float]
    shares: Mapping[str, float]
    stems: Mapping[str, float]
    answers: Mapping[str, tuple[str, ...]]
    products: Mapping[str, float]
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A candidate: its profile, its BM25 relative to the best one, and the share of the question that it answers."""

    profile: Profile
    bm25: float
    coverage: float


class Ranking:
    """Scores candidates; `weigh` gives a stem's rarity in all texts, `weigh_name` its rarity in operation names."""

    def __init__(self, weights: Weights, weigh: Weigh, weigh_name: Weigh) -> None:
        self._weights = weights
        self._weigh = weigh
        self._weigh_name = weigh_name

    def score(self, query: Query, candidate: Candidate) -> float:
        """The evidence that this operation answers the question, independent of the other candidates."""
        weights, profile = self._weights, candidate.profile
        head = query.question.head
        # In a short question each match says more about what is meant.
        closeness = 1 + weights.short / len(query.worth)
        return (
            weights.bm25 * candidate.bm25
            + weights.coverage * candidate.coverage
            + weights.named * self._answered(query, profile.identifier | profile.path | profile.summary)
            + closeness * weights.identifier_precision * self._precision(query, profile.identifier)
            + closeness * weights.path_precision * self._precision(query, profile.path)
            + closeness * weights.summary_precision * self._precision(query, profile.summary)
            + weights.phrase * max((self._overlap(query, phrase) for phrase in profile.phrases), default=0.0)
            + weights.head * (head in profile.identifier or head in profile.path)
            + weights.mention * query.products.get(profile.product, 0.0)
            + weights.deprecated * profile.deprecated
            + weights.undocumented * (not profile.documented)
            + self._path(query, profile)
            + self._kind(query.question, profile)
        )

    def _path(self, query: Query, profile: Profile) -> float:
        """The evidence of the path: whether its target is the head of the question, in number too, and its parents are named."""
        weights, question = self._weights, query.question
        score = weights.unsaid_parent * sum(parent.isdisjoint(query.stems) for parent in profile.parents)
        if question.head in profile.target:
            score += weights.target
            if question.many is not None and question.many == profile.one and question.kind in {"read", None}:
                score += weights.other_number
        if "bulk" in profile.identifier and "bulk" not in query.stems and not question.many:
            score += weights.bulk
        if profile.method == "HEAD" and "head" not in question.words:
            score += weights.headers_only
        return score

    def _answered(self, query: Query, stems: Iterable[str]) -> float:
        """The share of the question that these stems answer, from 0 to 1."""
        best: dict[str, float] = {}
        for stem in query.stems.keys() & stems:
            for term in query.answers[stem]:
                discount = 1.0 if term == stem else self._weights.synonym
                best[term] = max(best.get(term, 0.0), discount)
        return sum(query.worth[term] * share for term, share in best.items()) / query.total

    def _precision(self, query: Query, stems: frozenset[str]) -> float:
        """The share of these stems that the question contains, by rarity, from 0 to 1."""
        whole = sum(map(self._weigh_name, stems))
        return sum(self._weigh_name(stem) * query.stems[stem] for stem in query.stems.keys() & stems) / whole if whole else 0.0

    def _overlap(self, query: Query, phrase: frozenset[str]) -> float:
        """The overlap of a phrase and the question (Dice's coefficient, weighted by rarity), from 0 to 1."""
        whole = sum(map(self._weigh, phrase)) + query.total
        return 2 * sum(self._weigh(stem) * query.stems[stem] for stem in query.stems.keys() & phrase) / whole

    def _kind(self, question: Question, profile: Profile) -> float:
        """The penalty for an operation that does something other than the question asks for."""
        weights = self._weights
        if question.kind is None or question.kind in profile.kinds:
            return weights.starts_instead if question.kind == "read" and profile.starts else 0.0
        if profile.reads:
            cost = weights.reads_instead
        elif question.kind == "read":
            return weights.writes_instead if question.sure else 0.0
        elif "remove" in (question.kind, *profile.kinds):
            cost = weights.removal_mismatch
        else:
            cost = weights.other_change
        return cost if question.sure else cost * weights.unsure


Newest = Mapping[tuple[str, str], str]


def newest_versions(operations: Iterable[tuple[str, str, str, bool]]) -> Newest:
    """The newest version of each (product, operationId), and of each product under (product, "").

    Documented versions come before undocumented ones. `operations` yields (product, version, operationId, documented).
    """
    newest: dict[tuple[str, str], tuple[bool, str]] = {}
    for product, version, operation_id, documented in operations:
        for key in ((product, ""), (product, operation_id)):
            newest[key] = max(newest.get(key, (False, "")), (bool(documented), version), key=version_order)
    return {key: version for key, (_, version) in newest.items()}


def version_cost(weights: Weights, newest: Newest, profile: Profile, versions: frozenset[str]) -> float:
    """The penalty for an operation with a newer version, or of an older product version; none if the question names it."""
    if profile.version in versions:
        return 0.0
    superseded = profile.version != newest[profile.product, profile.operation_id]
    older = profile.version != newest[profile.product, ""]
    return weights.superseded * superseded + weights.older_version * older


def version_order(known: tuple[bool, str]) -> tuple[bool, int, str]:
    """What (documented, version) is compared by: documented versions come after undocumented ones, and v10 after v9."""
    documented, version = known
    return documented, len(version), version
