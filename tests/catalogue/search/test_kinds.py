"""The action of a verb, and what an operation does in the words that people ask with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search.joined_words import split_unknown
from akamai_mcp.catalogue.search.profile import operation_kinds
from akamai_mcp.catalogue.search.questions import question_kind
from akamai_mcp.catalogue.search.terms import text_words
from akamai_mcp.catalogue.search.verbs import PLAIN_WORDS, kind_of


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("get gets showing fetches", "read"),
        ("create creates creating copies copying", "create"),
        ("update updates updating modifies", "change"),
        ("delete deletes deleting destroys", "remove"),
        ("purge purges purging activates", "act"),
        ("property network propertying", None),
    ],
)
def test_a_verb_has_its_action_in_each_of_its_forms(words: str, kind: str | None) -> None:
    assert {word: kind_of(word) for word in words.split()} == dict.fromkeys(words.split(), kind)


@pytest.mark.parametrize("noun", ["sets", "changes", "lists", "views"])
def test_what_products_call_their_parts_says_something_though_it_looks_like_a_verb(noun: str) -> None:
    assert noun not in PLAIN_WORDS
    assert kind_of(noun) is not None


@pytest.mark.parametrize("verb", ["gets", "listing", "changing", "updates", "showing"])
def test_the_commonest_verbs_say_little(verb: str) -> None:
    assert verb in PLAIN_WORDS


@pytest.mark.parametrize(
    ("key", "changes", "kinds"),
    [
        ("papi/v1#get-property", {}, {"read"}),
        ("papi/v1#delete-property", {}, {"remove"}),
        ("papi/v1#put-property-version-rules", {"summary": "", "operation_id": "x", "template": "/a/{b}"}, {"change", "act"}),
        ("papi/v1#delete-property", {"template": "/a/{b}/deactivate"}, {"remove", "act"}),
        ("papi/v1#delete-property", {"operation_id": "property-cancel-reset"}, {"remove", "act"}),
        ("papi/v1#delete-property", {"operation_id": "reset-property"}, {"remove"}),  # its last word is the verb, if any
        ("papi/v1#delete-property", {"template": "/a/{b}/create"}, {"remove"}),  # a path may say `create` of anything
        ("papi/v1#delete-property", {"template": "/a/{b}/list"}, {"remove"}),  # what changes something is no read
    ],
)
def test_what_an_operation_does_follows_from_its_method_and_its_verbs(
    catalogue: Catalogue, key: str, changes: dict[str, str], kinds: set[str]
) -> None:
    assert operation_kinds(replace(catalogue.get(key), **changes)) == kinds


@pytest.mark.parametrize(("outcome", "kinds"), [("", {"read", "act"}), ("papi/v1#get-property", {"read", "act", "create"})])
def test_a_read_by_post_is_something_to_run_and_with_a_job_something_to_order(
    catalogue: Catalogue, outcome: str, kinds: set[str]
) -> None:
    entry = replace(catalogue.get("edge-diagnostics/v1#post-mtr"), summary="Mtr", outcome=outcome)
    assert operation_kinds(entry) == kinds


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("give my partner a new api key", ("act", True)),
        ("give me the api keys", ("read", True)),
        ("report GTM server load", ("act", True)),
        ("report on the load of a GTM server", ("read", True)),
        ("import X: list rules", ("read", True)),
        ("GTM > maps > delete a datacenter", ("remove", True)),
        ("DoS protection: new policy", ("create", True)),
        ("which rules would an import change: all of them", ("read", True)),
    ],
)
def test_the_verb_that_says_what_to_do_is_read(question: str, kind: tuple[str | None, bool]) -> None:
    assert question_kind(question) == kind


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("akamai_apidefinitions_activation", "akamai_api definitions_activation"),
        ("a networklist", "a network list"),
        ("hostnmae networks lists", "hostnmae networks lists"),
        ("as and cpcode", "as and cp code"),
        ("NETWORKLIST", "NETWORKLIST"),
    ],
)
def test_a_word_that_is_unknown_is_split_into_known_ones(text: str, split: str) -> None:
    known = {"akamai", "api", "definitions", "activation", "network", "list", "networks", "lists", "cp", "code"}
    assert split_unknown(text, known.__contains__) == split


@pytest.mark.parametrize("code", ["as", "cp", "ip", "id", "kv"])
def test_a_word_is_split_at_a_code_of_the_field_and_at_no_other_two_letters(code: str) -> None:
    known = {code, "of", "client", "clients", "code"}.__contains__
    assert split_unknown(f"client{code} {code}client", known) == f"client {code} {code} client"
    assert split_unknown("clientof ofclient codes", known) == "clientof ofclient codes"
    assert split_unknown(f"clients{code} client", known) == f"clients {code} client"


@pytest.mark.parametrize("text", ["www.example.com.edgekey.net", "example.edgesuite.net"])
def test_the_domain_of_an_edge_hostname_stays_beside_what_it_is(text: str) -> None:
    words = set(text_words(f"create {text}"))
    assert {"edge", "hostname"} <= words
    assert words & {"edgekey", "edgesuite"}
