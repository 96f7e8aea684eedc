"""A question in an agent's own words finds the right operation; names, keys and paths find theirs."""

from __future__ import annotations

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.filters import Filter
from akamai_mcp.catalogue.search.search import Search


@pytest.fixture(scope="module")
def search(catalogue: Catalogue) -> Search:
    return Search(catalogue)


def first(search: Search, question: str, chosen: Filter | None = None) -> str:
    return search.find(question, chosen, limit=1).entries[0].key


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("purge url", {"ccu/v3#post-invalidate-url", "ccu/v3#post-delete-url"}),
        ("purge by url", {"ccu/v3#post-invalidate-url", "ccu/v3#post-delete-url"}),
        ("activate property", {"papi/v1#post-property-activations"}),
        ("create certificate enrollment", {"cps/v2#post-enrollment"}),
        ("traceroute from the edge", {"edge-diagnostics/v1#post-mtr"}),
        ("ship logs to S3", {"datastream-config-api/v2#post-stream"}),
        ("open a support ticket", {"case-management/v3#post-cases"}),
        ("what does this error reference mean", {"edge-diagnostics/v1#post-error-translator"}),
        ("get the rules of an include version", {"papi/v1#get-include-version-rules"}),
        ("evasive path match setting for a configuration", {"appsec/v1#get-evasive-path-match-per-config"}),
        ("launch a search of edge server logs", {"edge-diagnostics/v1#post-grep"}),
        ("get properties", {"papi/v1#get-properties"}),
        ("get a property", {"papi/v1#get-property"}),
        ("ListEdgeWorkersID lists all EdgeWorker IDs for the given group", {"edgeworkers/v1#get-ids"}),
        (
            "add an ip to a network list",
            {"network-lists/v2#put-network-list-elements", "network-lists/v2#post-network-list-append"},
        ),
    ],
)
def test_a_plain_question_finds_its_operation_first(search: Search, question: str, right: set[str]) -> None:
    assert first(search, question) in right


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("akamai_papi_get_property", "papi/v1#get-property"),
        ("papi/v1#get-property", "papi/v1#get-property"),
        ("what does papi/v1#get-property return?", "papi/v1#get-property"),
        ("/papi/v1/properties/prp_123?contractId=x", "papi/v1#get-property"),
        ("DELETE /papi/v1/properties/prp_123", "papi/v1#delete-property"),
        ("delete /papi/v1/properties/prp_123/", "papi/v1#delete-property"),
        ("POST https://host.luna.akamaiapis.net/ccu/v3/invalidate/url/staging", "ccu/v3#post-invalidate-url"),
        ("why does GET /papi/v1/properties/prp_123 answer 403", "papi/v1#get-property"),
        ("/properties/{propertyId}/activations", "papi/v1#get-property-activations"),
    ],
)
def test_a_name_a_key_or_a_pasted_path_stands_first(search: Search, question: str, key: str) -> None:
    assert first(search, question) == key


def test_every_name_and_key_finds_its_own_operation(search: Search, catalogue: Catalogue) -> None:
    for entry in catalogue.entries()[::25]:
        assert first(search, entry.name) == entry.key
        assert first(search, entry.key) == entry.key
        assert entry in search.find(f"{entry.method} {entry.path}", limit=3).entries


def test_an_operation_id_finds_every_operation_with_it_newest_version_first(search: Search) -> None:
    found = [entry.key for entry in search.find("get-api-clients-users", limit=5).entries]
    assert found[0] == "identity-management/v3#get-api-clients-users"


def test_a_path_in_a_sentence_counts_only_when_it_is_complete(search: Search) -> None:
    assert first(search, "refresh everything below /images with a purge").startswith("ccu/v3#")


def test_the_newest_version_of_a_product_comes_first_unless_the_question_names_another(search: Search) -> None:
    assert first(search, "reset the password of a user").startswith("identity-management/v3#")
    assert first(search, "reset the password of a user with identity management v2").startswith("identity-management/v2#")


@pytest.mark.parametrize(
    ("question", "product"),
    [
        ("list gtm properties", "config-gtm"),
        ("property manager groups", "papi"),
        ("edgekv groups", "edgekv"),
        ("waf policies", "appsec"),
    ],
)
def test_a_named_product_ranks_its_operations_higher(search: Search, question: str, product: str) -> None:
    assert search.find(question, limit=1).entries[0].product == product


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ("invalidat an url", "ccu/v3#post-invalidate-url"),
        ("list enrolments", "cps/v2#get-enrollments"),
        ("traceruote", "edge-diagnostics/v1#post-mtr"),
    ],
)
def test_a_misspelt_word_is_read_as_the_one_it_resembles(search: Search, wrong: str, key: str) -> None:
    assert key in {entry.key for entry in search.find(wrong, limit=5).entries}


def test_an_unknown_name_is_answered_with_similar_names(search: Search) -> None:
    hits = search.find("akamaipapigetproprty")
    assert hits.total == 0
    assert "akamai_papi_get_property" in hits.suggestions


@pytest.mark.parametrize(
    "question", ["", "   ", "?", "xyzzy plugh", '"', "akamai_", "#", "/", "a" * 5000, "\u2603 \u0661", "NEAR(a b) OR *"]
)
def test_any_text_is_a_question(search: Search, question: str) -> None:
    assert search.find(question).total >= 0


def test_quotes_alone_do_not_hide_a_question(search: Search) -> None:
    assert first(search, '"purge url"') in {"ccu/v3#post-invalidate-url", "ccu/v3#post-delete-url"}


@pytest.mark.parametrize(
    ("chosen", "passes"),
    [
        (Filter(product="papi"), lambda entry: entry.product == "papi"),
        (Filter(method="delete"), lambda entry: entry.method == "DELETE"),
        (Filter(effect="read"), lambda entry: entry.effect.worst == "read"),
        (Filter(paginatable=True), lambda entry: entry.paginatable),
        (Filter(tag="groups"), lambda entry: "groups" in " ".join(entry.tags).lower()),
    ],
)
def test_only_operations_that_match_the_filter_are_found(search: Search, chosen: Filter, passes: object) -> None:
    hits = search.find("list groups of a property", chosen, limit=200)
    assert hits.entries
    assert all(passes(entry) for entry in hits.entries)


def test_a_name_does_not_pass_a_filter_that_excludes_it(search: Search) -> None:
    assert all(
        entry.method == "DELETE" for entry in search.find("papi/v1#get-property", Filter(method="DELETE"), limit=50).entries
    )


def test_pages_follow_on_and_the_products_add_up(search: Search) -> None:
    whole = search.find("list hostnames", limit=30)
    parts = [search.find("list hostnames", limit=10, offset=offset).entries for offset in (0, 10, 20)]
    assert whole.entries == (*parts[0], *parts[1], *parts[2])
    assert sum(whole.products.values()) == whole.total


def test_the_same_question_is_answered_the_same(catalogue: Catalogue) -> None:
    question = "which properties use this cp code"
    assert Search(catalogue).find(question) == Search(catalogue).find(question)


def test_an_operation_of_several_versions_has_one_row_the_newest(search: Search) -> None:
    found = search.find("list users of the account", limit=40).entries
    pairs = [(entry.product, entry.operation_id) for entry in found]
    assert len(pairs) == len(set(pairs))
    assert "identity-management/v3#get-ui-identities" in {entry.key for entry in found}


def test_a_version_that_is_named_has_its_own_row(search: Search) -> None:
    keys = {entry.key for entry in search.find("v2 list users of the account", limit=40).entries}
    assert "identity-management/v2#get-ui-identities" in keys
