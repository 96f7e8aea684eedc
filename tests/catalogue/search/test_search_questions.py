"""How a question is read: its words, what it asks for, and the thing it asks about."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.catalogue.search.pasted_paths import PathIndex
from akamai_mcp.catalogue.search.profile import operation_kinds
from akamai_mcp.catalogue.search.questions import (
    Question,
    head_word,
    question_kind,
    read_question,
    split_context,
    synonyms,
)
from akamai_mcp.catalogue.search.ranking import newest_versions
from akamai_mcp.catalogue.search.stemming import Stemmer
from akamai_mcp.catalogue.search.terms import SYNONYMS, identifier_words, text_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("IPs and ACLs", ("ips", "and", "acls")),
        ("getPropertyVersions", ("get", "property", "versions")),
        ("edge hostnames", ("edge", "hostnames", "edgehostnames")),
        ("recordsets", ("recordsets", "record", "sets")),
        ("turn off the WAF config", ("turn", "off", "disable", "the", "waf", "configuration")),
        ("zone's settings don't load", ("zone", "settings", "do", "load")),
        ("flush https://example.com/a.css", ("flush", "url")),
        ("who owns prp_123 and ctr_C-1", ("who", "owns", "property", "and", "contract")),
        ("ban 192.0.2.0/24 for 3600", ("ban", "ip", "for")),
        ('a policy named "select"', ("a", "policy", "named")),
    ],
)
def test_text_becomes_words(text: str, words: tuple[str, ...]) -> None:
    assert text_words(text) == words


def test_identifiers_keep_what_texts_replace() -> None:
    assert identifier_words("/zones/{zone}/v2") == ("zones", "zone", "v2")


@pytest.mark.parametrize(
    ("text", "kind", "sure"),
    [
        ("List all zones", "read", True),
        ("ListZones lists all zones", "read", True),
        ("This operation deletes a zone", "remove", True),
        ("please can you delete the zone", "remove", True),
        ("which zones were deleted?", "read", True),
        ("the origin is broken, activate version 3", "act", True),
        ("a zone to add", "create", False),
        ("switch off the edgeworker", "change", True),
        ("requests per minute", None, False),
        ("Updates which network lists are used", "change", True),
        ("Launches an asynchronous search", "act", True),
        ("Performs a search", "act", True),
        ("Provides the status of an activation", "read", True),
        ("zones", None, False),
        ("zones which fail", "read", False),
        ("please don't delete the zone", "remove", True),
        ("we'll delete a zone", "remove", True),
        ("the zone. delete it.", "remove", True),
        ("delete the zone, add a record", "remove", True),  # the first verb counts
        ("add a record: which zones", "read", True),  # but for a question after a colon
        ("zones? which are there, add one", "read", True),
        ("requests", "create", True),  # a noun alone may be a verb
        ("reports on hits", None, False),
        ("", None, False),
        ("?!", None, False),
    ],
)
def test_the_verb_gives_the_kind_of_action(text: str, kind: str | None, sure: bool) -> None:
    assert question_kind(text) == (kind, sure)


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("get edge hostnames of a property", "edgehostnames"),
        ("list security configurations", "configurations"),
        ("get hostnames for a property", "hostnames"),
        ("get domain details", "domain"),
        ("show", None),
        ("how to purge", None),
        ("get a report", "report"),
        ("report", None),
        ("get domain detail", "domain"),
        ("zone information", "zone"),
        ("hostnames", "hostnames"),
        ("the report that reads this", "report"),  # a verb behind an article is a noun
        ("report on the", None),
        ("of", None),
        ("of zones", "zones"),
        ("get edge hostname certificates", "certificates"),
        ("", None),
    ],
)
def test_the_head_is_the_thing_that_is_asked_about(text: str, head: str | None) -> None:
    assert head_word(text_words(text)) == head


@pytest.mark.parametrize(
    ("text", "many"),
    [
        ("get properties", True),
        ("get a property", False),
        ("get the property of a group", False),
        ("get property", None),
        ("GetReports gets a report", False),
        ("show", None),
        ("show all the traffic", None),
        ("show the traffic", False),
        ("show traffic for a zone", None),  # what stands behind the thing says nothing of it
        ("ListAll lists a zone", False),  # a name before the sentence is no part of it
    ],
)
def test_a_question_is_about_one_thing_or_several(text: str, many: bool | None) -> None:
    assert read_question(text, Stemmer().stems).many is many


def words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "List the available hostnames of prp_12 in v3",
            Question(
                words=("list", "the", "avail", "hostnam", "host", "name", "of", "properti", "in", "version"),
                terms=("list", "avail", "hostnam", "host", "name", "properti", "version"),
                plain=words_of("list avail"),
                vague=words_of("avail"),
                parts=words_of("host name"),
                values=words_of("properti version"),
                kind="read",
                sure=True,
                head="hostnam",
                many=True,
                versions=words_of("v3"),
            ),
        ),
        (
            "UpdateZone modifies a zone, and creates it, in my account",
            Question(
                words=("updat", "zone", "modifi", "a", "zone", "and", "creat", "it", "in", "my", "account"),
                terms=("updat", "zone", "modifi", "creat", "account"),
                plain=words_of("updat modifi creat"),
                vague=words_of("modifi account"),
                parts=frozenset(),
                values=frozenset(),
                kind="change",
                sure=True,
                head="zone",
                many=False,
                versions=frozenset(),
            ),
        ),
        (
            "",
            Question(
                words=(), terms=(), plain=frozenset(), vague=frozenset(), parts=frozenset(), values=frozenset(), kind=None,
                sure=False, head=None, many=None, versions=frozenset(),
            ),
        ),
    ],
)  # fmt: skip
def test_a_question_is_read_as_a_whole(text: str, question: Question) -> None:
    assert read_question(text, Stemmer().stems) == question


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("the ip zones of x", ("ip", "zone")),  # one letter means nothing, two may
        ("what is it", ("what", "is", "it")),  # words that say nothing are better than none
        ("CREATE AN AS MAP", ("creat", "map", "asmap")),  # capitals throughout stress no word
        ("zones and the zone", ("zone",)),
    ],
)
def test_the_terms_of_a_question_are_its_words_that_mean_something(text: str, terms: tuple[str, ...]) -> None:
    assert read_question(text, Stemmer().stems).terms == terms


@pytest.mark.parametrize(("text", "versions"), [("zones of v2 and V10", {"v2", "v10"}), ("v", set()), ("rev2 of ipv6", set())])
def test_the_versions_that_a_question_names_are_kept(text: str, versions: set[str]) -> None:
    assert read_question(text, Stemmer().stems).versions == versions


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("GTM: list maps", "GTM: ", "list maps"),
        ("GTM > maps > list them", "GTM > maps > ", "list them"),
        ("list maps", "", "list maps"),
        ("which maps? GTM: all", "", "which maps? GTM: all"),
        ("GTM:list", "", "GTM:list"),
        ("", "", ""),
    ],
)
def test_a_question_may_begin_with_where_it_is(text: str, where: str, what: str) -> None:
    assert split_context(text) == (where, what)


def test_each_word_of_a_concept_means_the_others_and_not_itself() -> None:
    stems = Stemmer().stems
    related = synonyms(stems)
    meant = {(one, other) for group in SYNONYMS for one in stems(group) for other in stems(group) if one != other}
    assert {(one, other) for one, others in related.items() for other in others} == meant
    assert all(list(others) == sorted(set(others)) for others in related.values())
    assert set(related["account"]) >= {"user", "tenant"}  # in two concepts


def test_words_that_add_nothing_are_vague() -> None:
    stems = Stemmer().stems
    assert read_question("UpdateZone modifies a zone", stems).vague == {"modifi"}
    assert read_question("list the available zones on your account", stems).vague == {"avail", "account"}
    assert read_question("list zones of account a", stems).vague == frozenset()


def test_parts_of_compounds_and_words_for_values_are_distinguished() -> None:
    stems = Stemmer().stems
    assert read_question("list hostnames", stems).parts == {"host", "name"}
    assert read_question("flush https://example.com/a.css", stems).values == {"url"}
    assert read_question("is the hostname www.example.com live", stems).values == frozenset()
    assert read_question("block 192.0.2.7", stems).values == {"ip"}


def test_a_stop_word_in_capitals_is_kept() -> None:
    stems = Stemmer().stems
    assert "as" in read_question("create an AS map", stems).terms
    assert "as" not in read_question("set this as default", stems).terms


def test_stems_are_those_of_the_index_and_stay_the_same() -> None:
    stemmer = Stemmer()
    assert stemmer.stems(["activations", "policies", "url"]) == ["activ", "polici", "url"]
    assert stemmer.stems(["url", "url", "new"]) == ["url", "url", "new"]
    assert stemmer.stems([]) == []


def test_every_synonym_is_a_single_word() -> None:
    for group in SYNONYMS:
        for word in group:
            assert text_words(word)[:1] == (word,), word


def test_an_operation_does_what_method_summary_and_name_say(catalogue: Catalogue) -> None:
    kinds = {
        key: operation_kinds(catalogue.get(key))
        for key in (
            "ccu/v3#post-delete-url",
            "config-gtm/v1#put-as-map",
            "papi/v1#get-groups",
            "edge-diagnostics/v1#post-error-translator",
            "config-media-live/v2#get-generate-key",
        )
    }
    assert "remove" in kinds["ccu/v3#post-delete-url"]
    assert {"create", "change"} <= kinds["config-gtm/v1#put-as-map"]
    assert kinds["papi/v1#get-groups"] == {"read"}
    assert {"read", "act", "create"} <= kinds["edge-diagnostics/v1#post-error-translator"]
    assert kinds["config-media-live/v2#get-generate-key"] == {"read", "create"}


def test_the_path_with_more_of_its_own_words_wins() -> None:
    paths = PathIndex(
        [(1, "GET", "/x/v1/things/{id}"), (2, "POST", "/x/v1/things/search"), (3, "GET", "/y/v1/more/x/v1/things/{id}")]
    )
    assert paths.find("/x/v1/things/search") == [2, 1, 3]
    assert paths.find("post /x/v1/things/search") == [2]
    assert paths.find("look at /x/v1/things/7 please") == [1]
    assert paths.find("look at /things/7 please") == []
    assert paths.find("/unknown/7") == []


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("/a/b", [2, 1, 3, 4]),  # the whole path, a read first, in the order of the documents; then ends of longer ones
        ("/b", [5, 2, 1, 3, 4]),
        ("POST /a/b", [1, 3]),
        ("Get /A/B/", [2]),
        ("/c/a/b", [3, 4]),
        ("/d/c/a/b", []),
        ("see /a/b or /c/a/b", [2, 1]),
        ("see /d/a/b or (DELETE /c/a/b)", [4]),
        ("see POST /b", []),
        ("POST https://example.com/a/b?x=1", [1, 3]),
        ("nothing", []),
    ],
)
def test_a_path_finds_operations_by_their_whole_path_and_by_the_end_of_it_where_it_stands_alone(
    text: str, rows: list[int]
) -> None:
    paths = PathIndex(
        [
            (1, "POST", "/a/b"), (2, "GET", "/a/b"), (3, "POST", "/c/a/b"), (4, "DELETE", "/c/a/b"),
            (5, "PUT", "/b/"), (6, "GET", "/{any}"),
        ]
    )  # fmt: skip
    assert paths.find(text) == rows


def test_a_documented_version_is_preferred_to_a_newer_undocumented_one() -> None:
    newest = newest_versions([("p", "v2", "a", True), ("p", "v3", "a", False), ("p", "v3", "b", False)])
    assert (newest["p", "a"], newest["p", "b"], newest["p", ""]) == ("v2", "v3", "v2")


def test_the_tenth_version_is_newer_than_the_ninth() -> None:
    newest = newest_versions([("p", "v9", "a", True), ("p", "v10", "a", True), ("p", "v9", "b", True)])
    assert newest == {("p", ""): "v10", ("p", "a"): "v10", ("p", "b"): "v9"}


def test_a_stemmer_serves_every_thread_and_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stemmer = Stemmer()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(stemmer.stems, ["zones"]).result() == ["zone"]
    assert list(tmp_path.iterdir()) == []


def test_the_stemmers_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("akamai_mcp.catalogue.search.stemming.KEPT_WORDS", 2)
    stemmer = Stemmer()
    for word in ("zones", "users", "groups", "rules"):
        assert stemmer.stems([word, "zones"]) == [word.removesuffix("s"), "zone"]


def test_a_stemmer_remembers_a_bounded_number_of_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("akamai_mcp.catalogue.search.stemming.KEPT_WORDS", 2)
    stemmer = Stemmer()
    first = stemmer.stems(["zones"])[0]
    assert stemmer.stems(["users", "zones"])[1] is first  # the same text, not another one that is equal
    stemmer.stems(["groups"])
    stemmer.stems(["rules"])
    assert stemmer.stems(["zones"])[0] is not first
