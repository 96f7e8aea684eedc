"""How well an operation answers a question: a sum of evidence, each kind with its weight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from akamai_mcp.catalogue.search.profile import Profile
from akamai_mcp.catalogue.search.questions import Question

Weigh = Callable[[str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each kind of evidence counts: first BM25's columns, then what stands above it.

    Fitted by coordinate search on half of the questions; any one of them may change by half without moving
    R@5 by more than two points, so none of them is fine-tuned.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question against one index: what each stem is worth, which stems count as said, which products are named."""

    question: Question
    worth: Mapping[str, float]
    shares: Mapping[str, float]
    said: Mapping[str, float]
    answers: Mapping[str, tuple[str, ...]]
    products: Mapping[str, float]
    total: float = field(default=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A candidate: its profile, its BM25 relative to the best one, and how much of the question it answers."""

    profile: Profile
    bm25: float
    coverage: float


class Ranking:
    """Scores candidates; `weigh` is a stem's rarity in all texts, `weigh_name` in the names of operations."""

    def __init__(self, weights: Weights, weigh: Weigh, weigh_name: Weigh) -> None:
        self._weights = weights
        self._weigh = weigh
        self._weigh_name = weigh_name

    def score(self, asked: Asked, found: Found) -> float:
        """The evidence that this operation answers the question, without regard to other candidates."""
        weights, profile = self._weights, found.profile
        head = asked.question.head
        closeness = 1 + weights.short / max(1, len(asked.worth))
        return (
            weights.bm25 * found.bm25
            + weights.coverage * found.coverage
            + weights.named * self._answered(asked, profile.identifier | profile.path | profile.summary)
            + closeness * weights.identifier_precision * self._precision(asked, profile.identifier)
            + closeness * weights.path_precision * self._precision(asked, profile.path)
            + closeness * weights.summary_precision * self._precision(asked, profile.summary)
            + weights.phrase * max((self._overlap(asked, phrase) for phrase in profile.phrases), default=0.0)
            + weights.head * (head in profile.identifier or head in profile.path)
            + weights.mention * asked.products.get(profile.product, 0.0)
            + weights.deprecated * profile.deprecated
            + weights.undocumented * (not profile.documented)
            + self._place(asked, profile)
            + self._kind(asked.question, profile)
        )

    def _place(self, asked: Asked, profile: Profile) -> float:
        """What the operation's path says: whether it ends in the thing asked about, one or many, selected by what is said."""
        weights, question = self._weights, asked.question
        score = weights.unsaid_parent * sum(parent.isdisjoint(asked.said) for parent in profile.parents)
        if question.head in profile.target:
            score += weights.target
            if question.many is not None and question.many == profile.one and question.kind in {"read", None}:
                score += weights.other_number
        if "bulk" in profile.identifier and "bulk" not in asked.said and not question.many:
            score += weights.bulk
        if profile.method == "HEAD" and "head" not in question.words:
            score += weights.headers_only
        return score

    def _answered(self, asked: Asked, stems: Iterable[str]) -> float:
        """The share of the question that these stems answer."""
        best: dict[str, float] = {}
        for stem in asked.said.keys() & stems:
            for term in asked.answers[stem]:
                discount = 1.0 if term == stem else self._weights.synonym
                best[term] = max(best.get(term, 0.0), discount)
        return sum(asked.worth[term] * share for term, share in best.items()) / asked.total

    def _precision(self, asked: Asked, stems: frozenset[str]) -> float:
        """The share of these stems that the question says."""
        whole = sum(map(self._weigh_name, stems))
        return sum(self._weigh_name(stem) * asked.said[stem] for stem in asked.said.keys() & stems) / whole if whole else 0.0

    def _overlap(self, asked: Asked, phrase: frozenset[str]) -> float:
        """How much a phrase and the question have in common (Dice's coefficient, by rarity)."""
        whole = sum(map(self._weigh, phrase)) + asked.total
        return 2 * sum(self._weigh(stem) * asked.said[stem] for stem in asked.said.keys() & phrase) / whole if whole else 0.0

    def _kind(self, question: Question, profile: Profile) -> float:
        """What it costs that the operation does something else than the question asks for."""
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
    """The newest version of each product, under "", and of each of its operations; a documented one before any other.

    They come from (product, version, operationId, whether a document describes it).
    """
    newest: dict[tuple[str, str], tuple[bool, str]] = {}
    for product, version, operation_id, documented in operations:
        for key in ((product, ""), (product, operation_id)):
            newest[key] = max(newest.get(key, (False, "")), (bool(documented), version), key=_order)
    return {key: version for key, (_, version) in newest.items()}


def version_cost(weights: Weights, newest: Newest, profile: Profile, asked: frozenset[str]) -> float:
    """What it costs that a newer version of the product has the same operation, or exists at all; nothing if it was asked for."""
    if profile.version in asked:
        return 0.0
    superseded = profile.version != newest[profile.product, profile.operation_id]
    older = profile.version != newest[profile.product, ""]
    return weights.superseded * superseded + weights.older_version * older


def _order(known: tuple[bool, str]) -> tuple[bool, int, str]:
    documented, version = known
    return documented, len(version), version
