"""Every way to list operations gives exactly those that it is about, and a narrowed catalogue no others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.entry import Entry
from akamai_mcp.catalogue.filters import Filter

Predicate = Callable[[Entry], bool]
SOME = ("papi/v1#get-property", "papi/v1#delete-property", "network-lists/v2#get-network-lists", "edgekv/v1#get-token")
FILTERS: list[tuple[Filter, Predicate]] = [
    (Filter(), lambda _: True),
    (Filter(product="papi"), lambda entry: entry.product == "papi"),
    (Filter(product="PAPI"), lambda entry: entry.product == "papi"),
    (Filter(product="papi/v1"), lambda entry: (entry.product, entry.version) == ("papi", "v1")),
    (Filter(product="config-dns"), lambda entry: entry.product == "config-dns"),
    (Filter(product="network-lists"), lambda entry: entry.product == "network-lists"),
    (Filter(product="no-such-product"), lambda _: False),
    *((Filter(product=wild), lambda _: False) for wild in ("pap_", "%", "p%", "papi\\")),
    (Filter(product="netlists"), lambda entry: entry.product == "network-lists"),
    *((Filter(product=key), lambda entry: (entry.product, entry.version) == ("identity-management", "v3")) for key in ("iam_v3", "iam-v3")),
    (Filter(method="post"), lambda entry: entry.method == "POST"),
    (Filter(method="DELETE"), lambda entry: entry.method == "DELETE"),
    (Filter(tag="PROPERTIES"), lambda entry: "properties" in "\n".join(entry.tags).lower()),
    (Filter(effect="destroy"), lambda entry: entry.effect.worst == "destroy"),
    (Filter(paginatable=True), lambda entry: entry.paginatable),
    (Filter(paginatable=False), lambda entry: not entry.paginatable),
    (Filter(keys=frozenset(SOME[:2])), lambda entry: entry.key in SOME[:2]),
    (Filter(keys=frozenset()), lambda _: False),
    (Filter(product="papi", method="GET", effect="read"), lambda entry: (entry.product, entry.method, entry.effect.worst) == ("papi", "GET", "read")),
]  # fmt: skip


@pytest.fixture(scope="module")
def entries(catalogue: Catalogue) -> list[Entry]:
    return catalogue.entries()


def test_the_documents_have_what_the_filters_are_about(entries: list[Entry]) -> None:
    assert len(entries) > 1500
    assert {entry.key for entry in entries} >= set(SOME)


@pytest.mark.parametrize(("chosen", "fits"), FILTERS, ids=[str(number) for number in range(len(FILTERS))])
def test_a_filter_lists_what_fits_it_in_document_order_page_by_page(
    catalogue: Catalogue, entries: list[Entry], chosen: Filter, fits: Predicate
) -> None:
    expected = [entry.key for entry in entries if fits(entry)]
    found, total = catalogue.browse(chosen, limit=5000)
    assert ([entry.key for entry in found], total) == (expected, len(expected))
    page, total = catalogue.browse(chosen, limit=2, offset=1)
    assert ([entry.key for entry in page], total) == (expected[1:3], len(expected))


def test_a_narrowed_catalogue_lists_counts_names_and_finds_what_it_may_alone(catalogue: Catalogue) -> None:
    known = catalogue.narrowed(frozenset(SOME))
    named = sorted(catalogue.get(key).name for key in SOME)
    assert sorted(entry.key for entry in known.entries()) == sorted(SOME)
    assert (known.names(), known.browse(Filter(), limit=9)[1]) == (named, len(SOME))
    assert {entry.key for entry in known.of_product("papi")} == set(SOME[:2])
    assert known.browse(Filter(keys=frozenset({SOME[0], "papi/v1#get-properties"})), limit=9)[1] == 1
    assert (known.find("papi/v1#get-properties"), known.find(SOME[0]) is not None) == (None, True)
    assert {(one.product, one.operations) for one in known.products()} == {("papi", 2), ("network-lists", 1), ("edgekv", 1)}
    assert set(known.nearest("delete-property")) <= set(named)


def test_what_lies_beside_an_operation_is_of_its_document_and_never_itself(catalogue: Catalogue, entries: list[Entry]) -> None:
    entry = catalogue.get("papi/v1#delete-property")
    others = [one for one in entries if (one.product, one.version) == ("papi", "v1") and one.key != entry.key]
    assert sorted(catalogue.beside(entry)) == sorted((one.name, one.path) for one in others)
    assert catalogue.read_of(entry) == "akamai_papi_get_property"
    assert catalogue.read_of(catalogue.get("papi/v1#get-property")) is None
    assert catalogue.narrowed(frozenset({entry.key})).read_of(entry) is None
