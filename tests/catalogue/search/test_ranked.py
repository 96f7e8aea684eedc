"""What a question finds among a few operations, one kind of evidence at a time; of what counts alike, the first stands first."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogue.search.small_catalogue import Op, found, open_small, search_by

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search import search as search_module
from akamai_mcp.catalogue.search.search import Search

WORDS = {"summary": 1.0, "bm25": 1.0, "coverage": 1.0, "synonym": 0.5}
LESS = {**WORDS, "plain_word": 0.6, "plain_most": 0.8, "vague_word": 0.75, "part_of_compound": 0.4, "value_word": 0.3}
EQUAL = dict.fromkeys(LESS, 1.0) | {"plain_most": 100.0}


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """An operation of one word each."""
    words = ("available", "show", "book", "property", "evict", "lion")
    ops = (Op(f"op-{place}", word) for place, word in zip("abcdef", words, strict=True))
    return open_small(tmp_path_factory.mktemp("single"), {"zoo/v1": tuple(ops)})


@pytest.mark.parametrize(
    ("question", "less", "more"),
    [
        ("show lion", "b", "f"),  # a verb that every other operation has
        ("available lion", "a", "f"),  # a word that fits every operation
        ("available show", "a", "b"),  # and says less than such a verb
        ("bookmark lion", "c", "f"),  # a part of a word
        ("prp_1 lion", "d", "f"),  # the kind of a value
        ("purge lion", "e", "f"),  # another word for the same
    ],
)
def test_a_word_that_says_less_counts_for_less(single: Catalogue, question: str, less: str, more: str) -> None:
    assert found(search_by(single, **LESS), question) == [f"zoo/v1#op-{more}", f"zoo/v1#op-{less}"]
    assert found(search_by(single, **EQUAL), question) == [f"zoo/v1#op-{less}", f"zoo/v1#op-{more}"]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Two products with the same operations, but one that only the second has."""
    same = (Op("get-lion", "Lion"), Op("delete-tiger", "Tiger", method="delete"))
    documents = {"park/v1": same, "zoo/v1": (*same, Op("post-zebra", "Zebra", method="post"))}
    guides = {"park": {"name": "Park"}, "zoo": {"name": "Big House", "aliases": ["menagerie", "cat home"]}}
    return open_small(tmp_path_factory.mktemp("two"), documents, guides)


def products_of(catalogue: Catalogue, question: str, operation: str) -> list[str]:
    """The products whose operation of this name is found, best first, where words and names of products count."""
    keys = found(search_by(catalogue, summary=1.0, bm25=1.0, mention=0.5), question)
    return [key.partition("/")[0] for key in keys if key.endswith(f"#{operation}")]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("lion", "park"),
        ("lion of the big house", "zoo"),
        ("zoo lion", "zoo"),
        ("lion in a menagerie", "zoo"),
        ("a lion at cat homes", "zoo"),
        ("big lion in his house", "park"),  # the words of a name are no name
        ("a lion of a cat", "park"),
    ],
)
def test_a_product_is_named_by_its_title_its_code_and_its_aliases(two: Catalogue, question: str, first: str) -> None:
    assert products_of(two, question, "get-lion") == [first, {"park": "zoo", "zoo": "park"}[first]]


@pytest.mark.parametrize(
    ("question", "products"),
    [
        ("create a zebra and delete a tiger", ["zoo", "park"]),
        ("create a zebra, then delete a tiger of the park", ["park", "zoo"]),
        ("create a zebra, then create a lion of the park, then delete a tiger", ["zoo", "park"]),
        ("create an okapi, then delete a tiger", ["park", "zoo"]),
    ],
)
def test_what_is_done_next_is_done_with_the_product_of_the_first_unless_another_is_named(
    two: Catalogue, question: str, products: list[str]
) -> None:
    assert products_of(two, question, "delete-tiger") == products


def test_of_several_things_the_best_of_each_stand_in_their_order(two: Catalogue) -> None:
    search = search_by(two, summary=1.0, bm25=1.0)
    assert found(search, "create a zebra, then get a lion, then delete a tiger") == [
        "zoo/v1#post-zebra", "park/v1#get-lion", "park/v1#delete-tiger", "zoo/v1#get-lion", "zoo/v1#delete-tiger",
    ]  # fmt: skip


def test_what_fits_badly_is_found_where_nothing_fits_better(two: Catalogue) -> None:
    search = search_by(two, summary=1.0, bm25=1.0, removal_mismatch=-9.0)
    assert found(search, "create a tiger") == ["park/v1#delete-tiger"]


