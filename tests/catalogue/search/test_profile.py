"""What ranking knows of an operation: the stems of its texts, what its path addresses, and what it does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from catalogue.search.small_catalogue import Op, open_small

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.effects import Effect
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.search.profile import Profile, operation_kinds, read_profile, read_texts, write_profile
from akamai_mcp.catalogue.search.stemming import Stemmer

WRITES = Effect(worst="write", mildest="write", conditions=())
READS = Effect(worst="read", mildest="read", conditions=())
CUBS = Op(
    "get-lion-cubs",
    "List the cubs of a lion.",
    "/parks/{parkId}/lions/{lionId}/cubs",
    more={"x-guide": {"ask": ["where are our cubs", "what are these"]}, "tags": ["Births"]},
)
FEED = Op(
    "feed-lion",
    "Feeds the lion in a while.",
    "/lions/{lionId}",
    "post",
    more={"x-guide": {"outcome": "zoo/v1#get-lion-cubs"}, "deprecated": True},
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return open_small(tmp_path_factory.mktemp("profile"), {"zoo/v1": (CUBS, FEED)})


@pytest.fixture(scope="module")
def cubs(small: Catalogue) -> Entry:
    return small.get("zoo/v1#get-lion-cubs")


def profile_of(entry: Entry) -> Profile:
    """The profile of an entry as the index gives it back."""
    return read_profile(write_profile(entry, read_texts(entry), Stemmer().stems))


def stems(text: str) -> frozenset[str]:
    return frozenset(text.split())


def test_a_profile_holds_what_an_operation_is_and_the_words_that_mean_something(small: Catalogue, cubs: Entry) -> None:
    assert profile_of(cubs) == Profile(
        operation_id="get-lion-cubs",
        product="zoo",
        version="v1",
        deprecated=False,
        documented=True,
        method="GET",
        starts=False,
        one=False,
        kinds=frozenset({"read"}),
        target=stems("cub"),
        parents=(stems("park"), stems("lion")),
        identifier=stems("lion cub"),
        path=stems("park lion cub"),
        summary=stems("list cub lion"),
        phrases=(stems("cub"),),
    )
    assert profile_of(replace(small.get("zoo/v1#feed-lion"), source="client")) == Profile(
        operation_id="feed-lion",
        product="zoo",
        version="v1",
        deprecated=True,
        documented=False,
        method="POST",
        starts=True,
        one=True,
        kinds=frozenset({"create", "act"}),
        target=stems("lion"),
        parents=(),
        identifier=stems("feed lion"),
        path=stems("lion"),
        summary=stems("feed lion"),
        phrases=(stems("feed lion"),),
    )


def test_the_index_has_the_words_of_each_part_in_a_column_of_its_own(cubs: Entry) -> None:
    columns = read_texts(cubs).columns("big zoo", Stemmer().stems)
    assert columns == (
        "list the cub of a lion",
        "where ar our cub what ar these",
        "get lion cub",
        "zoo v1 park park id lion lion id cub",
        "big zoo birth",
        "park id lion id",
    )
    assert set(read_texts(cubs).words()) >= {"list", "where", "get", "parks", "births", "id"}


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "list", "create", "update"])
def test_the_method_before_a_name_is_no_part_of_it(cubs: Entry, method: str) -> None:
    assert profile_of(replace(cubs, operation_id=f"{method}-lion")).identifier == {"lion"}
    assert len(profile_of(replace(cubs, operation_id=f"lion-{method}")).identifier) == 2


@pytest.mark.parametrize(
    ("template", "one", "target", "parents"),
    [
        ("/lions", False, "lion", 0),
        ("/lion", True, "lion", 0),
        ("/lions/{id}", True, "lion", 0),
        ("/lions/{id}/{part}", True, "lion", 0),
        ("/lions/{id}/cub-names", False, "cub name", 1),
        ("/parks/lions/{id}/cubs/", False, "cub", 1),
        ("/parks/{park}/{row}/lions/", False, "lion", 1),
        ("/{id}", True, "id", 0),  # a path of values addresses the first
        ("/{id}/{part}", True, "id", 0),
        ("/", True, "", 0),
    ],
)
def test_the_last_fixed_part_of_a_path_is_what_it_addresses(
    cubs: Entry, template: str, one: bool, target: str, parents: int
) -> None:
    profile = profile_of(replace(cubs, template=template))
    assert (profile.one, profile.target, len(profile.parents)) == (one, stems(target), parents)


@pytest.mark.parametrize(("kinds", "reads"), [({"read"}, True), ({"read", "act"}, True), ({"act"}, False)])
def test_an_operation_reads_if_that_is_among_what_it_does(cubs: Entry, kinds: set[str], reads: bool) -> None:
    assert replace(profile_of(cubs), kinds=frozenset(kinds)).reads is reads


@pytest.mark.parametrize(
    ("method", "effect", "summary", "kinds"),
    [
        ("GET", READS, "Lion", "read"),
        ("HEAD", READS, "Lion", "read"),
        ("POST", READS, "Lion", "read act"),
        ("GET", READS, "Generate a key", "read create"),
        ("GET", READS, "Lion deletes", "read"),  # a verb is the first word
        ("GET", WRITES, "Activate a lion", "act"),
        ("HEAD", WRITES, "Activate a lion", "act"),
        ("GET", WRITES, "Lion", ""),
        ("POST", WRITES, "Lion", "create act"),
        ("PUT", WRITES, "Lion", "change act"),
        ("PATCH", WRITES, "Lion", "change act"),
        ("DELETE", WRITES, "Lion", "remove"),
        ("DELETE", WRITES, "Activate a lion", "remove act"),
        ("OPTIONS", WRITES, "Lion", "change"),
        ("POST", WRITES, "Get a lion", "create act"),  # what changes something is no read, whatever its summary
        ("POST", WRITES, "Create a lion", "create act"),
    ],
)
def test_what_an_operation_does_follows_from_method_effect_and_summary(
    cubs: Entry, method: str, effect: Effect, summary: str, kinds: str
) -> None:
    entry = replace(cubs, method=method, effect=effect, summary=summary, operation_id="lion", template="/{lion}")
    assert operation_kinds(entry) == stems(kinds)


@pytest.mark.parametrize(
    ("operation_id", "template", "kinds"),
    [
        ("lion-lock", "/{lion}", "remove act"),
        ("lock-lion", "/{lion}", "remove"),
        ("lion", "/lions/{lion}/lock", "remove act"),
        ("lion", "/lions/lock/{lion}", "remove act"),
        ("lion", "/lock/{lion}/lions", "remove"),
        ("lion", "/lions/{lion}/lock-cage", "remove act"),
        ("lion", "/lions/{lion}/cage-lock", "remove"),
        ("lion-update", "/lions/{lion}/lock", "remove act change"),
        ("lion-create", "/lions/{lion}/create", "remove"),
    ],
)
def test_a_name_says_with_its_last_word_what_an_operation_does_and_a_path_with_its_last_part(
    cubs: Entry, operation_id: str, template: str, kinds: str
) -> None:
    entry = replace(cubs, method="DELETE", effect=WRITES, summary="", operation_id=operation_id, template=template)
    assert operation_kinds(entry) == stems(kinds)


@pytest.mark.parametrize(("outcome", "kinds"), [("", "read act"), ("zoo/v1#get-lion", "read act create")])
def test_a_read_by_post_may_be_ordered(cubs: Entry, outcome: str, kinds: str) -> None:
    assert operation_kinds(replace(cubs, method="POST", outcome=outcome, summary="Lion")) == stems(kinds)
    assert operation_kinds(replace(cubs, method="GET", outcome=outcome, summary="Lion")) == {"read"}
