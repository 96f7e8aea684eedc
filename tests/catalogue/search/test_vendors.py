"""Questions in the words of other vendors find what does the same job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search.languages import vendors as vendors_module
from akamai_mcp.catalogue.search.languages.vendors import in_our_words, load_vendors
from akamai_mcp.catalogue.search.search import Search
from akamai_mcp.catalogue.search.stemming import Stemmer
from akamai_mcp.catalogue.search.terms import text_words

FIRST = 3
FEW_WORDS = """# never: shield
[everywhere]
leaf: page
property rule: page_rule
policy: Wall

# never: fence
identity: card
key: token
[cloud: cloud cl-9]
worker: function
access: gate
special rule: page_rule
"""


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("hosted zones of the account", "dns zones of the account"),
        ("new Page Rule", "new property rule"),
        ("list my distributions in cloudfront", "list my properties in"),
        ("f5 pool members", "gtm datacenters"),
        ("fastly service version diff", "property version diff"),
        ("cloudflare worker equivalent of ours", "edgeworker ours"),
    ],
)
def test_another_vendors_words_become_those_of_the_field(question: str, words: str) -> None:
    assert " ".join(in_our_words(question).split()) == words


@pytest.mark.parametrize(
    "question", ["a worker of the company", "put me on the distribution list", "monitor the pool", "create an access key for AWS"]
)
def test_words_of_a_vendor_that_is_not_named_and_names_without_such_words_stay(question: str) -> None:
    assert in_our_words(question) == question


def test_a_question_has_the_words_of_a_vendor_in_every_writing() -> None:
    assert in_our_words("CLOUDFRONT INVALIDATIONS").split() == ["purges"]


def test_every_word_that_a_vendors_word_becomes_is_known_to_the_index(catalogue: Catalogue) -> None:
    known = {row[0] for row in catalogue.index.execute("SELECT term FROM vocabulary")}
    meant = {word for vendor in load_vendors() for meaning in vendor.meanings.values() for word in text_words(meaning)}
    assert known.issuperset(Stemmer().stems(meant))


@pytest.mark.parametrize(
    ("question", "operation"),
    [
        ("delete a hosted zone in route 53", "post-zones-delete-requests"),
        ("wrangler publish", "post-versions"),
        ("web acl list", "get-policies"),
        ("new logpush job", "post-stream"),
    ],
)
def test_a_question_about_another_vendors_thing_finds_the_operation(catalogue: Catalogue, question: str, operation: str) -> None:
    found = Search(catalogue).find(question, limit=FIRST).entries
    assert operation in [entry.operation_id for entry in found]


@pytest.fixture
def few_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Other vendors have these words alone."""
    (tmp_path / "vendors.txt").write_text(FEW_WORDS, encoding="utf-8")
    monkeypatch.setattr(vendors_module, "FOLDER", tmp_path)
    load_vendors.cache_clear()
    yield
    load_vendors.cache_clear()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("a new Page Rule", "a new property rule"),
        ("page rules", "property rules"),
        ("pages", "leafs"),
        ("walls and a WALL", "policies and a policy"),
        ("cards", "identities"),
        ("tokens of walls", "keys of policies"),
        ("firewall, wall-e, tokenss", None),  # whole words alone
        ("function gate", None),  # whose words these are is not said
        ("cloud function", "worker"),
        ("functions of CL-9", "workers of"),
        ("cloud gates", "access"),  # a word in s stays as it is
        ("cloud page rule", "special rule"),  # of two meanings that of the vendor
        ("cloud function equivalent of ours", "worker ours"),
        ("cloud token", "cloud key"),
        ("cloudy function", None),
        ("shield and fence", None),
        ("cloud", None),
    ],
)
@pytest.mark.usefixtures("few_words")
def test_a_word_is_put_into_ours_in_its_number_where_its_vendor_is_named(question: str, words: str | None) -> None:
    told = in_our_words(question)
    assert told == question if words is None else " ".join(told.split()) == words