def test_a_word_of_a_concept_is_no_misspelling(tmp_path: Path) -> None:
    catalogue = open_small(tmp_path, {"zoo/v1": (Op("op-a", "Flash"), Op("op-b", "Purge"))})
    assert found(search_by(catalogue, **WORDS), "flush") == ["zoo/v1#op-b"]
    assert found(search_by(catalogue, **WORDS), "flasch") == ["zoo/v1#op-a"]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("a tiger like zoo/v1#get-lion", ["zoo/v1#get-lion"]),
        ("a tiger like akamai_zoo_v1_get_lion", ["zoo/v1#get-lion"]),
        ("zoo/v1#get-lion, akamai_park_v1_get_lion", ["zoo/v1#get-lion", "park/v1#get-lion"]),
        ("a tiger at GET /zoo/v1/get-lion", ["zoo/v1#get-lion"]),
        ("zoo/v1#get-lion GET /park/v1/get-lion", ["zoo/v1#get-lion"]),  # a name goes before a path
        ("/zoo/v1/get-lion", ["zoo/v1#get-lion"]),
        ("get-lion", ["park/v1#get-lion", "zoo/v1#get-lion"]),
    ],
)
def test_what_is_named_stands_first(two: Catalogue, question: str, first: list[str]) -> None:
    assert found(search_by(two, summary=1.0, bm25=1.0), question)[: len(first)] == first


@pytest.mark.parametrize("question", ["zoo/v1#get-lion", "akamai_zoo_v1_get_lion", "GET /zoo/v1/get-lion", "get-lion", "lion"])
def test_what_is_named_is_found_by_somebody_who_may_know_it_alone(two: Catalogue, question: str) -> None:
    search = search_by(two, summary=1.0, identifier=1.0, bm25=1.0)
    hidden = Filter(keys=frozenset({"park/v1#get-lion", "park/v1#delete-tiger"}))
    assert "zoo/v1#get-lion" in found(search, question)
    assert "zoo/v1#get-lion" in found(search, question, chosen=Filter(keys=frozenset({"zoo/v1#get-lion"})))
    assert not {"zoo/v1#get-lion", "zoo/v1#post-zebra"}.intersection(found(search, question, chosen=hidden))
    assert search.find(question, Filter(keys=frozenset())).total == 0


def test_an_operation_id_is_no_pattern(tmp_path: Path) -> None:
    ops = (Op("feed-lion", "Lion"), Op("feed_lion", "Tiger"), Op("feed lion", "Zebra", "/zebra"))
    search = search_by(open_small(tmp_path, {"zoo/v1": ops}), summary=1.0, identifier=1.0, bm25=1.0)
    assert found(search, "feed_lion")[0] == "zoo/v1#feed_lion"
    assert found(search, "FEED-lion")[0] == "zoo/v1#feed-lion"
    assert found(search, "feed lion")[0] == "zoo/v1#feed-lion"  # several words are a question
    assert [found(search, question) for question in ("%", "_", "%%%%%%%%%", "\\")] == [[], [], [], []]


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (None, ["akamai_zoo_v1_get_lion", "akamai_park_v1_get_lion"]),
        ({"park/v1#get-lion", "zoo/v1#post-zebra"}, ["akamai_park_v1_get_lion"]),
        (set(), []),
    ],
)
def test_names_are_suggested_of_operations_that_somebody_may_know_where_nothing_is_found(
    two: Catalogue, keys: set[str] | None, names: list[str]
) -> None:
    chosen = Filter(keys=frozenset(keys) if keys is not None else None)
    hits = Search(two).find("akamaizoov1getlion", chosen)
    assert (hits.total, hits.products) == (0, {})
    assert [name for name in hits.suggestions if name.endswith("lion")] == names
    assert Search(two).find("lion").suggestions == ()
    assert Search(two).find("akamaizoov1getlion").suggestions


