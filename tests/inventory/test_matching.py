"""What a question finds among records: every way of saying it, and nothing else."""

from __future__ import annotations

from itertools import permutations

import pytest

from akamai_mcp.inventory.matching.index import Index
from akamai_mcp.inventory.matching.question import kinds_of, read_question, to_kind
from akamai_mcp.inventory.matching.texts import bare, covers, normal
from akamai_mcp.inventory.records import Part, Record

RECORDS = (
    Record(kind="hostname", id="www.example.com", belongs={"property": ("1",)}),
    Record(kind="hostname", id="shop.example.com", belongs={"property": ("2",)}),
    Record(kind="hostname", id="*.apps.example.com", belongs={"property": ("2",)}),
    Record(kind="hostname", id="xn--mnchen-3ya.example.com"),
    Record(kind="property", id="1", name="www.example.com"),
    Record(kind="property", id="2", name="Shop of Example"),
    Record(kind="property", id="31", name="Blog"),
    Record(kind="certificate", id="77", name="shop.example.com", also=("*.shop.example.com", "pay.example.net")),
    Record(kind="zone", id="example.com"),
    Record(kind="cp-code", id="123456", name="images"),
    Record(kind="network-list", id="9_OFFICES", name="Offices", holds=("192.0.2.1", "198.51.100.0/24", "2001:db8::/32")),
    Record(kind="network-list", id="8_WIDE", name="Wide", holds=("198.51.0.0/16", "203.0.113.7")),
    Record(kind="user", id="u-1", name="ann@example.com", also=("Ann", "Lee")),
    Record(kind="contract", id="C-1ABC"),
)


def index_of(*records: Record) -> Index:
    index = Index()
    index.put(Part(operation="x/v1#list", arguments={}, read_at=1.0, records=records))
    return index


@pytest.fixture(scope="module")
def index() -> Index:
    return index_of(*RECORDS)


def first(index: Index, query: str, kind: str = "") -> tuple[str, str] | None:
    return next((hit.record.key for hit in index.find(read_question(query, kind))), None)


@pytest.mark.parametrize(
    ("query", "kind", "key"),
    [
        ("www.example.com", "", ("hostname", "www.example.com")),
        ("WWW.Example.COM.", "", ("hostname", "www.example.com")),
        ("https://www.example.com:8443/path?x=1", "", ("hostname", "www.example.com")),
        ("www.example.com:443", "", ("hostname", "www.example.com")),
        ("www.example.com:8443/path", "", ("hostname", "www.example.com")),
        ("HTTPS://user@www.example.com", "", ("hostname", "www.example.com")),
        ("192.0.2.1:443", "", ("network-list", "9_OFFICES")),
        ("www.example.com", "property", ("property", "1")),
        ("münchen.example.com", "", ("hostname", "xn--mnchen-3ya.example.com")),
        ("xn--mnchen-3ya.example.com", "", ("hostname", "xn--mnchen-3ya.example.com")),
        ("a.apps.example.com", "", ("hostname", "*.apps.example.com")),
        ("x.shop.example.com", "certificate", ("certificate", "77")),
        ("pay.example.net", "", ("certificate", "77")),
        ("prp_1", "", ("property", "1")),
        ("1", "", ("property", "1")),
        ("cpc_123456", "", ("cp-code", "123456")),
        ("123456", "", ("cp-code", "123456")),
        ("ctr_C-1ABC", "", ("contract", "C-1ABC")),
        ("C-1ABC", "", ("contract", "C-1ABC")),
        ("192.0.2.1", "", ("network-list", "9_OFFICES")),
        ("198.51.100.40", "", ("network-list", "9_OFFICES")),
        ("198.51.7.40", "", ("network-list", "8_WIDE")),
        ("198.51.100.128/25", "", ("network-list", "9_OFFICES")),
        ("2001:db8:5::1", "", ("network-list", "9_OFFICES")),
        ("ann@example.com", "", ("user", "u-1")),
        ("lee", "", ("user", "u-1")),
        ("offic", "", ("network-list", "9_OFFICES")),
        ("example shop", "", ("property", "2")),
        ("shpo.example.com", "", ("hostname", "shop.example.com")),
        ("imagse", "", ("cp-code", "123456")),
        ("new.example.com", "zone", ("zone", "example.com")),
    ],
)
def test_a_question_finds_what_it_means_first(index: Index, query: str, kind: str, key: tuple[str, str]) -> None:
    assert first(index, query, kind) == key


@pytest.mark.parametrize("query", ["zzzzzz", "10.0.0.1", "prp_999", "nobody@nowhere.invalid"])
def test_what_is_not_there_is_not_found(index: Index, query: str) -> None:
    assert first(index, query) is None


