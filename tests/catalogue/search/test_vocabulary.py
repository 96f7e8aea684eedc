"""The terms of an index: how rare each is, what a misspelt one means, and whose they are."""

from __future__ import annotations

import math

import pytest
from catalogue.search.small_catalogue import Op, open_small

from akamai_mcp.catalogue.search.vocabulary import COLUMNS, Vocabulary

OPS = (
    Op("get-lion", "Lion"),
    Op("get-lions", "Lion tiger"),
    Op("get-okapi", "Okapi leopard"),
    Op("get-other", "Lion elephant", more={"parameters": [{"name": "tail", "in": "query", "schema": {"type": "string"}}]}),
)
PARK = (Op("get-bear", "Bear"), Op("get-ape", "Ape lion"))
EVERY = len(OPS) + len(PARK)


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    catalogue = open_small(tmp_path_factory.mktemp("terms"), {"park/v1": PARK, "zoo/v1": OPS})
    return Vocabulary(catalogue.index, [1.0] * len(COLUMNS))


@pytest.mark.parametrize(("stem", "count"), [("lion", 4), ("tiger", 1), ("tail", 1), ("get", EVERY)])
def test_a_stem_is_as_rare_as_few_operations_have_it(vocabulary: Vocabulary, stem: str, count: int) -> None:
    assert vocabulary.weigh(stem) == pytest.approx(math.log(1 + (EVERY - count + 0.5) / (count + 0.5)))
    assert stem in vocabulary


def test_a_stem_that_no_operation_has_weighs_nothing(vocabulary: Vocabulary) -> None:
    assert vocabulary.weigh("unicorn") == 0
    assert "unicorn" not in vocabulary


@pytest.mark.parametrize(("stem", "count"), [("lion", 2), ("bear", 1), ("get", EVERY)])
def test_in_names_a_stem_is_as_rare_as_few_names_have_it(vocabulary: Vocabulary, stem: str, count: int) -> None:
    assert vocabulary.weigh_name(stem) == pytest.approx(math.log(1 + EVERY / count))


def test_a_stem_of_no_name_counts_as_one_of_every_twentieth(vocabulary: Vocabulary) -> None:
    assert vocabulary.weigh_name("leopard") == vocabulary.weigh_name("unicorn") == pytest.approx(math.log(1 + 20))


@pytest.mark.parametrize(
    ("stem", "meant"),
    [
        ("leoprd", "leopard"),
        ("leopardd", "leopard"),
        ("lexpaxd", None),  # two letters of seven are others
        ("leopardxx", None),  # two letters more
        ("xeopard", None),  # what begins with another letter
        ("leo", None),
        ("tigr", None),  # short words resemble too many
        ("tiger1", None),  # digits make a value
        ("okapj", "okapi"),
        ("lions", "lion"),
    ],
)
def test_a_misspelt_stem_means_the_one_that_it_resembles(vocabulary: Vocabulary, stem: str, meant: str | None) -> None:
    assert vocabulary.correct(stem) == meant


@pytest.mark.parametrize(
    ("stems", "product", "share"),
    [
        (("lion",), "zoo", 3 / 4),
        (("lion",), "park", 1 / 4),
        (("lion", "tiger"), "zoo", 1),
        (("lion", "tiger"), "park", 0),
        (("tail",), "park", 1),  # the names of arguments are no texts
        (("unicorn",), "park", 1),
    ],
)
def test_words_belong_to_a_product_by_its_share_of_their_operations(
    vocabulary: Vocabulary, stems: tuple[str, ...], product: str, share: float
) -> None:
    assert vocabulary.ownership(stems, product) == share
