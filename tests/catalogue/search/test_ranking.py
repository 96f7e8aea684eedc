"""What each kind of evidence counts for an operation: one weight at a time, with the others at zero."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from akamai_mcp.catalogue.search.profile import Profile
from akamai_mcp.catalogue.search.questions import Question
from akamai_mcp.catalogue.search.ranking import Candidate, Query, Ranking, Weights, version_cost

NO_WEIGHTS = Weights(**{one.name: 0.0 for one in fields(Weights)})
QUESTION = Question(
    words=(), terms=(), plain=frozenset(), vague=frozenset(), parts=frozenset(), values=frozenset(), kind=None, sure=True,
    head=None, many=None, versions=frozenset(),
)  # fmt: skip
PROFILE = Profile(
    operation_id="get-zone", product="dns", version="v2", deprecated=False, documented=True, method="GET", starts=False, one=False,
    kinds=frozenset({"read"}), target=frozenset(), parents=(), identifier=frozenset(), path=frozenset(), summary=frozenset(),
    phrases=(),
)  # fmt: skip
# How rare each stem is in all texts; in names it is ten times as rare.
RARITY = {"zone": 1.0, "record": 2.0, "list": 3.0, "domain": 4.0}
# A question of two terms that weigh 3 and 1, one of which has a synonym at half its weight.
QUERY = Query(
    question=QUESTION,
    worth={"zone": 3.0, "record": 1.0},
    shares={"zone": 1.0, "record": 1.0},
    stems={"zone": 1.0, "record": 1.0, "domain": 0.5},
    answers={"zone": ("zone",), "record": ("record",), "domain": ("zone",)},
    products={"dns": 0.75},
    total=4.0,
)
NEWEST = {("dns", ""): "v3", ("dns", "get-zone"): "v2", ("dns", "get-key"): "v3"}


def score(weights: dict[str, float], asked: Question = QUESTION, profile: Profile = PROFILE, query: Query = QUERY) -> float:
    ranking = Ranking(replace(NO_WEIGHTS, **weights), lambda stem: RARITY[stem], lambda stem: 10 * RARITY[stem])
    return ranking.score(replace(query, question=asked), Candidate(profile=profile, bm25=0.25, coverage=0.5))


def stems(text: str) -> frozenset[str]:
    return frozenset(text.split())


@pytest.mark.parametrize(
    ("weight", "profile", "share"),
    [
        ("bm25", {}, 0.25),
        ("coverage", {}, 0.5),
        ("mention", {}, 0.75),
        ("mention", {"product": "papi"}, 0),
        ("deprecated", {"deprecated": True}, 1),
        ("deprecated", {}, 0),
        ("undocumented", {"documented": False}, 1),
        ("undocumented", {}, 0),
        ("named", {"identifier": stems("zone list")}, 3 / 4),
        ("named", {"identifier": stems("zone"), "path": stems("record")}, 1),
        ("named", {"summary": stems("record list")}, 1 / 4),
        ("named", {}, 0),
        ("identifier_precision", {"identifier": stems("zone list")}, 1 / 4),
        ("identifier_precision", {"identifier": stems("domain")}, 1 / 2),
        ("identifier_precision", {"identifier": frozenset(), "path": stems("zone")}, 0),
        ("path_precision", {"path": stems("zone record list")}, 3 / 6),
        ("summary_precision", {"summary": stems("record")}, 1),
        # Twice what is shared, over the phrase and the question together.
        ("phrase", {"phrases": (stems("record list"), stems("zone"))}, 2 * 2 / (5 + 4)),
        ("phrase", {"phrases": (stems("domain"),)}, 2 * 0.5 * 4 / (4 + 4)),
        ("phrase", {"phrases": ()}, 0),
        ("unsaid_parent", {"parents": (stems("zone list"), stems("list"), stems("list"))}, 2),
        ("unsaid_parent", {"parents": (stems("domain"),)}, 0),
    ],
)
def test_each_kind_of_evidence_counts_by_its_share(weight: str, profile: dict[str, object], share: float) -> None:
    assert score({weight: 8.0}, profile=replace(PROFILE, **profile)) == pytest.approx(8 * share)


def test_a_synonym_answers_a_term_in_part_and_no_more_than_once() -> None:
    profile = replace(PROFILE, identifier=stems("domain"))
    assert score({"named": 8.0, "synonym": 0.5}, profile=profile) == 8 * 0.5 * 3 / 4
    assert score({"named": 8.0, "synonym": 0.5}, profile=replace(profile, path=stems("zone"))) == 8 * 3 / 4


@pytest.mark.parametrize("part", ["identifier", "path", "summary"])
def test_in_a_short_question_what_is_named_counts_for_more(part: str) -> None:
    profile = replace(PROFILE, **{part: stems("zone")})
    assert score({f"{part}_precision": 8.0, "short": 0.5}, profile=profile) == 8 * (1 + 0.5 / 2)
    one = replace(QUERY, worth={"zone": 3.0})
    assert score({f"{part}_precision": 8.0, "short": 0.5}, profile=profile, query=one) == 8 * (1 + 0.5)


@pytest.mark.parametrize(
    ("head", "profile", "counts"),
    [
        ("zone", {"identifier": stems("zone list")}, True),
        ("zone", {"path": stems("zone list")}, True),
        ("zone", {"identifier": stems("zone"), "path": stems("zone")}, True),
        ("zone", {"identifier": stems("list"), "path": stems("list"), "summary": stems("zone")}, False),
        (None, {"identifier": stems("list"), "path": stems("list")}, False),
    ],
)
def test_the_thing_asked_about_counts_in_a_name_or_a_path(head: str | None, profile: dict[str, object], counts: bool) -> None:
    assert score({"head": 8.0}, replace(QUESTION, head=head), replace(PROFILE, **profile)) == 8 * counts


@pytest.mark.parametrize(
    ("many", "one", "kind", "target", "counted"),
    [
        (True, True, "read", "zone", "target other_number"),
        (False, False, "read", "zone", "target other_number"),
        (True, True, None, "zone", "target other_number"),
        (True, True, "remove", "zone", "target"),  # who removes one says so by its name
        (True, False, "read", "zone", "target"),
        (False, True, "read", "zone", "target"),
        (None, False, "read", "zone", "target"),
        (None, True, "read", "zone", "target"),
        (True, True, "read", "record", ""),
    ],
)
def test_what_a_path_addresses_counts_where_it_is_asked_for_in_its_number(
    many: bool | None, one: bool, kind: str | None, target: str, counted: str
) -> None:
    asked = replace(QUESTION, head="zone", many=many, kind=kind)
    profile = replace(PROFILE, one=one, target=stems(target), kinds=frozenset({"read", "remove"}))
    weights = {"target": 1.0, "other_number": 10.0}
    assert score(weights, asked, profile) == sum(weights[name] for name in counted.split())


@pytest.mark.parametrize(
    ("identifier", "asked", "many", "costs"),
    [
        ("bulk zone", "zone", None, True),
        ("bulk zone", "zone", False, True),
        ("bulk zone", "zone", True, False),
        ("bulk zone", "bulk zone", None, False),
        ("zone", "zone", None, False),
    ],
)
def test_many_at_once_is_offered_to_who_asks_for_many(identifier: str, asked: str, many: bool | None, costs: bool) -> None:
    query = replace(
        QUERY,
        stems=dict.fromkeys(asked.split(), 1.0),
        answers={word: (word,) for word in asked.split()},
        worth={"zone": 3.0, "bulk": 1.0},
    )
    ranking = Ranking(replace(NO_WEIGHTS, bulk=-8.0), lambda _: 1.0, lambda _: 1.0)
    profile = replace(PROFILE, identifier=stems(identifier))
    query = replace(query, question=replace(QUESTION, many=many))
    assert ranking.score(query, Candidate(profile=profile, bm25=0, coverage=0)) == -8 * costs


@pytest.mark.parametrize(
    ("method", "words", "costs"), [("HEAD", ("zone",), True), ("HEAD", ("head", "zone"), False), ("GET", ("zone",), False)]
)
def test_headers_alone_are_offered_to_who_asks_for_them(method: str, words: tuple[str, ...], costs: bool) -> None:
    assert score({"headers_only": -8.0}, replace(QUESTION, words=words), replace(PROFILE, method=method)) == -8 * costs


COSTS = {
    "reads_instead": -1.0, "writes_instead": -10.0, "removal_mismatch": -100.0, "other_change": -1_000.0, "starts_instead": -10_000.0,
}  # fmt: skip
KINDS = ("read", "create", "change", "remove", "act")


def expected_cost(asked: str | None, does: str) -> str:
    """The cost by the words of the rules: what reads, what changes, what removes."""
    if asked in {None, does}:
        return ""
    if does == "read":
        return "reads_instead"
    if asked == "read":
        return "writes_instead"
    return "removal_mismatch" if "remove" in {asked, does} else "other_change"


@pytest.mark.parametrize("asked", [None, *KINDS])
@pytest.mark.parametrize("does", KINDS)
def test_an_operation_that_does_something_else_costs_by_what_it_does(asked: str | None, does: str) -> None:
    cost = expected_cost(asked, does)
    profile = replace(PROFILE, kinds=frozenset({does}))
    sure, unsure = (score({**COSTS, "unsure": 0.5}, replace(QUESTION, kind=asked, sure=one), profile) for one in (True, False))
    assert sure == COSTS.get(cost, 0)
    # A word that may be a noun does not say that somebody wants to read: a change costs nothing then, another mismatch half.
    assert unsure == (0 if cost == "writes_instead" else sure / 2)


@pytest.mark.parametrize(
    ("asked", "starts", "costs"), [("read", True, True), ("read", False, False), (None, True, False), ("act", True, False)]
)
def test_a_read_that_starts_a_job_costs_who_wants_to_see_something(asked: str | None, starts: bool, costs: bool) -> None:
    profile = replace(PROFILE, starts=starts, kinds=frozenset({"read", "act"}))
    assert score(COSTS, replace(QUESTION, kind=asked), profile) == COSTS["starts_instead"] * costs


@pytest.mark.parametrize(
    ("version", "operation_id", "named", "cost"),
    [
        ("v3", "get-key", "", 0),
        ("v2", "get-zone", "", -1),  # the newest of its kind, in an older version of the product
        ("v2", "get-key", "", -11),
        ("v2", "get-key", "v3", -11),
        ("v2", "get-key", "v2", 0),
    ],
)
def test_an_older_version_costs_unless_it_is_named(version: str, operation_id: str, named: str, cost: float) -> None:
    profile = replace(PROFILE, version=version, operation_id=operation_id)
    weights = replace(NO_WEIGHTS, superseded=-10.0, older_version=-1.0)
    assert version_cost(weights, NEWEST, profile, frozenset(named.split())) == cost
