"""What somebody is told whose search, list or name finds nothing; nobody is told of operations that they may not know."""

from __future__ import annotations

import pytest
from catalogue.search.small_catalogue import Op, open_small

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search.advice import advise
from akamai_mcp.catalogue.search.meanings import SUGGESTED, Meanings, own_tool
from akamai_mcp.catalogue.search.search import Search

ZEBRAS = {"zoo/v1#get-zebras", "zoo/v1#post-zebra", "park/v1#get-zebra-herds", "park/v1#delete-zebra"}
NO_PRODUCT = "There is no product 'aquarium'. Known products: park, zoo."


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    park = (Op("get-zebra-herds", "List the zebra herds"), Op("delete-zebra", "Delete a zebra", "/zebra", "delete"))
    zoo = (
        Op("get-zebras", "List zebras"),
        Op("post-zebra", "Create a zebra", "/zebra", "post"),
        Op("get-okapi", "Get the okapi"),
    )
    return open_small(tmp_path_factory.mktemp("advice"), {"park/v1": park, "zoo/v1": zoo})


@pytest.mark.parametrize(
    ("chosen", "suggestions", "text"),
    [
        (Filter(), (), "Nothing matches: use other words."),
        (Filter(keys=frozenset()), (), "Nothing matches: use other words."),  # what one may know is no filter that one chose
        (Filter(method="PUT"), (), "Nothing matches: use other words or fewer filters."),
        (Filter(product="zoo"), (), "Nothing matches: use other words or fewer filters."),
        (Filter(), ("akamai_a", "akamai_b"), "Nothing matches: use other words. Did you mean akamai_a, akamai_b?"),
        (Filter(effect="read"), ("akamai_a",), "Nothing matches: use other words or fewer filters. Did you mean akamai_a?"),
        (Filter(product="aquarium"), ("akamai_a",), NO_PRODUCT),
        (Filter(product="aquarium", method="PUT"), (), NO_PRODUCT),
    ],
)
def test_the_advice_names_what_to_change(small: Catalogue, chosen: Filter, suggestions: tuple[str, ...], text: str) -> None:
    assert advise(small, chosen, suggestions) == text


def test_products_that_are_not_known_to_somebody_are_not_named(small: Catalogue) -> None:
    known = small.narrowed(frozenset({"zoo/v1#get-okapi"}))
    assert advise(known, Filter(product="park")) == "There is no product 'park'. Known products: zoo."


def meant(small: Catalogue, name: str, keys: set[str] | None = None) -> list[str]:
    """The keys of the operations that a name means, for somebody who may know those with the given keys."""
    meanings = Meanings(small, lambda: Search(small))
    return [small.get(found).key for found in meanings.operations(name, frozenset(keys) if keys is not None else None)]


@pytest.mark.parametrize(
    "name", ["akamai_list_zebras", "akamai_zebra", "akamai_zoo_v1_get_zebra", "zebra_list", "akamaizoov1getzebras"]
)
def test_a_name_means_only_operations_that_somebody_may_know(small: Catalogue, name: str) -> None:
    assert meant(small, name)
    assert meant(small, name, set()) == []
    assert set(meant(small, name, {"park/v1#delete-zebra", "zoo/v1#get-zebras"})) <= {"park/v1#delete-zebra", "zoo/v1#get-zebras"}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("akamai_zoo_v1_get_zebrass", "zoo/v1#get-zebras"),  # misspelt
        ("get-okapi", "zoo/v1#get-okapi"),  # an operationId
        ("akamai_create_zebra", "zoo/v1#post-zebra"),  # the words of a task
        ("mcp__akamai__remove_zebra", "park/v1#delete-zebra"),
        ("akamaizoovgetokapi", "zoo/v1#get-okapi"),  # no words, but like a name
    ],
)
def test_the_likeliest_operation_stands_first(small: Catalogue, name: str, first: str) -> None:
    assert meant(small, name)[0] == first


def test_three_operations_are_named_at_most_each_once_the_misspelt_one_before_those_found_by_words(small: Catalogue) -> None:
    found = meant(small, "akamai_zoo_v1_get_zebras")
    assert found[0] == "zoo/v1#get-zebras"
    assert len(found) == len(set(found)) == SUGGESTED
    assert set(found) <= ZEBRAS


@pytest.mark.parametrize("name", ["akamai", "mcp", "mcp_akamai", "", "_"])
def test_a_name_of_nothing_but_prefixes_has_no_words_to_search_for(small: Catalogue, name: str) -> None:
    meanings = Meanings(small, lambda: pytest.fail("a search for nothing"))
    assert set(meanings.operations(name, None)) <= set(small.names())


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("akamai_reax", "akamai_read"),  # nine letters of ten, and three of the word's four
        ("akamai_rexx", None),
        ("akamai_listoperations", "akamai_list_operations"),
        ("akamai_list_operatoins", "akamai_list_operations"),
        ("akamai_post_operations", None),  # two letters of twenty, but half of a word
    ],
)
def test_a_name_that_is_like_a_tools_means_it_up_to_a_bound(name: str, tool: str | None) -> None:
    assert own_tool(name, {"akamai_read": 1, "akamai_list_operations": 2}) == tool