def test_a_smaller_network_with_an_address_comes_before_a_larger_one(index: Index) -> None:
    hits = index.find(read_question("198.51.100.40"))
    assert [hit.record.id for hit in hits] == ["9_OFFICES", "8_WIDE"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("192.0.2.1", {("9_OFFICES", "holds")}),
        ("192.0.2.10", set()),
        ("192.0.2.2", set()),
        ("198.51.100.0/24", {("9_OFFICES", "holds"), ("8_WIDE", "contains")}),
        ("192.0.2.0/24", {("9_OFFICES", "inside")}),
        ("198.0.0.0/8", {("9_OFFICES", "inside"), ("8_WIDE", "inside")}),
        ("192.0.3.0/24", set()),
        ("2001:db8::/31", {("9_OFFICES", "inside")}),
        ("2001:DB8:0::1", {("9_OFFICES", "contains")}),
    ],
)
def test_a_whole_address_is_no_text(query: str, found: set[tuple[str, str]]) -> None:
    named = Record(kind="property", id="5", name="192.0.2.10-old.example")
    near = Record(kind="network-list", id="7_NEAR", holds=("192.0.20.1", "203.0.113.9"), name="192.0.2.12")
    index = index_of(*RECORDS, named, near)
    assert {(hit.record.id, hit.how) for hit in index.find(read_question(query))} == found


def test_a_part_of_an_address_is_a_text(index: Index) -> None:
    named = Record(kind="property", id="5", name="192.0.2.10-old.example")
    assert first(index_of(named), "192.0.2") == ("property", "5")


def test_a_wildcard_finds_the_hostnames_that_it_stands_for() -> None:
    index = index_of(*(Record(kind="hostname", id=name) for name in ("a.x.test", "b.x.test", "a.b.x.test", "x.test")))
    hits = index.find(read_question("*.x.test"))
    assert {hit.record.id for hit in hits if hit.how == "covers"} == {"a.x.test", "b.x.test"}


def test_a_part_that_comes_again_replaces_what_it_brought_before() -> None:
    index = index_of(Record(kind="property", id="1", name="old"), Record(kind="property", id="2", name="gone"))
    index.put(Part(operation="x/v1#list", arguments={}, read_at=2.0, records=(Record(kind="property", id="1", name="new"),)))
    assert [first(index, name) for name in ("new", "old", "gone")] == [("property", "1"), None, None]


PARTS = (
    Part(operation="a", arguments={}, read_at=1.0, records=(Record(kind="property", id="1", name="old", facts={"x": 1}),)),
    Part(operation="b", arguments={}, read_at=2.0, records=(Record(kind="property", id="1", name="new", facts={"y": 2}),)),
    Part(operation="c", arguments={}, read_at=0.5, records=(Record(kind="property", id="1", belongs={"group": ("7",)}),)),
)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_answer_is_right_in_whatever_order_the_parts_come(order: tuple[int, ...]) -> None:
    index = Index()
    for place in order:
        index.put(PARTS[place])
    record = index.get(("property", "1"))
    assert record is not None
    assert (record.name, dict(record.facts), dict(record.belongs)) == ("new", {"x": 1, "y": 2}, {"group": ("7",)})
    assert [one.id for one in index.below(("group", "7"), "property")] == ["1"]


def test_what_is_dropped_leaves_nothing_behind() -> None:
    index = index_of(*RECORDS)
    index.drop("x/v1#list")
    assert index.kinds == {}
    assert [first(index, query) for query in ("www.example.com", "192.0.2.1", "*.apps.example.com", "exampl")] == [None] * 4


@pytest.mark.parametrize(
    ("text", "same"),
    [("prp_1", "1"), ("grp_12", "12"), ("xyz_1", "xyz_1"), ("prp_", "prp_"), ("www_1", "www_1"), ("ctr_1-2AB", "1-2AB")],
)
def test_a_prefix_is_taken_off_where_it_is_one_of_akamais(text: str, same: str) -> None:
    assert bare(text) == same


@pytest.mark.parametrize(
    ("text", "same"),
    [("  Two   Words ", "two words"), ("xn--invalid-.test", "xn--invalid-.test"), ("Straße", "strasse")],
)
def test_a_text_has_one_spelling(text: str, same: str) -> None:
    assert normal(text) == same


@pytest.mark.parametrize(
    ("pattern", "host", "does"),
    [
        ("*.a.test", "x.a.test", True),
        ("*.a.test", "x.y.a.test", False),
        ("*.a.test", "a.test", False),
        ("a.test", "a.test", True),
    ],
)
def test_a_wildcard_stands_for_one_label(pattern: str, host: str, *, does: bool) -> None:
    assert covers(pattern, host) is does


@pytest.mark.parametrize("word", ["cp-code", "CP codes", "cpcode", "cp_codes", "CPCode"])
def test_a_kind_is_known_by_any_spelling(word: str) -> None:
    assert to_kind(word, ("property", "cp-code")) == "cp-code"


def test_an_unknown_kind_is_none() -> None:
    assert to_kind("propertiess", ("property", "cp-code")) is None


@pytest.mark.parametrize(
    ("argument", "kinds"),
    [
        ("property", {"property"}),
        ("properties", {"property"}),
        ("hostname", {"hostname"}),
        ("cpcodes", {"cp-code"}),
        ("edgeWorker", {"edgeworker"}),
        ("list", {"network-list", "client-list"}),
        ("configuration", {"security-config"}),
        ("days", set()),
    ],
)
def test_an_argument_means_the_kind_of_its_name_and_others_only_by_their_last_word(argument: str, kinds: set[str]) -> None:
    known = ("property", "gtm-property", "hostname", "edge-hostname", "cp-code", "edgeworker", "network-list", "client-list")
    assert kinds_of(argument, (*known, "security-config")) == kinds