@pytest.fixture(scope="module")
def herd(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Twelve operations that count alike, and one of another product."""
    lions = tuple(Op(f"op-{letter}", "Lion") for letter in "abcdefghijkl")
    documents = {"park/v1": (Op("op-m", "Lion tamer of a park"),), "zoo/v1": lions}
    return open_small(tmp_path_factory.mktemp("herd"), documents)


def test_a_page_has_ten_operations_from_the_first_on_unless_it_is_said_otherwise(herd: Catalogue) -> None:
    search = search_by(herd, summary=1.0, bm25=1.0)
    whole = search.find("lion", limit=20)
    assert [entry.operation_id for entry in whole.entries] == [f"op-{letter}" for letter in "abcdefghijklm"]
    assert (whole.total, whole.products) == (13, {"zoo": 12, "park": 1})
    assert search.find("lion").entries == whole.entries[:10]
    assert search.find("lion", limit=2, offset=11).entries == whole.entries[11:]
    assert search.find("lion", limit=2, offset=20).entries == ()


def test_a_filter_counts_what_it_lets_through(herd: Catalogue) -> None:
    hits = search_by(herd, summary=1.0, bm25=1.0).find("lion", Filter(keys=frozenset({"zoo/v1#op-c", "park/v1#op-m"})))
    assert ([entry.key for entry in hits.entries], hits.total, hits.products) == (
        ["zoo/v1#op-c", "park/v1#op-m"], 2, {"zoo": 1, "park": 1},
    )  # fmt: skip


def test_those_that_answer_most_of_the_question_are_ranked(herd: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "MOST_CANDIDATES", 1)
    monkeypatch.setattr(search_module, "MOST_NEAREST", 0)
    assert found(search_by(herd, summary=1.0, bm25=1.0), "lion tamer") == ["park/v1#op-m"]


def test_an_operation_is_found_by_its_meaning_without_a_common_word(tmp_path: Path) -> None:
    ops = (Op("op-a", "Lion"), Op("op-b", "Purge the cache"), Op("op-c", "Get an invoice"))
    search = search_by(open_small(tmp_path, {"zoo/v1": ops}), summary=1.0, bm25=0.1, meaning=5.0)
    assert found(search, "lion outdated stale content")[0] == "zoo/v1#op-b"
    assert found(search, "lion")[0] == "zoo/v1#op-a"
    assert found(search, "stalecontentss") == []  # where no word is known, it is a name, and names are suggested
    assert "zoo/v1#op-b" not in found(
        search, "lion outdated stale content", chosen=Filter(keys=frozenset({"zoo/v1#op-a", "zoo/v1#op-c"}))
    )


def test_an_operation_answers_a_share_of_the_question(tmp_path: Path) -> None:
    ops = (Op("op-a", "Lion tiger", more={"deprecated": True}), Op("op-b", "Lion"), Op("op-c", "Zebra"), Op("op-d", "Okapi"))
    catalogue = open_small(tmp_path, {"zoo/v1": ops})
    # The first answers all of the question, less .8 or .4, the second less than half: `tiger` is rarer.
    assert found(search_by(catalogue, summary=1.0, coverage=1.0, deprecated=-0.8), "lion tiger") == ["zoo/v1#op-b", "zoo/v1#op-a"]
    assert found(search_by(catalogue, summary=1.0, coverage=1.0, deprecated=-0.4), "lion tiger") == ["zoo/v1#op-a", "zoo/v1#op-b"]


def test_what_is_nearest_in_meaning_is_measured(herd: Catalogue) -> None:
    search = search_by(herd, summary=1.0, bm25=1.0, meaning=5.0)
    assert search.find("lion tamer of a park").nearest > 0.9
    assert search.find("\u2603").nearest == 0
    assert 0 < search.find("delete a certificate").nearest < 0.5


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """An operation in three versions; one that its second version calls otherwise; one that only clients show in a third."""
    documents = {
        "zoo/v2": (Op("get-lion", "Lion"),),
        "zoo/v9": (Op("get-lion", "Lion"), Op("get-tiger", "Tiger", "/tigers/{id}"), Op("get-zebra", "Zebra", "/zebras")),
        "zoo/v10": (Op("get-lion", "Lion"), Op("read-tiger", "Tiger", "/tigers/{tigerId}")),
        "zoo/v11": (Op("fetch-zebra", "Zebra", "/zebras", more={"x-source": "client"}),),
    }
    return open_small(tmp_path_factory.mktemp("versions"), documents)


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("lion", ["v10#get-lion"]),
        ("lion v2", ["v10#get-lion", "v2#get-lion"]),
        ("tiger", ["v10#read-tiger"]),
        ("tiger v9", ["v10#read-tiger", "v9#get-tiger"]),
        ("zebra", ["v9#get-zebra"]),
        ("zebra v11", ["v11#fetch-zebra", "v9#get-zebra"]),
    ],
)
def test_of_the_versions_of_an_operation_the_newest_documented_one_is_found_and_those_that_are_named(
    versions: Catalogue, question: str, keys: list[str]
) -> None:
    assert sorted(found(search_by(versions, **WORDS), question)) == [f"zoo/{key}" for key in keys]


def test_an_older_version_is_found_where_a_filter_excludes_the_newest(versions: Catalogue) -> None:
    chosen = Filter(keys=frozenset({"zoo/v2#get-lion", "zoo/v9#get-lion"}))
    assert found(search_by(versions, **WORDS), "lion", chosen=chosen) == ["zoo/v9#get-lion"]
